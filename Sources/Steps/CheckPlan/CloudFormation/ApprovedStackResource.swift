// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats
import Trust

/// A resource that an approved change makes or alters, in the words of CloudFormation.
///
/// Source: AWS CloudFormation Template Reference, `AWS::KMS::Key`, `AWS::KMS::Alias`, `AWS::CloudTrail::Trail`.
struct ApprovedStackResource {
    enum Wanted {
        case equal(JSONValue)
        /// This value, or none: it is the resource's default.
        case equalOrUnset(JSONValue)
        case policy(String)
        case tags([Tag])
        /// The tags that the key has now, with these set and those removed.
        case tagsChanged([Tag], removed: [String])
        /// The key with this ARN, by ARN or id.
        case key(String)
        case newKey
    }

    let what: String
    let type: String
    let action: String
    /// The PhysicalResourceId of one that exists.
    var physicalIDs: [String] = []
    let wanted: [(property: String, Wanted)]
    var tolerated: [String] = []

    var dependsOnNewKey: Bool { wanted.contains { if case .newKey = $0.1 { true } else { false } } }

    /// - Throws: `plan-kind` (bad data) for a change that CloudFormation cannot make as it was approved.
    static func all(of bundle: VerifiedBundle) throws(Refusal) -> [ApprovedStackResource] {
        let payload = bundle.payload
        switch (payload.change, payload.policy) {
        case (.createKey(let alias, let description, let days, let tags), let policy?):
            let all = [Tag(key: "countersign:change", value: payload.id)] + tags
            let settings: [(String, Wanted)] = [
                ("KeySpec", .equalOrUnset("SYMMETRIC_DEFAULT")), ("KeyUsage", .equalOrUnset("ENCRYPT_DECRYPT")), ("Origin", .equalOrUnset("AWS_KMS")),
                ("MultiRegion", .equalOrUnset(false)), ("Enabled", .equalOrUnset(true)), ("BypassPolicyLockoutSafetyCheck", .equalOrUnset(false)),
            ]
            return [
                ApprovedStackResource(
                    what: "the new key", type: "AWS::KMS::Key", action: "Add",
                    wanted: settings + [
                        ("Description", .equal(.string(description))), ("EnableKeyRotation", .equal(true)),
                        ("RotationPeriodInDays", .equal(.integer(days))),
                        ("KeyPolicy", .policy(policy.document)), ("Tags", .tags(all)),
                    ], tolerated: ["PendingWindowInDays"]),
                add(alias, .newKey),
            ]
        case (.putKeyPolicy(let key), let policy?): return [modify(key, "the policy of \(key)", ("KeyPolicy", .policy(policy.document)))]
        case (.setRotation(let key, let days), _):
            return [modify(key, "the rotation of \(key)", ("EnableKeyRotation", .equal(true)), ("RotationPeriodInDays", .equal(.integer(days))))]
        case (.setTags(let key, let tags, let removed), _): return [modify(key, "the tags of \(key)", ("Tags", .tagsChanged(tags, removed: removed)))]
        case (.setDescription(let key, let text), _): return [modify(key, "the description of \(key)", ("Description", .equal(.string(text))))]
        case (.disableKey(let key), _): return [modify(key, "the state of \(key)", ("Enabled", .equal(false)))]
        case (.enableKey(let key), _): return [modify(key, "the state of \(key)", ("Enabled", .equal(true)))]
        case (.addAlias(let alias, let key), _): return [add(alias, .key(key))]
        case (.moveAlias(let alias, _, let key), _):
            return [
                ApprovedStackResource(
                    what: "the alias \(alias)", type: "AWS::KMS::Alias", action: "Modify", physicalIDs: [alias], wanted: [("TargetKeyId", .key(key))])
            ]
        case (.attachTrail(let key, let trail), _):
            return [
                ApprovedStackResource(
                    what: "the key of the trail \(trail)", type: "AWS::CloudTrail::Trail", action: "Modify", physicalIDs: [trail, lastPart(trail)],
                    wanted: [("KMSKeyId", .equal(.string(key)))])
            ]
        default:
            throw Refusal(
                "plan-kind", .badData, "a bundle that does \(payload.change.kind.rawValue) is not made by CloudFormation as it was approved",
                at: Place(file: bundle.envelope.file), hint: "run it with: countersign execute")
        }
    }

    private static func add(_ alias: String, _ target: Wanted) -> ApprovedStackResource {
        ApprovedStackResource(
            what: "the alias \(alias)", type: "AWS::KMS::Alias", action: "Add",
            wanted: [("AliasName", .equal(.string(alias))), ("TargetKeyId", target)])
    }

    private static func modify(_ key: String, _ what: String, _ wanted: (String, Wanted)...) -> ApprovedStackResource {
        ApprovedStackResource(
            what: what, type: "AWS::KMS::Key", action: "Modify", physicalIDs: [key, lastPart(key)], wanted: wanted.map { (property: $0.0, $0.1) },
            tolerated: ["PendingWindowInDays"])
    }

    private static func lastPart(_ arn: String) -> String { arn.split(separator: "/").last.map(String.init) ?? arn }
}
