// SPDX-License-Identifier: Apache-2.0

public import Bundles
import Cryptography
public import StrictFormats

/// A Terraform root module that makes exactly what a bundle's change says, with the approved policy byte for byte.
///
/// Arguments and their meaning: HashiCorp's AWS provider, `aws_kms_key` (`rotation_period_in_days` since 5.48), `aws_kms_alias`,
/// `aws_kms_key_policy`; conditions that fail a plan: Terraform language, "Custom Conditions" (1.2).
public enum TerraformExport {
    /// - Throws: `export-kind` (bad data) for a change that Terraform cannot make as it was approved.
    public static func files(_ bundle: VerifiedBundle) throws(Refusal) -> [ExportedFile] {
        let change = try Exportable(bundle)
        let policyDigest = Digest(ofText: change.document).hex
        let resource =
            switch change {
            case .newKey(let key): newKey(key, bundle.payload)
            case .policy(let key, _): policy(key)
            }
        return [
            ExportedFile("versions.tf", versions), ExportedFile("providers.tf", providers(bundle.payload.target)),
            ExportedFile("variables.tf", variables(change, bundle.payload.target)), ExportedFile("main.tf", head(bundle, policyDigest) + resource),
            ExportedFile("outputs.tf", outputs(change, bundle)), ExportedFile("policy.json", change.document),
            ExportedFile("README.md", ExportReadme.terraform(bundle, change, policyDigest)),
        ]
    }

    private static let versions = """
        terraform {
          required_version = ">= 1.5.0"
          required_providers {
            aws = {
              source  = "hashicorp/aws"
              version = ">= 5.59.0, < 7.0.0"
            }
          }
        }

        """

    /// In a file of its own, to be left out where this folder is used as a child module.
    private static func providers(_ target: Target) -> String {
        """
        provider "aws" {
          region              = var.region
          allowed_account_ids = [\(HCLText.quoted(target.account))]
        }

        """
    }

    private static func variables(_ change: Exportable, _ target: Target) -> String {
        var text = variable("region", "The key's Region, as approved.", target.region)
        if case .newKey(let key) = change {
            text +=
                "\n" + variable("ct_key_alias", "The key's alias without \\\"alias/\\\", as approved.", String(key.alias.dropFirst("alias/".count)))
        }
        return text
    }

    private static func variable(_ name: String, _ description: String, _ approved: String) -> String {
        """
        variable "\(name)" {
          description = "\(description)"
          type        = string
          default     = \(HCLText.quoted(approved))

          validation {
            condition     = var.\(name) == \(HCLText.quoted(approved))
            error_message = "Approved is \(HCLText.quoted(approved).dropFirst().dropLast()); another \(name) needs a bundle and approvals of its own."
          }
        }

        """
    }

    private static func head(_ bundle: VerifiedBundle, _ policyDigest: String) -> String {
        """
        locals {
          # Bundle \(bundle.payload.id), \(bundle.digest.text).
          approved_policy        = file("${path.module}/policy.json")
          approved_policy_sha256 = "\(policyDigest)"
          approved_account       = \(HCLText.quoted(bundle.payload.target.account))
        }

        data "aws_caller_identity" "current" {}

        data "aws_region" "current" {}

        """
    }

    private static let conditions = """
            precondition {
              condition     = sha256(local.approved_policy) == local.approved_policy_sha256
              error_message = "policy.json is not the approved policy: its SHA-256 differs."
            }

            precondition {
              condition     = data.aws_caller_identity.current.account_id == local.approved_account
              error_message = "These are credentials of another account than the approved one."
            }

            precondition {
              condition     = data.aws_region.current.id == var.region
              error_message = "The provider speaks to another Region than the approved one."
            }
        """

    private static func newKey(_ key: Exportable.NewKey, _ payload: BundlePayload) -> String {
        let width = key.tags.map { HCLText.quoted($0.key).count }.max() ?? 0
        let tags = key.tags.map { tag in
            let name = HCLText.quoted(tag.key)
            return "    \(name)\(String(repeating: " ", count: width - name.count)) = \(HCLText.quoted(tag.value))"
        }
        return """

            resource "aws_kms_key" "cloudtrail" {
              description                        = \(HCLText.quoted(key.description))
              key_usage                          = "ENCRYPT_DECRYPT"
              customer_master_key_spec           = "SYMMETRIC_DEFAULT"
              multi_region                       = false
              is_enabled                         = true
              enable_key_rotation                = true
              rotation_period_in_days            = \(key.rotationDays)
              deletion_window_in_days            = \(deletionWindowDays)
              bypass_policy_lockout_safety_check = false
              policy                             = local.approved_policy

              tags = {
            \(tags.joined(separator: "\n"))
              }

              lifecycle {
                prevent_destroy = true

            \(conditions)
              }
            }

            resource "aws_kms_alias" "cloudtrail" {
              name          = "alias/${var.ct_key_alias}"
              target_key_id = aws_kms_key.cloudtrail.key_id

              lifecycle {
                prevent_destroy = true
              }
            }

            """
    }

    private static func policy(_ key: String) -> String {
        """

        resource "aws_kms_key_policy" "cloudtrail" {
          key_id                             = \(HCLText.quoted(key))
          policy                             = local.approved_policy
          bypass_policy_lockout_safety_check = false

          lifecycle {
            prevent_destroy = true

        \(conditions)
          }
        }

        """
    }

    private static func outputs(_ change: Exportable, _ bundle: VerifiedBundle) -> String {
        var list: [(String, String, String)] =
            switch change {
            case .newKey:
                [
                    ("key_id", "The key's id.", "aws_kms_key.cloudtrail.key_id"),
                    ("key_arn", "The key's ARN: what the trail's kms_key_id takes.", "aws_kms_key.cloudtrail.arn"),
                    ("alias_arn", "The alias's ARN.", "aws_kms_alias.cloudtrail.arn"),
                ]
            case .policy(let key, _): [("key_arn", "The key's ARN.", HCLText.quoted(key))]
            }
        list.append(("approved_bundle", "The digest of the bundle that was approved.", "\"\(bundle.digest.text)\""))
        return list.map { name, description, value in
            """
            output "\(name)" {
              description = "\(description)"
              value       = \(value)
            }

            """
        }.joined(separator: "\n")
    }
}
