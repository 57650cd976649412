// SPDX-License-Identifier: Apache-2.0

public import Bundles
import Cryptography
public import StrictFormats
import Trust

/// A CloudFormation template that makes what a bundle's `create-key` says.
///
/// Source: AWS CloudFormation User Guide, `AWS::KMS::Key`, `AWS::KMS::Alias`, "DeletionPolicy attribute", "UpdateReplacePolicy attribute".
public enum CloudFormationExport {
    /// - Throws: `export-kind` (bad data): CloudFormation changes the policy of a key only in the stack that made it.
    public static func files(_ bundle: VerifiedBundle) throws(Refusal) -> [ExportedFile] {
        guard case .newKey(let key) = try Exportable(bundle) else {
            throw Refusal(
                "export-kind", .badData, "CloudFormation changes the policy of a key only in the stack that made the key",
                at: Place(file: bundle.envelope.file),
                hint: "put the approved document into KeyPolicy there, or run the bundle with: countersign execute")
        }
        let policy = try JSONDocument(Array(key.document.utf8), rules: .general, file: bundle.envelope.file).root
        let digest = Digest(ofText: key.document).hex
        return [
            ExportedFile("template.json", JSONWriter.pretty(template(key, policy, bundle, digest)) + "\n"), ExportedFile("policy.json", key.document),
            ExportedFile("README.md", ExportReadme.cloudFormation(bundle, digest)),
        ]
    }

    private static func template(_ key: Exportable.NewKey, _ policy: JSONValue, _ bundle: VerifiedBundle, _ digest: String) -> JSONValue {
        let alias = String(key.alias.dropFirst("alias/".count))
        return .object([
            ("AWSTemplateFormatVersion", .string("2010-09-09")),
            ("Description", .string("The key that encrypts the organization's CloudTrail, as bundle \(bundle.payload.id) was approved")),
            (
                "Metadata",
                .object([
                    (
                        "Countersign",
                        .object([
                            ("Bundle", .string(bundle.digest.text)), ("PolicySha256", .string(digest)),
                            ("Account", .string(bundle.payload.target.account)),
                            ("Region", .string(bundle.payload.target.region)),
                        ])
                    )
                ])
            ),
            (
                "Parameters",
                .object([
                    (
                        "CtKeyAlias",
                        .object([
                            ("Type", .string("String")), ("Default", .string(alias)), ("AllowedValues", .strings([alias])),
                            ("Description", .string("The alias without alias/, as approved; another needs a bundle of its own")),
                        ])
                    )
                ])
            ),
            (
                "Resources",
                .object([("Key", resource("AWS::KMS::Key", properties(key, policy))), ("Alias", resource("AWS::KMS::Alias", aliasProperties))])
            ),
            (
                "Outputs",
                .object([
                    ("KeyId", output("The key's id", .object([("Ref", .string("Key"))]))),
                    ("KeyArn", output("The key's ARN: what the trail's KMSKeyId takes", .object([("Fn::GetAtt", .strings(["Key", "Arn"]))]))),
                    ("AliasName", output("The alias", .object([("Ref", .string("Alias"))]))),
                ])
            ),
        ])
    }

    private static func resource(_ type: String, _ properties: JSONValue) -> JSONValue {
        .object([
            ("Type", .string(type)), ("DeletionPolicy", .string("Retain")), ("UpdateReplacePolicy", .string("Retain")), ("Properties", properties),
        ])
    }

    private static func properties(_ key: Exportable.NewKey, _ policy: JSONValue) -> JSONValue {
        .object([
            ("Description", .string(key.description)), ("KeySpec", .string("SYMMETRIC_DEFAULT")), ("KeyUsage", .string("ENCRYPT_DECRYPT")),
            ("Origin", .string("AWS_KMS")), ("MultiRegion", .bool(false)), ("Enabled", .bool(true)), ("EnableKeyRotation", .bool(true)),
            ("RotationPeriodInDays", .integer(key.rotationDays)), ("PendingWindowInDays", .integer(deletionWindowDays)),
            ("BypassPolicyLockoutSafetyCheck", .bool(false)), ("KeyPolicy", policy),
            ("Tags", .array(key.tags.map { .object([("Key", .string($0.key)), ("Value", .string($0.value))]) })),
        ])
    }

    private static var aliasProperties: JSONValue {
        .object([
            ("AliasName", .object([("Fn::Sub", .string("alias/${CtKeyAlias}"))])), ("TargetKeyId", .object([("Ref", .string("Key"))])),
        ])
    }

    private static func output(_ description: String, _ value: JSONValue) -> JSONValue {
        .object([("Description", .string(description)), ("Value", value)])
    }
}
