# SPDX-License-Identifier: Apache-2.0
#
# The policy of ../template.json, in its order, with its conditions. jsonencode writes the members of an object in the order of their bytes and no
# white space, as RFC 8785 does for these names; the characters that it would write otherwise (<, >, &, U+2028, U+2029) are refused by every variable.

locals {
  trail           = "arn:${var.partition}:cloudtrail:${var.home_region}:${var.management_account}:trail/${var.trail_name}"
  any_trail       = "arn:${var.partition}:cloudtrail:*:${var.management_account}:trail/*"
  key_account     = "arn:${var.partition}:iam::${var.key_account}:root"
  administrators  = [for role in var.administrator_roles : "arn:${var.partition}:iam::${var.key_account}:role/${role}"]
  break_glass     = [for role in var.break_glass_roles : "arn:${var.partition}:iam::${var.key_account}:role/${role}"]
  has_break_glass = length(var.break_glass_roles) > 0
  reader_accounts = concat([var.log_archive_account, var.management_account], var.trusted_accounts)
  readers = concat(
    [for account in local.reader_accounts : "arn:${var.partition}:iam::${account}:root" if var.readers == "accounts"],
    var.reader_roles,
  )

  # One role stands as a text, several as a list.
  administrators_json = length(local.administrators) == 1 ? jsonencode(local.administrators[0]) : jsonencode(local.administrators)
  break_glass_json    = length(local.break_glass) == 1 ? jsonencode(local.break_glass[0]) : jsonencode(local.break_glass)

  # Each statement, and whether it stands in this policy.
  statements = [
    {
      when = true
      statement = {
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = local.key_account }
        Action    = ["kms:CancelKeyDeletion", "kms:Describe*", "kms:EnableKey", "kms:Get*", "kms:List*", "kms:PutKeyPolicy"]
        Resource  = "*"
      }
    },
    {
      when = true
      statement = {
        Sid       = "Administration"
        Effect    = "Allow"
        Principal = { AWS = jsondecode(local.administrators_json) }
        Action = concat(
          [
            "kms:DescribeKey",
            "kms:DisableKeyRotation",
            "kms:EnableKey",
            "kms:EnableKeyRotation",
            "kms:GetKeyPolicy",
            "kms:GetKeyRotationStatus",
            "kms:ListGrants",
            "kms:ListKeyPolicies",
            "kms:ListResourceTags",
            "kms:PutKeyPolicy",
            "kms:TagResource",
            "kms:UntagResource",
            "kms:UpdateKeyDescription",
            "kms:CancelKeyDeletion",
          ],
          [for action in ["kms:DisableKey", "kms:ScheduleKeyDeletion"] : action if !local.has_break_glass],
        )
        Resource = "*"
      }
    },
    {
      when = true
      statement = {
        Sid       = "Executor"
        Effect    = "Allow"
        Principal = { AWS = var.executor_role }
        Action = [
          "kms:DescribeKey",
          "kms:DisableKeyRotation",
          "kms:EnableKey",
          "kms:EnableKeyRotation",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListGrants",
          "kms:ListKeyPolicies",
          "kms:ListResourceTags",
          "kms:PutKeyPolicy",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateKeyDescription",
          "kms:CreateAlias",
          "kms:DeleteAlias",
          "kms:UpdateAlias",
        ]
        Resource = "*"
      }
    },
    {
      when = local.has_break_glass
      statement = {
        Sid       = "BreakGlass"
        Effect    = "Allow"
        Principal = { AWS = jsondecode(local.break_glass_json) }
        Action    = ["kms:CancelKeyDeletion", "kms:DescribeKey", "kms:DisableKey", "kms:EnableKey", "kms:ScheduleKeyDeletion"]
        Resource  = "*"
      }
    },
    {
      when = var.encryption_context == "documented"
      statement = {
        Sid       = "CloudTrailEncrypt"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "kms:GenerateDataKey*"
        Resource  = "*"
        Condition = {
          StringEquals = { "aws:SourceArn" = local.trail }
          StringLike   = { "kms:EncryptionContext:aws:cloudtrail:arn" = local.any_trail }
        }
      }
    },
    {
      when = var.encryption_context == "exact"
      statement = {
        Sid       = "CloudTrailEncrypt"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "kms:GenerateDataKey*"
        Resource  = "*"
        Condition = {
          StringEquals = {
            "aws:SourceArn"                            = local.trail
            "kms:EncryptionContext:aws:cloudtrail:arn" = local.trail
          }
        }
      }
    },
    {
      when = true
      statement = {
        Sid       = "CloudTrailDescribe"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "kms:DescribeKey"
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceArn" = local.trail } }
      }
    },
    {
      when = var.bucket_keys
      statement = {
        Sid       = "CloudTrailDecrypt"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "kms:Decrypt"
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceArn" = local.trail } }
      }
    },
    {
      when = var.event_data_store
      statement = {
        Sid       = "Lake"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource  = "*"
      }
    },
    {
      when = true
      statement = {
        Sid       = "Readers"
        Effect    = "Allow"
        Principal = { AWS = distinct(local.readers) }
        Action    = "kms:Decrypt"
        Resource  = "*"
        Condition = { for operator, members in {
          Null = { "kms:EncryptionContext:aws:cloudtrail:arn" = "false" }
          StringEquals = { for name, value in {
            "aws:PrincipalOrgID" = var.organization
            "kms:ViaService"     = var.readers_through
          } : name => value if value != "" }
        } : operator => members if length(members) > 0 }
      }
    },
    {
      when = true
      statement = {
        Sid       = "Guard"
        Effect    = "Deny"
        Principal = "*"
        Action = concat(
          [for action in ["kms:DisableKey"] : action if !local.has_break_glass],
          ["kms:PutKeyPolicy"],
          [for action in ["kms:ScheduleKeyDeletion"] : action if !local.has_break_glass],
        )
        Resource  = "*"
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = distinct(concat(local.administrators, [var.executor_role, local.key_account])) } }
      }
    },
    {
      when = local.has_break_glass
      statement = {
        Sid       = "Destruction"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion"]
        Resource  = "*"
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = distinct(local.break_glass) } }
      }
    },
    {
      when = var.minimum_deletion_days != "7"
      statement = {
        Sid       = "DeletionWindow"
        Effect    = "Deny"
        Principal = "*"
        Action    = "kms:ScheduleKeyDeletion"
        Resource  = "*"
        Condition = { NumericLessThan = { "kms:ScheduleKeyDeletionPendingWindowInDays" = var.minimum_deletion_days } }
      }
    },
  ]

  policy = jsonencode({
    Version   = "2012-10-17"
    Id        = "org-cloudtrail-key"
    Statement = [for each in local.statements : each.statement if each.when]
  })
}
