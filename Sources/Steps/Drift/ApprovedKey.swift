// SPDX-License-Identifier: Apache-2.0
// What a ledger says a key should be: the last approved value of each of its settings.

public import Bundles
import StrictFormats

/// A value with the bundle that put it in place last.
public struct Approved<Value: Sendable>: Sendable {
    public let value: Value
    public let bundle: BundlePayload
}

/// One key, as the requests that took effect left it. What no bundle has touched is nil: the ledger says nothing of it.
public struct ApprovedKey: Sendable {
    public let arn: String
    public var policy: Approved<String>?
    public var description: Approved<String>?
    public var rotationDays: Approved<Int>?
    /// `Enabled`, `Disabled`, `PendingDeletion`.
    public var state: Approved<String>?
    public var aliases: [(name: String, approved: Approved<Void>)] = []
    /// By key; a nil value was removed.
    public var tags: [(key: String, approved: Approved<String?>)] = []
    public var trails: [(arn: String, approved: Approved<Void>)] = []
    /// Made by a bundle of this ledger: then all of its tags and aliases are known.
    public var isMadeHere = false

    init(arn: String) { self.arn = arn }

    public var partition: String { field(1) }
    public var region: String { field(3) }
    public var account: String { field(4) }
    public var id: String { field(5).split(separator: "/").last.map(String.init) ?? "" }

    private func field(_ index: Int) -> String {
        let fields = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return index < fields.count ? String(fields[index]) : ""
    }

    /// Takes in one request that took effect.
    mutating func apply(_ request: String, of bundle: BundlePayload) {
        func approved<Value>(_ value: Value) -> Approved<Value> { Approved(value: value, bundle: bundle) }
        if let policy = bundle.policy, ["create-key", "put-key-policy"].contains(request) { self.policy = approved(policy.document) }
        switch bundle.change {
        case .createKey(let alias, let description, let days, let tags):
            if request == "create-key" {
                isMadeHere = true
                self.description = approved(description)
                state = approved("Enabled")
                set([Tag(key: Derivation.changeTag, value: bundle.id)] + tags, bundle)
            } else if request == "enable-key-rotation" {
                rotationDays = approved(days)
            } else if request == "create-alias" {
                add(alias, approved(()))
            }
        case .setRotation(_, let days): rotationDays = approved(days)
        case .addAlias(let alias, _), .moveAlias(let alias, _, _): add(alias, approved(()))
        case .setTags(_, let tags, let removed):
            if request == "tag-resource" { set(tags, bundle) }
            if request == "untag-resource" { for key in removed { set(key, nil, bundle) } }
        case .setDescription(_, let description): self.description = approved(description)
        case .attachTrail(_, let trail):
            trails.removeAll { $0.arn.hasSameBytes(as: trail) }
            trails.append((trail, approved(())))
        case .disableKey: state = approved("Disabled")
        case .enableKey: state = approved("Enabled")
        case .scheduleDeletion: state = approved("PendingDeletion")
        // CancelKeyDeletion leaves the key disabled; the bundle's second request enables it.
        case .cancelDeletion: state = approved(request == "enable-key" ? "Enabled" : "Disabled")
        case .putKeyPolicy, .revokeGrant, .acknowledge: break
        }
    }

    mutating func lose(alias: String) { aliases.removeAll { $0.name.hasSameBytes(as: alias) } }
    mutating func lose(trail: String) { trails.removeAll { $0.arn.hasSameBytes(as: trail) } }

    private mutating func add(_ alias: String, _ approved: Approved<Void>) {
        lose(alias: alias)
        aliases.append((alias, approved))
    }

    private mutating func set(_ tags: [Tag], _ bundle: BundlePayload) { for tag in tags { set(tag.key, tag.value, bundle) } }

    private mutating func set(_ key: String, _ value: String?, _ bundle: BundlePayload) {
        tags.removeAll { $0.key.hasSameBytes(as: key) }
        tags.append((key, Approved(value: value, bundle: bundle)))
    }
}
