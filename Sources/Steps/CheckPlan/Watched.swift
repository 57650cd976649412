// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// Which resource types a plan is searched for.
enum Watched {
    /// Keys, aliases, key policies and grants, of both of AWS's providers, and what names the key that CloudTrail encrypts with.
    static func matters(_ type: String) -> Bool {
        type.hasPrefix("aws_kms_") || type.hasPrefix("awscc_kms_") || type.hasPrefix("aws_cloudtrail") || type.hasPrefix("awscc_cloudtrail_")
    }

    /// Resources behind which any other can stand: stacks, and the general resource of Cloud Control.
    static func hides(_ type: String) -> Bool {
        type.hasPrefix("aws_cloudformation_stack") || type.hasPrefix("awscc_cloudformation_stack") || type == "aws_cloudcontrolapi_resource"
            || type.hasPrefix("aws_servicecatalog_provisioned_product") || type.hasPrefix("awscc_servicecatalog_cloudformation_provisioned_product")
    }

    /// Whether a provider is one that does what its resources are documented to do: AWS's two, from the registries of Terraform and OpenTofu.
    static func isKnown(_ provider: String?) -> Bool {
        guard let provider else { return false }
        return ["registry.terraform.io", "registry.opentofu.org"].contains { registry in
            ["aws", "awscc"].contains { "\(registry)/hashicorp/\($0)".hasSameBytes(as: provider) }
        }
    }
}
