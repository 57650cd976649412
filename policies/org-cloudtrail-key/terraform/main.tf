# SPDX-License-Identifier: Apache-2.0

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

resource "aws_kms_key" "cloudtrail" {
  description                        = var.description
  key_usage                          = "ENCRYPT_DECRYPT"
  customer_master_key_spec           = "SYMMETRIC_DEFAULT"
  multi_region                       = false
  is_enabled                         = true
  enable_key_rotation                = true
  rotation_period_in_days            = var.rotation_period_in_days
  deletion_window_in_days            = var.deletion_window_in_days
  bypass_policy_lockout_safety_check = false
  policy                             = local.policy
  tags                               = var.tags

  lifecycle {
    prevent_destroy = true

    precondition {
      condition     = var.approved_policy_sha256 == "" || sha256(local.policy) == var.approved_policy_sha256
      error_message = "These variables render another policy than the approved one: its SHA-256 differs."
    }

    precondition {
      condition     = length(local.readers) > 0
      error_message = "Nobody would read: readers is \"named\", and reader_roles is empty."
    }

    precondition {
      condition     = length(local.policy) <= 32768
      error_message = "KMS takes policies of at most 32768 bytes."
    }

    precondition {
      condition     = data.aws_caller_identity.current.account_id == var.key_account
      error_message = "These are credentials of another account than key_account."
    }

    precondition {
      condition     = data.aws_partition.current.partition == var.partition
      error_message = "The provider works in another partition than partition."
    }

    precondition {
      condition     = data.aws_region.current.id == var.region
      error_message = "The provider works in another Region than region."
    }
  }
}

resource "aws_kms_alias" "cloudtrail" {
  name          = "alias/${var.ct_key_alias}"
  target_key_id = aws_kms_key.cloudtrail.key_id

  lifecycle {
    prevent_destroy = true
  }
}
