// SPDX-License-Identifier: Apache-2.0

import Bundles
import KeyPolicies
import Ledger
import StrictFormats

/// Settles an unknown outcome by reading (design §4.5). CreateKey is never settled as "not applied": no reading proves that
/// a key will not still appear.
struct Settling {
    let service: any KeyService
    let bundle: VerifiedBundle
    let life: BundleLife

    enum Verdict {
        case applied(evidence: JSONValue, binds: [EntryData.Bound])
        case notApplied(evidence: JSONValue)
        /// Not settled; looking again may help.
        case unsettled(String)
    }

    private var payload: BundlePayload { bundle.payload }

    /// One look at what the attempt may have done.
    func look(_ attempt: RequestAttempt) throws(Refusal) -> Verdict {
        switch attempt.intent.name {
        case "create-key": return try createdKey(attempt)
        case "enable-key-rotation": return try rotation()
        case "create-alias": return try alias()
        case "put-key-policy": return try policy()
        default: return .unsettled("this release cannot settle \(attempt.intent.name) by reading")
        }
    }

    // MARK: CreateKey, by its tag

    private func createdKey(_ attempt: RequestAttempt) throws(Refusal) -> Verdict {
        let search = try TaggedKeys.search(service, id: payload.id).value
        guard let key = search.found.first else { return .unsettled("no key carries the tag of this bundle yet (\(search.keysRead) keys read)") }
        guard search.found.count == 1 else {
            return .unsettled("\(search.found.count) keys carry the tag of this bundle: \(search.found.map(SafeText.escaped).joined(separator: ", ")); none is taken")
        }
        if let objection = try objection(to: key, attempt) { return .unsettled("the key \(SafeText.escaped(key)) carries the tag of this bundle but is not taken: \(objection)") }
        return .applied(
            evidence: .object([("tag", .string(payload.id)), ("key", .string(key)), ("keysRead", .integer(search.keysRead))]),
            binds: [EntryData.Bound(name: Binding.keyID.rawValue, value: key)])
    }

    /// A tag is a claim that anybody with TagResource can make: why a key is not adopted (design §4.5, formats.md §9).
    private func objection(to key: String, _ attempt: RequestAttempt) throws(Refusal) -> String? {
        guard Binding.keyID.accepts(key, in: payload.target) else { return "its id has no known form" }
        guard let settings = try service.settings(of: key).value else { return "it cannot be described" }
        guard case .createKey(_, let description, _, let tags) = payload.change else { return "this bundle creates no key" }
        let expected = ["SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS"]
        guard [settings.keySpec, settings.keyUsage, settings.origin] == expected, !settings.multiRegion else { return "its settings are not those approved" }
        guard ["Enabled", "Creating"].contains(settings.state) else { return "its state is \(SafeText.escaped(settings.state))" }
        guard settings.description.hasSameBytes(as: description) else { return "its description is not the one approved" }
        guard let created = settings.created else { return "its creation date is not shown" }
        if let before = attempt.dateBefore, created < before { return "it was created at \(created), before the request was sent" }
        let wanted = Set([Tag(key: Derivation.changeTag, value: payload.id)] + tags)
        guard let seen = try service.tags(of: key).value, Set(seen) == wanted else { return "its tags are not exactly those approved" }
        guard let policy = try service.policy(of: key, named: "default").value, LivePolicy.grade(policy, payload.policy?.document ?? "", payload.target) != .different else {
            return "its policy is not the one approved"
        }
        guard try service.grantCount(on: key).value == 0 else { return "it has grants" }
        guard try service.policy(of: key, named: "AWS_RAM").value == nil else { return "it is shared through AWS RAM" }
        return nil
    }

    // MARK: what can be sent again

    private var key: String { life.bound[Binding.keyID.rawValue] ?? payload.change.key ?? "" }

    private func rotation() throws(Refusal) -> Verdict {
        guard case .createKey(_, _, let days, _) = payload.change else { return .unsettled("this change sets no rotation") }
        let status = try service.rotation(of: key).value
        let evidence = JSONValue.object([("enabled", .bool(status.isEnabled)), ("days", status.days.map { .integer($0) })])
        return status.isEnabled && (status.days ?? days) == days ? .applied(evidence: evidence, binds: []) : .notApplied(evidence: evidence)
    }

    private func alias() throws(Refusal) -> Verdict {
        guard case .createKey(let alias, _, _, _) = payload.change else { return .unsettled("this change makes no alias") }
        let target = try service.keyID(ofAlias: alias).value
        let evidence = JSONValue.object([("alias", .string(alias)), ("key", target.map { .string(SafeText.escaped($0)) })])
        guard let target else { return .notApplied(evidence: evidence) }
        if target.hasSameBytes(as: key) { return .applied(evidence: evidence, binds: []) }
        return .notApplied(evidence: evidence)
    }

    private func policy() throws(Refusal) -> Verdict {
        let live = try service.policy(of: key, named: "default").value ?? ""
        let new = LivePolicy.grade(live, payload.policy?.document ?? "", payload.target)
        let evidence = JSONValue.object([("grade", .string(new.rawValue))])
        if new != .different { return .applied(evidence: evidence, binds: []) }
        guard let base = payload.base else { return .notApplied(evidence: evidence) }
        guard LivePolicy.grade(live, base.document, payload.target) != .different else { return .unsettled("the key's policy is neither the new one nor the base: somebody else changed it") }
        return .notApplied(evidence: evidence)
    }
}
