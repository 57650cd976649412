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

    /// The preconditions of the change, less those of requests that took effect already.
    func check(done: [String]) throws(Refusal) -> [(EntryData.Check, artifact: [UInt8]?)] {
        switch payload.change {
        case .createKey(let alias, _, _, _):
            var checks: [(EntryData.Check, artifact: [UInt8]?)] = []
            if !done.contains("create-alias") { checks.append((try aliasFree(alias), nil)) }
            if !done.contains("create-key") { checks.append((try noTaggedKey(), nil)) }
            return checks
        case .putKeyPolicy(let key): return done.contains("put-key-policy") || payload.base == nil ? [] : [try policyIsBase(key)]
        default:
            throw Refusal(
                "change-not-supported", .notPermitted, "this release executes create-key and put-key-policy, not \(payload.change.kind.rawValue)")
        }
    }

    private func aliasFree(_ alias: String) throws(Refusal) -> EntryData.Check {
        let seen = try service.keyID(ofAlias: alias)
        return EntryData.Check(
            name: "alias-free", result: seen.value == nil ? .holds : .differs,
            observed: .object([("alias", .string(alias)), ("key", seen.value.map { .string(SafeText.escaped($0)) })]), requestID: seen.requestID)
    }

    /// No key carries this bundle's tag: a key that does was made for it, by whatever way.
    private func noTaggedKey() throws(Refusal) -> EntryData.Check {
        let search = try TaggedKeys.search(service, id: payload.id)
        return EntryData.Check(
            name: "no-tagged-key", result: search.value.found.isEmpty ? .holds : .differs,
            observed: .object([
                ("keysRead", .integer(search.value.keysRead)), ("keys", search.value.found.isEmpty ? nil : .strings(search.value.found)),
            ]), requestID: search.requestID)
    }

    private func policyIsBase(_ key: String) throws(Refusal) -> (EntryData.Check, artifact: [UInt8]?) {
        let seen = try service.policy(of: key, named: "default")
        let live = seen.value ?? ""
        let grade = LivePolicy.grade(live, payload.base?.document ?? "", payload.target)
        let check = EntryData.Check(
            name: "policy-is-base", result: grade == .different ? .differs : .holds, grade: grade.rawValue,
            observed: .object([("digest", Digest(ofText: live).json)]), response: seen.response.map { Digest(of: $0) }, requestID: seen.requestID)
        return (check, seen.response)
    }
}
