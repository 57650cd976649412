// SPDX-License-Identifier: Apache-2.0

import Bundles
import Ledger
import Rehearsal
import StrictFormats

/// What must hold of the live key or trail before the first write, beside the preconditions that formats.md §9 names.
///
/// It has no name of a precondition, so it is no `precondition-checked` entry: what does not hold is refused, and the refusal
/// stands in the ledger (decision record 0014).
struct LiveGate {
    let service: any KeyService
    let payload: BundlePayload
    let life: BundleLife

    /// - Throws: `key-missing`, `key-state`, `key-type`, `tag-quota`, `grant-missing`, `key-in-use`, `trail-missing`,
    ///   `trail-home-region` (the answer is no), and what a read throws.
    func check() throws(Refusal) {
        guard let next = payload.derivation.requests.first(where: { !life.isApplied($0.name) }) else { return }
        switch payload.change {
        case .createKey, .putKeyPolicy, .acknowledge: return
        case .attachTrail(_, let trail): try checkTrail(trail)
        case .revokeGrant(let key, let grant): try checkGrant(key, grant, next)
        case .setRotation(let key, _), .addAlias(_, let key), .setTags(let key, _, _), .setDescription(let key, _), .disableKey(let key),
            .enableKey(let key), .cancelDeletion(let key):
            let settings = try settings(key)
            try checkState(settings, next)
            try checkDetails(settings)
        case .moveAlias(_, let from, let key):
            let settings = try settings(key)
            try checkState(settings, next)
            try checkType(settings, like: from)
        case .scheduleDeletion(let key, _, _):
            try checkState(try settings(key), next)
            if !mayHaveBeen(next) { try checkUse(key) }
        }
    }

    /// An attempt whose outcome was once unknown may show only now: the state that it leads to is then no difference.
    private func mayHaveBeen(_ request: PlannedRequest) -> Bool { life.attempts(at: request.name).contains(where: \.wasUnknown) }

    private func refused(_ code: String, _ message: String, hint: String? = nil) -> Refusal {
        Refusal(code, .answerIsNo, message, hint: hint ?? "nothing of it was sent; look at the key in AWS, then prepare a new bundle")
    }

    private func settings(_ key: String) throws(Refusal) -> KeySettings {
        guard let settings = try service.settings(of: key).value else { throw refused("key-missing", "there is no key \(key)") }
        return settings
    }

    /// The table of key states lets the next request through.
    private func checkState(_ settings: KeySettings, _ next: PlannedRequest) throws(Refusal) {
        guard !KeyStates.allow(next.operation, in: settings.state), !mayHaveBeen(next) else { return }
        throw refused(
            "key-state", "\(next.operation) is not possible for a key whose state is \(ServerText.shown(settings.state))")
    }

    private func checkDetails(_ settings: KeySettings) throws(Refusal) {
        switch payload.change {
        case .setRotation:
            guard settings.keySpec == "SYMMETRIC_DEFAULT", settings.origin == "AWS_KMS" else {
                throw refused("key-type", "only symmetric encryption keys with material of AWS KMS rotate by themselves")
            }
        case .setTags(let key, let tags, _):
            // TagResource goes first: for a moment the key has what it had and what is set.
            guard let live = try service.tags(of: key).value else { return }
            let kept = live.filter { old in !tags.contains { $0.key.hasSameBytes(as: old.key) } }
            guard kept.count + tags.count <= 50 else {
                throw refused(
                    "tag-quota", "the key would have \(kept.count + tags.count) tags; KMS takes 50", hint: "remove tags in a bundle of its own first")
            }
        default: return
        }
    }

    /// UpdateAlias: both keys have the same type and the same usage. A key that is gone asks for nothing.
    private func checkType(_ settings: KeySettings, like from: String) throws(Refusal) {
        guard let old = try service.settings(of: from).value else { return }
        guard old.keyUsage.hasSameBytes(as: settings.keyUsage), old.keySpec.hasSameBytes(as: settings.keySpec) else {
            throw refused(
                "key-type", "the alias leads to a key of another type (\(ServerText.shown(old.keySpec)), \(ServerText.shown(old.keyUsage)))")
        }
    }

    private func checkGrant(_ key: String, _ grant: String, _ next: PlannedRequest) throws(Refusal) {
        _ = try settings(key)
        if mayHaveBeen(next) { return }
        guard try service.grants(on: key).value.contains(where: { $0.hasSameBytes(as: grant) }) else {
            throw refused("grant-missing", "the key has no grant \(grant): it was revoked or retired already")
        }
    }

    private func checkTrail(_ trail: String) throws(Refusal) {
        guard let settings = try service.trail(trail).value else { throw refused("trail-missing", "there is no trail \(trail)") }
        guard settings.homeRegion.hasSameBytes(as: payload.target.region) else {
            throw refused("trail-home-region", "the trail's home Region is \(ServerText.shown(settings.homeRegion)), not \(payload.target.region)")
        }
    }

    /// No trail that can be seen from the key's account and Region encrypts with the key.
    private func checkUse(_ key: String) throws(Refusal) {
        let users = try service.trails().value.filter { trail in trail.key.map { KeyName.isSame($0, key) || $0.hasSameBytes(as: key) } ?? false }
        guard users.isEmpty else {
            throw refused(
                "key-in-use",
                "the key encrypts \(users.count == 1 ? "a trail" : "\(users.count) trails"): \(users.prefix(10).map { ServerText.shown($0.arn) }.joined(separator: ", "))",
                hint: "attach each trail to another key first; what was encrypted stays readable only as long as the key is there")
        }
    }
}
