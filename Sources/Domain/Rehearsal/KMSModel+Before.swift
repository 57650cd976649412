// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import StrictFormats

extension KMSModel {
    /// The account as a bundle takes it to be before it runs: the key with its base policy, the alias where it is moved from, the
    /// grant that is revoked. What the bundle says nothing of is not there, or not known and not asked.
    /// - Parameter keyPolicy: the policy of the key that a trail is attached to, where somebody knows it.
    public init(before payload: BundlePayload, keyPolicy: String? = nil, now: Instant) {
        let target = payload.target
        self.init(partition: target.partition, account: target.account, region: target.region, executor: target.executor)
        rewritesPolicies = true
        let past = now + -86_400
        func stands(_ arn: String, state: String = "Enabled", tags: [Tag] = [], grants: [String] = []) -> Key {
            Key(
                id: arn.split(separator: "/").last.map(String.init) ?? arn, policies: payload.base.map { [($0.document, past)] } ?? [], tags: tags,
                created: past, state: state, grants: grants)
        }
        switch payload.change {
        case .createKey, .acknowledge: break
        case .putKeyPolicy(let key), .setRotation(let key, _), .addAlias(_, let key), .setDescription(let key, _), .disableKey(let key),
            .scheduleDeletion(let key, _, _):
            keys = [stands(key)]
        case .moveAlias(let alias, let from, let key):
            keys = [stands(from), stands(key)]
            aliases[alias] = (keys[0].id, past)
        case .setTags(let key, _, let removed): keys = [stands(key, tags: removed.map { Tag(key: $0, value: "") })]
        case .enableKey(let key): keys = [stands(key, state: "Disabled")]
        case .cancelDeletion(let key): keys = [stands(key, state: "PendingDeletion")]
        case .revokeGrant(let key, let grant): keys = [stands(key, grants: [grant])]
        case .attachTrail(let key, let trail):
            otherKeys[key] = OtherKey(policy: keyPolicy)
            trails[trail] = Trail(homeRegion: target.region, from: past)
        }
    }
}
