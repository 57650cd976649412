// SPDX-License-Identifier: Apache-2.0

import KeyPolicies
import StrictFormats
import Trust

/// The IAM policies of those who execute and of those who read.
///
/// Source: KMS Developer Guide, "AWS KMS permissions" (which action needs which resource); Service Authorization Reference, AWS KMS, AWS CloudTrail.
enum RolePolicies {
    /// What executing the change kinds of the trust root's limits calls, and what reading back calls. Nothing else.
    static func executor(_ guarded: GuardedKey) -> JSONValue {
        let kinds = guarded.limits.operations.compactMap(ChangeKind.init(rawValue:))
        var changes = Set(kinds.flatMap(GuardedAction.called).filter { $0.hasPrefix("kms:") })
        // A new key's policy is checked against its maker: who makes it must be able to change it again (CreateKey).
        if kinds.contains(.createKey) { changes.insert("kms:PutKeyPolicy") }
        let aliases = changes.intersection(GuardedAction.alias)
        var statements = [allow("ReadKeys", reads, keys(guarded)), allow("FindKeys", ["kms:ListAliases", "kms:ListKeys"], ["*"])]
        if changes.remove("kms:CreateKey") != nil {
            statements.append(
                allow("MakeKeysOfABundle", ["kms:CreateKey"], ["*"], ("Null", .object([("aws:RequestTag/countersign:change", "false")]))))
        }
        if !changes.isEmpty { statements.append(allow("ChangeKeys", changes.sorted(), keys(guarded))) }
        if !aliases.isEmpty { statements.append(allow("ChangeTheAlias", aliases.sorted(), [guarded.aliasARN])) }
        if kinds.contains(.attachTrail), let trail = guarded.trail {
            statements.append(allow("AttachTheTrail", ["cloudtrail:GetTrail", "cloudtrail:GetTrailStatus", "cloudtrail:UpdateTrail"], [trail]))
        }
        return document(statements)
    }

    /// Reading the live key, for `snapshot` and `drift`, and the trail where there is one.
    static func reader(_ guarded: GuardedKey) -> JSONValue { document(reading(guarded)) }

    /// Reading what CloudTrail recorded, for an auditor: events, the keys that its digests are signed with, and the live key.
    static func auditor(_ guarded: GuardedKey) -> JSONValue {
        document(
            reading(guarded) + [allow("ReadEvents", ["cloudtrail:DescribeTrails", "cloudtrail:ListPublicKeys", "cloudtrail:LookupEvents"], ["*"])])
    }

    private static func reading(_ guarded: GuardedKey) -> [JSONValue] {
        var statements = [allow("ReadTheKey", reads, [guarded.keyText]), allow("FindTheKey", ["kms:ListAliases", "kms:ListKeys"], ["*"])]
        if let trail = guarded.trail {
            statements.append(allow("ReadTheTrail", ["cloudtrail:GetEventSelectors", "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus"], [trail]))
        }
        return statements
    }

    /// Who may become the executor.
    static func trust(_ guarded: GuardedKey) -> JSONValue {
        document([
            .object([
                ("Sid", "ReleaseEngineers"), ("Effect", "Allow"), ("Principal", .object([("AWS", .strings(guarded.trusted))])),
                ("Action", .strings(["sts:AssumeRole"])),
            ])
        ])
    }

    private static let reads = [
        "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies", "kms:ListResourceTags",
    ]

    /// Keys of the account in the Regions of the limits: a key that is made has no ARN yet.
    private static func keys(_ guarded: GuardedKey) -> [String] {
        guarded.limits.regions.map { "arn:\(guarded.key.partition):kms:\($0):\(guarded.key.account):key/*" }
    }

    private static func document(_ statements: [JSONValue]) -> JSONValue {
        .object([("Version", "2012-10-17"), ("Statement", .array(statements))])
    }

    private static func allow(_ sid: String, _ actions: [String], _ resources: [String], _ condition: (String, JSONValue)? = nil) -> JSONValue {
        .object([
            ("Sid", .string(sid)), ("Effect", "Allow"), ("Action", .strings(actions)), ("Resource", .strings(resources)),
            ("Condition", condition.map { .object([($0.0, $0.1)]) }),
        ])
    }
}
