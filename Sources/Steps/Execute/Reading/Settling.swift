// SPDX-License-Identifier: Apache-2.0

import Bundles
import KeyPolicies
import Ledger
import StrictFormats

/// Settles an unknown outcome by reading (design §4.5). CreateKey is never settled as "not applied": no reading proves that
/// a key will not still appear.
struct Settling {
    let service: any KeyService
    let payload: BundlePayload
    let life: BundleLife

    enum Verdict {
        case applied(evidence: JSONValue, binds: [EntryData.Bound])
        /// It does not show; sending it again can do no harm.
        case absent(evidence: JSONValue)
        /// Somebody else has what it would have made.
        case taken(evidence: JSONValue)
        /// Not settled; looking again may help.
        case unsettled(String)

        /// Looking again would not show anything else.
        var isDecided: Bool {
            switch self {
            case .applied, .taken: true
            case .absent, .unsettled: false
            }
        }
    }

    /// One look at what the attempt may have done.
    func look(_ attempt: RequestAttempt) throws(Refusal) -> Verdict {
        try ExecutionStep.ifShown { () throws(Refusal) in
            switch attempt.intent.name {
            case "create-key": try createdKey(attempt)
            case "enable-key-rotation": try rotation()
            case "create-alias": try alias()
            case "put-key-policy": try policy()
            case "update-alias": try movedAlias()
            case "tag-resource", "untag-resource": try tags(attempt.intent.name)
            case "update-key-description": try description()
            case "update-trail": try trail()
            case "enable-key", "disable-key": try state([attempt.intent.name == "enable-key" ? "Enabled" : "Disabled"])
            case "schedule-key-deletion": try scheduled(attempt)
            case "cancel-key-deletion": try state(["Disabled", "Enabled"])
            case "revoke-grant": try grant()
            default: .unsettled("this release cannot settle \(attempt.intent.name) by reading")
            }
        } ?? .unsettled("KMS does not show the key yet")
    }

    /// By its tag, over every page, and only if it is the one key that fits.
    private func createdKey(_ attempt: RequestAttempt) throws(Refusal) -> Verdict {
        let search = try TaggedKeys.search(service, id: payload.id).value
        guard let key = search.found.first else { return .unsettled("no key carries the tag of this bundle yet (\(search.keysRead) keys read)") }
        guard search.found.count == 1 else {
            return .unsettled(
                "\(search.found.count) keys carry the tag of this bundle: \(search.found.prefix(10).map(ServerText.shown).joined(separator: ", ")); none is taken. Compare who created them, and when, in CloudTrail"
            )
        }
        guard search.notShown == 0 else { return .unsettled("\(search.notShown) of \(search.keysRead) keys do not show their tags yet") }
        let adoption = Adoption(service: service, payload: payload, sentAfter: attempt.dateBefore ?? life.authorization?.aws)
        if let objection = try adoption.objection(to: key) {
            return .unsettled(
                "the key \(ServerText.shown(key)) carries the tag of this bundle but is not taken: \(objection). Compare who created it, and when, in CloudTrail"
            )
        }
        return .applied(
            evidence: .object([("tag", .string(payload.id)), ("key", .string(key)), ("keysRead", .integer(search.keysRead))]),
            binds: [EntryData.Bound(name: Binding.keyID.rawValue, value: key)])
    }

    // MARK: what can be sent again

    var key: String { life.bound[Binding.keyID.rawValue] ?? payload.change.key ?? "" }

    private func rotation() throws(Refusal) -> Verdict {
        let days: Int
        switch payload.change {
        case .createKey(_, _, let wanted, _), .setRotation(_, let wanted): days = wanted
        default: return .unsettled("this change sets no rotation")
        }
        let status = try service.rotation(of: key).value
        let evidence = JSONValue.object([("enabled", .bool(status.isEnabled)), ("days", status.days.map { .integer($0) })])
        return status.isEnabled && (status.days ?? days) == days ? .applied(evidence: evidence, binds: []) : .absent(evidence: evidence)
    }

    private func alias() throws(Refusal) -> Verdict {
        let alias: String
        switch payload.change {
        case .createKey(let name, _, _, _), .addAlias(let name, _): alias = name
        default: return .unsettled("this change makes no alias")
        }
        let target = try service.keyID(ofAlias: alias).value
        let evidence = JSONValue.object([("alias", .string(alias)), ("key", target.map { .string(ServerText.shown($0)) })])
        guard let target else { return .absent(evidence: evidence) }
        return KeyName.isSame(target, key) ? .applied(evidence: evidence, binds: []) : .taken(evidence: evidence)
    }

    private func policy() throws(Refusal) -> Verdict {
        let live = try service.policy(of: key, named: "default").value ?? ""
        let new = LivePolicy.grade(live, payload.policy?.document ?? "", payload.target)
        let evidence = JSONValue.object([("grade", .string(new.rawValue))])
        if new != .different { return .applied(evidence: evidence, binds: []) }
        guard let base = payload.base else { return .absent(evidence: evidence) }
        guard LivePolicy.grade(live, base.document, payload.target) != .different else {
            return .unsettled("the key's policy is neither the new one nor the base: somebody else changed it")
        }
        return .absent(evidence: evidence)
    }
}
