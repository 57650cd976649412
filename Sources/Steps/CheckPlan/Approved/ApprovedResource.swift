// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats
import Trust

/// A resource that an approved change makes or alters, in the words of HashiCorp's AWS provider.
struct ApprovedResource {
    enum Wanted {
        case equal(JSONValue)
        /// This value, or none: it is the provider's default.
        case equalOrUnset(JSONValue)
        /// The approved policy, by the same meaning.
        case policy(String)
        case tags([Tag])
        /// The tags that the key has now, with these set and those removed.
        case tagsChanged([Tag], removed: [String])
        /// The key with this ARN, by ARN or id.
        case key(String)
        /// The one key that this plan makes, whose id nobody knows yet.
        case newKey
        case anyOf([JSONValue])
        /// Not configured: empty, or what the provider computes from the rest.
        case computed
    }

    /// One way to say it: several resource types can.
    struct Form {
        let type: String
        let actions: [[String]]
        /// What tells that an existing resource is the one: an attribute of its state, and the values that are right.
        var identity: (attribute: String, values: [String])?
        var wanted: [(attribute: String, Wanted)]
        /// Attributes that the provider computes, or that change nothing in AWS while the resource lives.
        var tolerated: [String]

        /// Whether an argument follows from a key that does not exist yet.
        var dependsOnNewKey: Bool { wanted.contains { if case .newKey = $0.1 { true } else { false } } }
    }

    let what: String
    let forms: [Form]

    /// - Throws: `plan-kind` (bad data) for a change that Terraform cannot make as it was approved.
    static func all(of bundle: VerifiedBundle) throws(Refusal) -> [ApprovedResource] {
        let payload = bundle.payload
        let region = JSONValue.string(payload.target.region)
        switch (payload.change, payload.policy) {
        case (.createKey(let alias, let description, let days, let tags), let policy?):
            let all = [Tag(key: "countersign:change", value: payload.id)] + tags
            return [
                ApprovedResource(
                    what: "the new key",
                    forms: [
                        Form(
                            type: "aws_kms_key", actions: [["create"]],
                            wanted: settings(region) + [
                                ("description", .equal(.string(description))), ("enable_key_rotation", .equal(.bool(true))),
                                ("rotation_period_in_days", .equal(.integer(days))), ("policy", .policy(policy.document)), ("tags", .tags(all)),
                                ("tags_all", .tags(all)),
                            ], tolerated: computed + ["deletion_window_in_days"])
                    ]),
                ApprovedResource(what: "the alias \(alias)", forms: [aliasForm(alias, .newKey, region)]),
            ]
        case (.putKeyPolicy(let key), let policy?):
            return [
                ApprovedResource(
                    what: "the policy of \(key)",
                    forms: [
                        Form(
                            type: "aws_kms_key_policy", actions: [["create"], ["update"]],
                            wanted: [
                                ("key_id", .key(key)), ("policy", .policy(policy.document)),
                                ("bypass_policy_lockout_safety_check", .equalOrUnset(false)), ("region", .equalOrUnset(region)),
                            ], tolerated: ["id"]),
                        update(key, ("policy", .policy(policy.document))),
                    ])
            ]
        case (.setRotation(let key, let days), _):
            return [
                ApprovedResource(
                    what: "the rotation of \(key)",
                    forms: [update(key, ("enable_key_rotation", .equal(.bool(true))), ("rotation_period_in_days", .equal(.integer(days))))])
            ]
        case (.setTags(let key, let tags, let removed), _):
            let wanted = Wanted.tagsChanged(tags, removed: removed)
            return [ApprovedResource(what: "the tags of \(key)", forms: [update(key, ("tags", wanted), ("tags_all", wanted))])]
        case (.setDescription(let key, let description), _):
            return [ApprovedResource(what: "the description of \(key)", forms: [update(key, ("description", .equal(.string(description))))])]
        case (.disableKey(let key), _):
            return [ApprovedResource(what: "the state of \(key)", forms: [update(key, ("is_enabled", .equal(.bool(false))))])]
        case (.enableKey(let key), _):
            return [ApprovedResource(what: "the state of \(key)", forms: [update(key, ("is_enabled", .equal(.bool(true))))])]
        case (.addAlias(let alias, let key), _):
            return [ApprovedResource(what: "the alias \(alias)", forms: [aliasForm(alias, .key(key), region)])]
        case (.moveAlias(let alias, _, let key), _):
            return [
                ApprovedResource(
                    what: "the alias \(alias)",
                    forms: [
                        Form(
                            type: "aws_kms_alias", actions: [["update"]], identity: ("name", [alias]), wanted: [("target_key_id", .key(key))],
                            tolerated: ["target_key_arn"])
                    ])
            ]
        case (.attachTrail(let key, let trail), _):
            return [
                ApprovedResource(
                    what: "the key of the trail \(trail)",
                    forms: [
                        Form(
                            type: "aws_cloudtrail", actions: [["update"]], identity: ("arn", [trail]),
                            wanted: [("kms_key_id", .equal(.string(key)))], tolerated: [])
                    ])
            ]
        default:
            throw Refusal(
                "plan-kind", .badData, "a bundle that does \(payload.change.kind.rawValue) is not made by Terraform as it was approved",
                at: Place(file: bundle.envelope.file), hint: "run it with: countersign execute")
        }
    }

    private static let computed = ["arn", "id", "key_id", "timeouts"]

    private static func settings(_ region: JSONValue) -> [(String, Wanted)] {
        [
            ("key_usage", .equal("ENCRYPT_DECRYPT")), ("customer_master_key_spec", .equal("SYMMETRIC_DEFAULT")), ("multi_region", .equal(false)),
            ("is_enabled", .equal(true)), ("bypass_policy_lockout_safety_check", .equalOrUnset(false)), ("custom_key_store_id", .anyOf([""])),
            ("xks_key_id", .anyOf([""])), ("region", .equalOrUnset(region)),
        ]
    }

    private static func aliasForm(_ alias: String, _ target: Wanted, _ region: JSONValue) -> Form {
        Form(
            type: "aws_kms_alias", actions: [["create"]],
            wanted: [
                ("name", .equal(.string(alias))), ("name_prefix", .computed), ("target_key_id", target), ("region", .equalOrUnset(region)),
            ], tolerated: ["arn", "id", "target_key_arn"])
    }

    private static func update(_ key: String, _ wanted: (attribute: String, Wanted)...) -> Form {
        Form(type: "aws_kms_key", actions: [["update"]], identity: ("arn", [key]), wanted: wanted, tolerated: ["deletion_window_in_days"])
    }
}
