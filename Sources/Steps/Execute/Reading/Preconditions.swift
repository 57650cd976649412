// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import KeyPolicies
import Ledger
import StrictFormats
import Trust

/// What must hold before a change's requests are sent (formats.md §9 names them).
struct Preconditions {
    let service: any KeyService
    let payload: BundlePayload
    let life: BundleLife

    typealias Seen = (EntryData.Check, artifact: [UInt8]?)

    /// The preconditions of the change, less those of requests that took effect already.
    func check() throws(Refusal) -> [Seen] {
        switch payload.change {
        case .createKey(let alias, _, _, _):
            var checks: [Seen] = []
            if !life.isApplied("create-alias") { checks.append((try aliasFree(alias), nil)) }
            if !life.isApplied("create-key") { checks.append((try noTaggedKey(), nil)) }
            return checks
        case .putKeyPolicy(let key):
            return life.isApplied("put-key-policy") || payload.base == nil ? [] : [try policyIsBase(key)]
        case .addAlias(let alias, _): return life.isApplied("create-alias") ? [] : [(try aliasFree(alias), nil)]
        case .moveAlias(let alias, let from, let key):
            return life.isApplied("update-alias") ? [] : [(try aliasBound(alias, from: from, to: key), nil)]
        // The names of formats.md §9 say nothing of these; `LiveGate` looks at what must hold (decision record 0014).
        case .setRotation, .setTags, .setDescription, .attachTrail, .disableKey, .enableKey, .scheduleDeletion, .cancelDeletion, .revokeGrant,
            .acknowledge:
            return []
        }
    }

    /// An attempt whose outcome was once unknown may show only now: what it would have done is then no difference.
    private func mayHaveBeen(_ name: String) -> Bool { life.attempts(at: name).contains(where: \.wasUnknown) }

    /// Free, or bound by an attempt of this execution to the key that it is meant for (design §4.2).
    private func aliasFree(_ alias: String) throws(Refusal) -> EntryData.Check {
        let seen = try service.keyID(ofAlias: alias)
        let subject = life.bound[Binding.keyID.rawValue] ?? payload.change.key
        let isOurs = seen.value.map { key in mayHaveBeen("create-alias") && subject.map { KeyName.isSame(key, $0) } ?? false }
        return EntryData.Check(
            name: "alias-free", result: isOurs ?? true ? .holds : .differs,
            observed: .object([("alias", .string(alias)), ("key", seen.value.map { .string(ServerText.shown($0)) })]), requestID: seen.requestID)
    }

    /// The alias leads to the key that it is moved from. To the new one, after an outcome that was unknown, is neither: nobody
    /// saw the old one, and nothing differs.
    private func aliasBound(_ alias: String, from: String, to key: String) throws(Refusal) -> EntryData.Check {
        let seen = try service.keyID(ofAlias: alias)
        let isOld = seen.value.map { KeyName.isSame($0, from) } ?? false
        let isNew = mayHaveBeen("update-alias") && seen.value.map { KeyName.isSame($0, key) } ?? false
        return EntryData.Check(
            name: "alias-bound", result: isOld ? .holds : isNew ? .notShown : .differs,
            observed: .object([("alias", .string(alias)), ("key", seen.value.map { .string(ServerText.shown($0)) })]), requestID: seen.requestID)
    }

    /// No key carries this bundle's tag: a key that does was made for it, by whatever way.
    private func noTaggedKey() throws(Refusal) -> EntryData.Check {
        let search = try TaggedKeys.search(service, id: payload.id)
        let found = search.value.found.prefix(10).map(ServerText.shown)
        return EntryData.Check(
            name: "no-tagged-key", result: found.isEmpty ? .holds : .differs,
            observed: .object([("keysRead", .integer(search.value.keysRead)), ("keys", found.isEmpty ? nil : .strings(found))]),
            requestID: search.requestID)
    }

    /// The new policy where the base was, after an outcome that was unknown, is neither: nobody saw the base, and nothing differs.
    private func policyIsBase(_ key: String) throws(Refusal) -> Seen {
        let seen = try service.policy(of: key, named: "default")
        let live = seen.value ?? ""
        let grade = LivePolicy.grade(live, payload.base?.document ?? "", payload.target)
        let isNew = mayHaveBeen("put-key-policy") && LivePolicy.grade(live, payload.policy?.document ?? "", payload.target) != .different
        let check = EntryData.Check(
            name: "policy-is-base", result: grade != .different ? .holds : isNew ? .notShown : .differs, grade: grade.rawValue,
            observed: .object([("digest", Digest(ofText: live).json), ("isNew", isNew ? true : nil)]), response: seen.response.map { Digest(of: $0) },
            requestID: seen.requestID)
        return (check, seen.response)
    }
}
