# SPDX-License-Identifier: Apache-2.0

variable "region" {
  description = "The key's Region: where the provider of this module works"
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2,4}(-[a-z]{2,16}){1,3}-[0-9]{1,2}$", var.region))
    error_message = "region is a Region's name, such as us-east-1."
  }
}

variable "ct_key_alias" {
  description = "The key's alias without \"alias/\""
  type        = string
  default     = "cloudtrail-org-key"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9/_-]{1,250}$", var.ct_key_alias)) && !startswith(var.ct_key_alias, "aws/")
    error_message = "ct_key_alias has letters, digits, /, _ and -, and does not begin with aws/."
  }
}

variable "partition" {
  description = "The AWS partition of the key"
  type        = string
  default     = "aws"
  nullable    = false

  validation {
    condition     = can(regex("^(aws|aws-us-gov|aws-cn)$", var.partition))
    error_message = "partition does not match the template's pattern, or is no text."
  }
}

variable "key_account" {
  description = "The account that owns the key: security tooling, as a rule"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]{12})$", var.key_account))
    error_message = "key_account does not match the template's pattern, or is no text."
  }

  validation {
    condition     = !can(regex("(^|[^0-9])(111122223333|444455556666|777788889999|999988887777|000000000000)([^0-9]|$)", var.key_account))
    error_message = "key_account names an account that AWS's documentation uses as an example."
  }
}

variable "home_region" {
  description = "The trail's home Region, which stands in its ARN"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z]{2,4}(-[a-z]{2,16}){1,3}-[0-9]{1,2})$", var.home_region))
    error_message = "home_region does not match the template's pattern, or is no text."
  }
}

variable "management_account" {
  description = "The organization's management account: it owns the organization's trail, even where a delegated administrator manages it"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]{12})$", var.management_account))
    error_message = "management_account does not match the template's pattern, or is no text."
  }

  validation {
    condition     = !can(regex("(^|[^0-9])(111122223333|444455556666|777788889999|999988887777|000000000000)([^0-9]|$)", var.management_account))
    error_message = "management_account names an account that AWS's documentation uses as an example."
  }
}

variable "log_archive_account" {
  description = "The account that holds the bucket with the logs; its IAM decides who there may read them"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]{12})$", var.log_archive_account))
    error_message = "log_archive_account does not match the template's pattern, or is no text."
  }

  validation {
    condition     = !can(regex("(^|[^0-9])(111122223333|444455556666|777788889999|999988887777|000000000000)([^0-9]|$)", var.log_archive_account))
    error_message = "log_archive_account names an account that AWS's documentation uses as an example."
  }
}

variable "trail_name" {
  description = "The trail's name"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9])$", var.trail_name))
    error_message = "trail_name does not match the template's pattern, or is no text."
  }

  validation {
    condition     = !can(regex("(^|[^0-9])(111122223333|444455556666|777788889999|999988887777|000000000000)([^0-9]|$)", var.trail_name))
    error_message = "trail_name names an account that AWS's documentation uses as an example."
  }

  validation {
    condition     = !can(regex("(?i)^(key_id|key-id|keyid|trailname|trail_name|account_id|account-id|rolename|role_name|username|your[-_].*)$", var.trail_name))
    error_message = "trail_name is still a placeholder."
  }
}

variable "administrator_roles" {
  description = "Roles of the key's account that manage the key and may never decrypt: names, with their path where they have one"
  type        = list(string)
  default     = ["cloudtrail-key-admin"]
  nullable    = false

  validation {
    condition     = alltrue([for value in var.administrator_roles : can(regex("^([A-Za-z0-9+=,.@_/-]{1,512})$", value))])
    error_message = "administrator_roles does not match the template's pattern, or is no list of such texts."
  }

  validation {
    condition     = length(var.administrator_roles) >= 1
    error_message = "administrator_roles needs at least 1 element."
  }

  validation {
    condition     = alltrue([for value in var.administrator_roles : !can(regex("(^|[^0-9])(111122223333|444455556666|777788889999|999988887777|000000000000)([^0-9]|$)", value))])
    error_message = "administrator_roles names an account that AWS's documentation uses as an example."
  }

  validation {
    condition     = alltrue([for value in var.administrator_roles : !can(regex("(?i)^(key_id|key-id|keyid|trailname|trail_name|account_id|account-id|rolename|role_name|username|your[-_].*)$", value))])
    error_message = "administrator_roles is still a placeholder."
  }
}

variable "executor_role" {
  description = "The ARN of the role that submits approved changes"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(arn:aws[a-z-]{0,16}:iam::[0-9]{12}:(role|user)/[A-Za-z0-9+=,.@_/-]{1,512})$", var.executor_role))
    error_message = "executor_role does not match the template's pattern, or is no text."
  }

  validation {
    condition     = !can(regex("(^|[^0-9])(111122223333|444455556666|777788889999|999988887777|000000000000)([^0-9]|$)", var.executor_role))
    error_message = "executor_role names an account that AWS's documentation uses as an example."
  }

  validation {
    condition     = !can(regex("(?i)[:/](key_id|key-id|keyid|trailname|trail_name|account_id|account-id|rolename|role_name|username|your[-_][^/]*)(/|$)", var.executor_role))
    error_message = "executor_role is still a placeholder."
  }
}

variable "readers" {
  description = "Who reads: the log archive, management and trusted accounts as a whole (their IAM decides who there) and the named readers, or the named readers alone"
  type        = string
  default     = "accounts"
  nullable    = false

  validation {
    condition     = can(regex("^(accounts|named)$", var.readers))
    error_message = "readers does not match the template's pattern, or is no text."
  }
}

variable "reader_roles" {
  description = "Readers by ARN: roles, users, or whole accounts by their root; of the key's, log archive, management or trusted accounts"
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for value in var.reader_roles : can(regex("^(arn:aws[a-z-]{0,16}:iam::[0-9]{12}:(role/[A-Za-z0-9+=,.@_/-]{1,512}|user/[A-Za-z0-9+=,.@_/-]{1,512}|root))$", value))])
    error_message = "reader_roles does not match the template's pattern, or is no list of such texts."
  }

  validation {
    condition     = alltrue([for value in var.reader_roles : !can(regex("(^|[^0-9])(111122223333|444455556666|777788889999|999988887777|000000000000)([^0-9]|$)", value))])
    error_message = "reader_roles names an account that AWS's documentation uses as an example."
  }

  validation {
    condition     = alltrue([for value in var.reader_roles : !can(regex("(?i)[:/](key_id|key-id|keyid|trailname|trail_name|account_id|account-id|rolename|role_name|username|your[-_][^/]*)(/|$)", value))])
    error_message = "reader_roles is still a placeholder."
  }
}

variable "trusted_accounts" {
  description = "Accounts beside the key's, the management and the log archive account that may read"
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for value in var.trusted_accounts : can(regex("^([0-9]{12})$", value))])
    error_message = "trusted_accounts does not match the template's pattern, or is no list of such texts."
  }

  validation {
    condition     = alltrue([for value in var.trusted_accounts : !can(regex("(^|[^0-9])(111122223333|444455556666|777788889999|999988887777|000000000000)([^0-9]|$)", value))])
    error_message = "trusted_accounts names an account that AWS's documentation uses as an example."
  }
}

variable "readers_through" {
  description = "Readers decrypt only through this service: S3 in the bucket's Region, which is the key's; empty: in any way"
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^((s3\\.[a-z]{2,4}(-[a-z]{2,16}){1,3}-[0-9]{1,2}\\.amazonaws\\.com(\\.cn)?)?)$", var.readers_through))
    error_message = "readers_through does not match the template's pattern, or is no text."
  }
}

variable "organization" {
  description = "Readers must belong to this organization; empty: not asked"
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^((o-[a-z0-9]{10,32})?)$", var.organization))
    error_message = "organization does not match the template's pattern, or is no text."
  }

  validation {
    condition     = !can(regex("(?i)^(key_id|key-id|keyid|trailname|trail_name|account_id|account-id|rolename|role_name|username|your[-_].*)$", var.organization))
    error_message = "organization is still a placeholder."
  }
}

variable "break_glass_roles" {
  description = "Roles of the key's account that alone may disable the key or schedule its deletion; none: the administrators may"
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for value in var.break_glass_roles : can(regex("^([A-Za-z0-9+=,.@_/-]{1,512})$", value))])
    error_message = "break_glass_roles does not match the template's pattern, or is no list of such texts."
  }

  validation {
    condition     = alltrue([for value in var.break_glass_roles : !can(regex("(^|[^0-9])(111122223333|444455556666|777788889999|999988887777|000000000000)([^0-9]|$)", value))])
    error_message = "break_glass_roles names an account that AWS's documentation uses as an example."
  }

  validation {
    condition     = alltrue([for value in var.break_glass_roles : !can(regex("(?i)^(key_id|key-id|keyid|trailname|trail_name|account_id|account-id|rolename|role_name|username|your[-_].*)$", value))])
    error_message = "break_glass_roles is still a placeholder."
  }
}

variable "minimum_deletion_days" {
  description = "The shortest waiting period of a deletion, in days; 7 is what KMS asks for in any case"
  type        = string
  default     = "7"
  nullable    = false

  validation {
    condition     = can(regex("^([7-9]|[12][0-9]|30)$", var.minimum_deletion_days))
    error_message = "minimum_deletion_days does not match the template's pattern, or is no text."
  }
}

variable "bucket_keys" {
  description = "Whether the bucket uses S3 Bucket Keys: CloudTrail then needs Decrypt to create or update the trail"
  type        = bool
  default     = false
  nullable    = false
}

variable "event_data_store" {
  description = "Whether a CloudTrail Lake event data store uses the key. Its calls can be bound to nothing: CloudTrail may then encrypt and decrypt for any trail or store"
  type        = bool
  default     = false
  nullable    = false
}

variable "encryption_context" {
  description = "How CloudTrail's encryption context is bound: as AWS documents it (any trail of the management account, in any Region), or to exactly this trail"
  type        = string
  default     = "documented"
  nullable    = false

  validation {
    condition     = can(regex("^(documented|exact)$", var.encryption_context))
    error_message = "encryption_context does not match the template's pattern, or is no text."
  }
}

variable "description" {
  description = "The key's description"
  type        = string
  default     = "Encrypts the organization's CloudTrail logs"
  nullable    = false

  validation {
    condition     = length(var.description) <= 8192 && !strcontains(var.description, "{{")
    error_message = "description has at most 8192 characters and no {{."
  }
}

variable "rotation_period_in_days" {
  description = "Days between two rotations of the key's material"
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.rotation_period_in_days >= 90 && var.rotation_period_in_days <= 2560 && floor(var.rotation_period_in_days) == var.rotation_period_in_days
    error_message = "rotation_period_in_days is a whole number from 90 to 2560."
  }
}

variable "deletion_window_in_days" {
  description = "Days that a deleted key waits, where it is deleted after all"
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains(range(7, 31), var.deletion_window_in_days)
    error_message = "deletion_window_in_days is a whole number from 7 to 30."
  }
}

variable "tags" {
  description = "The key's tags"
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, value in var.tags : !startswith(lower(name), "aws:")])
    error_message = "tags that begin with aws: are AWS's own."
  }
}

variable "approved_policy_sha256" {
  description = "The SHA-256 of the policy that was approved, in hex; the plan fails where this module renders another. Empty: not compared"
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^([0-9a-f]{64})?$", var.approved_policy_sha256))
    error_message = "approved_policy_sha256 has 64 lower-case hex digits, without sha256: in front."
  }
}
