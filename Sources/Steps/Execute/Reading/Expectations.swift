// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import KeyPolicies
import Ledger
import StrictFormats

/// Reads back what the requests should have brought about: one look, no waiting.
struct Expectations {
    let service: any KeyService
    let payload: BundlePayload
    /// The key that was made or changed.
    let key: String

    typealias Seen = (check: EntryData.Check, artifact: [UInt8]?)

    func look(_ expectation: Expectation) throws(Refusal) -> Seen {
        switch expectation {
        case .keySettings: return try settings()
        case .keyPolicy: return try policy()
        case .rotation(let days): return try rotation(days)
        case .alias(let name): return try alias(name)
        case .tags(let tags, let removed): return try self.tags(tags, removed)
        case .description(let text): return try description(text)
        case .trail(let trail, let key): return try self.trail(trail, key)
        case .keyState(let state): return try keyState(state)
        case .grantAbsent(let grant): return try grantAbsent(grant)
        }
    }

    private func settings() throws(Refusal) -> Seen {
        let seen = try service.settings(of: key)
        guard let value = seen.value else {
            return (EntryData.Check(name: "key-settings", result: .differs, observed: .object([("missing", true)]), requestID: seen.requestID), nil)
        }
        let observed: [(String, JSONValue?)] = [
            ("keySpec", .string(ServerText.shown(value.keySpec))), ("keyUsage", .string(ServerText.shown(value.keyUsage))),
            ("multiRegion", .bool(value.multiRegion)), ("origin", .string(ServerText.shown(value.origin))),
            ("state", .string(ServerText.shown(value.state))),
        ]
        let holds = JSONValue.object(observed) == JSONValue.object(Expectation.settings.map { ($0.0, $0.1) })
        return (EntryData.Check(name: "key-settings", result: holds ? .holds : .differs, observed: .object(observed), requestID: seen.requestID), nil)
    }

    private func policy() throws(Refusal) -> Seen {
        let seen = try service.policy(of: key, named: "default")
        let live = seen.value ?? ""
        let grade = LivePolicy.grade(live, payload.policy?.document ?? "", payload.target)
        let check = EntryData.Check(
            name: "key-policy", result: grade == .different ? .differs : .holds, grade: grade.rawValue,
            observed: .object([("digest", Digest(ofText: live).json)]), response: seen.response.map { Digest(of: $0) }, requestID: seen.requestID)
        return (check, seen.response)
    }

    private func rotation(_ days: Int) throws(Refusal) -> Seen {
        let seen = try service.rotation(of: key)
        let result: EntryData.CheckResult
        var observed: [(String, JSONValue?)] = []
        if !seen.value.isEnabled {
            result = .differs
            observed = [("enabled", false)]
        } else if let shown = seen.value.days {
            result = shown == days ? .holds : .differs
            observed = [("days", .integer(shown))]
        } else {
            // The answer says that rotation is on, and not how often.
            result = .notShown
            observed = [("enabled", true)]
        }
        return (EntryData.Check(name: "rotation", result: result, observed: .object(observed), requestID: seen.requestID), nil)
    }

    private func alias(_ name: String) throws(Refusal) -> Seen {
        let seen = try service.keyID(ofAlias: name)
        let holds = seen.value.map { KeyName.isSame($0, key) } ?? false
        let observed: [(String, JSONValue?)] = [
            ("name", seen.value == nil ? nil : .string(name)), ("key", holds ? nil : seen.value.map { .string(ServerText.shown($0)) }),
        ]
        return (EntryData.Check(name: "alias", result: holds ? .holds : .differs, observed: .object(observed), requestID: seen.requestID), nil)
    }
}
