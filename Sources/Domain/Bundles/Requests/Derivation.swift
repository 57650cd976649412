// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// The requests and expectations that follow from a stated change: a pure function, derived again by everyone (formats.md §4).
public struct Derivation: Sendable, Hashable {
    public let requests: [PlannedRequest]
    public let expectations: [Expectation]

    /// - Parameters:
    ///   - id: the bundle's id; it becomes the new key's tag.
    ///   - policy: the policy's exact text, for the kinds that send one.
    public init(id: String, target: Target, change: Change, policy: String?) {
        switch change {
        case .createKey(let alias, let description, let days, let tags):
            requests = Self.createKey(id: id, alias: alias, description: description, days: days, tags: tags, policy: policy ?? "")
            expectations = [.keySettings, .keyPolicy(digest: Digest(ofText: policy ?? "")), .rotation(days: days), .alias(name: alias)]
        case .putKeyPolicy(let key):
            requests = [
                Self.kms(
                    "put-key-policy", "PutKeyPolicy",
                    [
                        ("BypassPolicyLockoutSafetyCheck", false), ("KeyId", .string(key)), ("Policy", .string(policy ?? "")),
                        ("PolicyName", "default"),
                    ])
            ]
            expectations = [.keyPolicy(digest: Digest(ofText: policy ?? ""))]
        case .setRotation(let key, let days):
            requests = [Self.enableRotation(key: key, days: days)]
            expectations = [.rotation(days: days)]
        case .addAlias(let alias, let key):
            requests = [Self.kms("create-alias", "CreateAlias", [("AliasName", .string(alias)), ("TargetKeyId", .string(key))])]
            expectations = [.alias(name: alias)]
        case .moveAlias(let alias, _, let key):
            requests = [Self.kms("update-alias", "UpdateAlias", [("AliasName", .string(alias)), ("TargetKeyId", .string(key))])]
            expectations = [.alias(name: alias)]
        case .setTags(let key, let tags, let removed):
            requests = Self.setTags(key: key, tags: tags, removed: removed)
            expectations = [.tags(tags, removed: removed)]
        case .setDescription(let key, let text):
            requests = [
                Self.kms("update-key-description", "UpdateKeyDescription", [("KeyId", .string(key)), ("Description", .string(text))])
            ]
            expectations = [.description(text)]
        case .attachTrail(let key, let trail):
            requests = [Self.updateTrail(trail: trail, key: key)]
            expectations = [.trail(trail: trail, key: key)]
        case .disableKey(let key):
            requests = [Self.kms("disable-key", "DisableKey", [("KeyId", .string(key))])]
            expectations = [.keyState("Disabled")]
        case .enableKey(let key):
            requests = [Self.kms("enable-key", "EnableKey", [("KeyId", .string(key))])]
            expectations = [.keyState("Enabled")]
        case .scheduleDeletion(let key, let days, _):
            requests = [
                Self.kms("schedule-key-deletion", "ScheduleKeyDeletion", [("KeyId", .string(key)), ("PendingWindowInDays", .integer(days))])
            ]
            expectations = [.keyState("PendingDeletion")]
        case .cancelDeletion(let key):
            requests = [
                Self.kms("cancel-key-deletion", "CancelKeyDeletion", [("KeyId", .string(key))]),
                Self.kms("enable-key", "EnableKey", [("KeyId", .string(key))]),
            ]
            expectations = [.keyState("Enabled")]
        case .revokeGrant(let key, let grant):
            requests = [Self.kms("revoke-grant", "RevokeGrant", [("KeyId", .string(key)), ("GrantId", .string(grant))])]
            expectations = [.grantAbsent(grantID: grant)]
        case .acknowledge:
            requests = []
            expectations = []
        }
    }

    /// CreateKey carries its final policy, so that no moment passes under the default one; the alias comes last, it publishes the key.
    private static func createKey(
        id: String, alias: String, description: String, days: Int, tags: [Tag], policy: String
    ) -> [PlannedRequest] {
        let key = Binding.keyID
        return [
            kms(
                "create-key", "CreateKey",
                [
                    ("BypassPolicyLockoutSafetyCheck", false), ("Description", .string(description)), ("KeySpec", "SYMMETRIC_DEFAULT"),
                    ("KeyUsage", "ENCRYPT_DECRYPT"), ("MultiRegion", false), ("Origin", "AWS_KMS"), ("Policy", .string(policy)),
                    ("Tags", Tag.kms([Tag(key: changeTag, value: id)] + tags)),
                ], binds: [key]),
            enableRotation(key: key.placeholder, days: days, uses: [key]),
            kms(
                "create-alias", "CreateAlias", [("AliasName", .string(alias)), ("TargetKeyId", .string(key.placeholder))], uses: [key]),
        ]
    }

    /// The tag by which a key that was made can be found again.
    public static let changeTag = "countersign:change"

    private static func setTags(key: String, tags: [Tag], removed: [String]) -> [PlannedRequest] {
        var requests: [PlannedRequest] = []
        if !tags.isEmpty { requests.append(kms("tag-resource", "TagResource", [("KeyId", .string(key)), ("Tags", Tag.kms(tags))])) }
        if !removed.isEmpty {
            requests.append(kms("untag-resource", "UntagResource", [("KeyId", .string(key)), ("TagKeys", .strings(removed))]))
        }
        return requests
    }

    private static func enableRotation(key: String, days: Int, uses: [Binding] = []) -> PlannedRequest {
        kms("enable-key-rotation", "EnableKeyRotation", [("KeyId", .string(key)), ("RotationPeriodInDays", .integer(days))], uses: uses)
    }

    private static func updateTrail(trail: String, key: String) -> PlannedRequest {
        PlannedRequest(
            name: "update-trail", service: "cloudtrail", target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.UpdateTrail",
            body: JSONWriter.canonicalText(.object([("KmsKeyId", .string(key)), ("Name", .string(trail))])), binds: [], uses: [])
    }

    private static func kms(
        _ name: String, _ operation: String, _ members: [(String, JSONValue?)], binds: [Binding] = [], uses: [Binding] = []
    ) -> PlannedRequest {
        PlannedRequest(
            name: name, service: "kms", target: "TrentService.\(operation)", body: JSONWriter.canonicalText(.object(members)), binds: binds,
            uses: uses)
    }
}
