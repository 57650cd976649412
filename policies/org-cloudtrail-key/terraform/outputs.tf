# SPDX-License-Identifier: Apache-2.0

output "key_id" {
  description = "The key's id."
  value       = aws_kms_key.cloudtrail.key_id
}

output "key_arn" {
  description = "The key's ARN: what the trail's kms_key_id takes."
  value       = aws_kms_key.cloudtrail.arn
}

output "alias_arn" {
  description = "The alias's ARN."
  value       = aws_kms_alias.cloudtrail.arn
}

output "policy" {
  description = "The policy as it is sent: the bytes of countersign policy render."
  value       = local.policy
}

output "policy_sha256" {
  description = "The policy's SHA-256, in hex."
  value       = sha256(local.policy)
}
