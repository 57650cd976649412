// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography

/// The README that stands in an exported folder.
enum ExportReadme {
    static func terraform(_ bundle: VerifiedBundle, _ change: Exportable, _ policyDigest: String) -> String {
        """
        # \(what(change)), from an approved bundle

        \(facts(bundle, policyDigest))

        The module makes what was approved and nothing else. `policy.json` is the approved policy byte for byte; a plan fails where its SHA-256 differs,
        where the credentials are another account's, or where another Region or alias is asked for. No account is looked up by its name.

        ## Use

        ```sh
        terraform init
        terraform plan -out plan.bin
        terraform show -json plan.bin > plan.json
        countersign check-plan plan.json --bundle bundle.json --trust trust.json --approval APPROVAL --approval APPROVAL
        terraform apply plan.bin
        ```

        Apply only the plan that was checked. `check-plan` answers whether it is exactly what was approved; a plan that imports, moves, replaces or removes
        anything of KMS, or that hides or does not know a value that matters, is refused.

        To call this folder as a child module, leave `providers.tf` out and configure the provider, with `allowed_account_ids`, in the root module.
        \(trail(change))
        """
    }

    static func cloudFormation(_ bundle: VerifiedBundle, _ policyDigest: String) -> String {
        """
        # The key of the organization's CloudTrail, from an approved bundle

        \(facts(bundle, policyDigest))

        `template.json` makes what was approved and nothing else; deleting the stack keeps the key and its alias. CloudFormation writes the policy anew from
        its own reading, so what KMS stores has the same meaning as `policy.json`, not the same bytes: compare it with `countersign snapshot` and `policy diff`.

        ## Use

        ```sh
        aws cloudformation create-change-set --stack-name cloudtrail-org-key --change-set-name approved --change-set-type CREATE \\
          --template-body file://template.json --region \(bundle.payload.target.region)
        aws cloudformation describe-change-set --stack-name cloudtrail-org-key --change-set-name approved --include-property-values \\
          --region \(bundle.payload.target.region) > changes.json
        countersign check-plan changes.json --template template.json --bundle bundle.json --trust trust.json --approval APPROVAL --approval APPROVAL
        aws cloudformation execute-change-set --stack-name cloudtrail-org-key --change-set-name approved --region \(bundle.payload.target.region)
        ```

        Give the stack no tags of its own: CloudFormation would put them on the key, and nobody approved them.

        ## The trail

        In the stack of the trail (the management account's, in its home Region) set `KMSKeyId` of the `AWS::CloudTrail::Trail` to the output `KeyArn`: the
        whole ARN, as the key belongs to another account. That is a change of its own, with a bundle of its own (`attach-trail`).

        """
    }

    private static func what(_ change: Exportable) -> String {
        switch change {
        case .newKey: "The key of the organization's CloudTrail"
        case .policy: "The policy of the CloudTrail key"
        }
    }

    private static func facts(_ bundle: VerifiedBundle, _ policyDigest: String) -> String {
        let target = bundle.payload.target
        return """
            | | |
            |---|---|
            | bundle | `\(bundle.payload.id)` |
            | its digest | `\(bundle.digest.text)` |
            | account, Region | `\(target.account)`, `\(target.region)` (partition `\(target.partition)`) |
            | policy | `policy.json`, SHA-256 `\(policyDigest)` |
            """
    }

    private static func trail(_ change: Exportable) -> String {
        guard case .newKey = change else { return "" }
        return """

            ## The trail

            In the configuration of the trail (the management account's, in its home Region) set `kms_key_id` of the `aws_cloudtrail` to the output `key_arn`:
            the whole ARN, as the key belongs to another account. That is a change of its own, with a bundle of its own (`attach-trail`).

            """
    }
}
