// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// What is asked of a policy that no known template vouches for.
enum StandingClaims {
    /// What execution asks of KMS, and reads back (docs/architecture.md, "What happens to one change").
    static let executorActions = [
        "kms:PutKeyPolicy", "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies",
        "kms:ListResourceTags",
    ]

    static func claims(partition: String, account: String, executor: String) throws(Refusal) -> [PolicyClaim] {
        try PolicyClaim.list(
            .array([
                .object([
                    ("name", "the root user of the key's account can always change the policy"), ("expect", "always"), ("at", "delegated"),
                    ("principals", .strings(["arn:\(partition):iam::\(account):root"])), ("actions", ["kms:PutKeyPolicy"]),
                ]),
                .object([
                    ("name", "the executor can change the policy and read back what was done"), ("expect", "always"), ("at", "delegated"),
                    ("principals", .strings([executor])), ("actions", .strings(executorActions)),
                ]),
            ]))
    }
}
