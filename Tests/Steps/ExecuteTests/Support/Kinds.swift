// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import Rehearsal
import StrictFormats
import Trust

/// A change of each kind, in an account where it can be made.
enum Kinds {
    static let key = KMSModel.arn("aaaaaaaa-0000-4000-8000-000000000001")
    static let oldKey = KMSModel.arn("bbbbbbbb-0000-4000-8000-000000000002")
    static let otherKey = "arn:aws:kms:us-east-1:604183725190:key/cccccccc-0000-4000-8000-000000000003"
    static let trail = "arn:aws:cloudtrail:us-east-1:123456789012:trail/org-trail"
    static let grant = "0c237476b39f8bc44e45212e08498fbe3151305030726c0590dd8d3e9f3d6a60"
    static let alias = "alias/logs"

    /// All kinds that change something; `acknowledge` sends nothing.
    static let all: [Change] = [
        Ceremony.createKey, .putKeyPolicy(key: key), .setRotation(key: key, rotationDays: 180), .addAlias(alias: alias, key: key),
        .moveAlias(alias: alias, fromKey: oldKey, key: key),
        .setTags(key: key, tags: [Tag(key: "data-class", value: "audit")], removed: ["old"]),
        .setDescription(key: key, description: "Logs of the organization"), .attachTrail(key: otherKey, trail: trail), .disableKey(key: key),
        .enableKey(key: key), .scheduleDeletion(key: key, days: 30, reason: "replaced"), .cancelDeletion(key: key),
        .revokeGrant(key: key, grantID: grant),
    ]

    static func named(_ name: String) -> Change { all.first { $0.kind.rawValue == name } ?? .acknowledge(events: [], reason: "none") }
}

extension World {
    /// A bundle of that change, and the account as it takes it to be.
    func paper(_ change: Change, waits: Bool = true) throws -> Ceremony.Paper {
        let paper = try ceremony.paper(
            change, policy: change.kind == .putKeyPolicy ? Ceremony.otherPolicy : Ceremony.policy,
            base: change.kind == .putKeyPolicy ? Ceremony.policy : nil, ledger: head, id: "7f0c0000-0000-4000-8000-000000000003")
        let delay = kms.model.delay
        kms.model = KMSModel(before: paper.bundle.payload, now: pace.now())
        kms.model.delay = delay
        return paper
    }

    /// Whether the account is as the change wants it.
    func isAsApproved(_ change: Change) -> Bool {
        let model = kms.model
        let key = model.keys.first { change.key?.hasSuffix($0.id) ?? true }
        switch change {
        case .createKey(let alias, _, let days, _):
            return model.keys.count == 1 && key?.rotation?.days == days && model.aliases[alias]?.key == key?.id
                && key?.policies.last?.text == Ceremony.policy
        case .putKeyPolicy: return key?.policies.last?.text == Ceremony.otherPolicy
        case .setRotation(_, let days): return key?.rotation?.days == days
        case .addAlias(let alias, _), .moveAlias(let alias, _, _): return model.aliases[alias]?.key == key?.id
        case .setTags(_, let tags, _): return key?.tags.latest == tags
        case .setDescription(_, let text): return key?.description.latest == text
        case .attachTrail(let key, let trail): return model.trails[trail]?.key.latest == key
        case .disableKey: return key?.state.latest == "Disabled"
        case .enableKey, .cancelDeletion: return key?.state.latest == "Enabled"
        case .scheduleDeletion(_, let days, _):
            return key?.state.latest == "PendingDeletion" && key?.deletion.map { ($0 - World.start) / 86_400 == days } ?? false
        case .revokeGrant: return key?.grants.latest.isEmpty ?? false
        case .acknowledge: return true
        }
    }
}
