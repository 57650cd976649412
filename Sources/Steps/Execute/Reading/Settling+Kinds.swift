// SPDX-License-Identifier: Apache-2.0

import Bundles
import Ledger
import StrictFormats

/// Settling requests that change what exists: each can be sent again, so that *absent* is harmless.
extension Settling {
    private func verdict(_ holds: Bool, _ evidence: [(String, JSONValue?)]) -> Verdict {
        holds ? .applied(evidence: .object(evidence), binds: []) : .absent(evidence: .object(evidence))
    }

    func movedAlias() throws(Refusal) -> Verdict {
        guard case .moveAlias(let alias, let from, let key) = payload.change else { return .unsettled("this change moves no alias") }
        guard let target = try service.keyID(ofAlias: alias).value else { return .unsettled("\(alias) is not shown") }
        guard KeyName.isSame(target, key) || KeyName.isSame(target, from) else {
            return .unsettled("\(alias) leads to \(ServerText.shown(target)), neither the old key nor the new one: somebody else moved it")
        }
        return verdict(KeyName.isSame(target, key), [("alias", .string(alias)), ("key", .string(ServerText.shown(target)))])
    }

    func tags(_ request: String) throws(Refusal) -> Verdict {
        guard case .setTags(_, let tags, let removed) = payload.change else { return .unsettled("this change sets no tags") }
        guard let live = try service.tags(of: key).value else { return .unsettled("the tags may not be read") }
        let isDone =
            request == "tag-resource"
            ? tags.allSatisfy(live.contains) : removed.allSatisfy { name in !live.contains { $0.key.hasSameBytes(as: name) } }
        return verdict(isDone, [("tags", .integer(live.count))])
    }

    func description() throws(Refusal) -> Verdict {
        guard case .setDescription(_, let text) = payload.change else { return .unsettled("this change sets no description") }
        guard let live = try service.settings(of: key).value else { return .unsettled("the key is not shown") }
        return verdict(live.description.hasSameBytes(as: text), [("description", .string(ServerText.shown(live.description)))])
    }

    func trail() throws(Refusal) -> Verdict {
        guard case .attachTrail(let key, let trail) = payload.change else { return .unsettled("this change attaches no trail") }
        guard let live = try service.trail(trail).value else { return .unsettled("the trail is not shown") }
        return verdict(live.key?.hasSameBytes(as: key) ?? false, [("key", live.key.map { .string(ServerText.shown($0)) })])
    }

    func state(_ wanted: [String]) throws(Refusal) -> Verdict {
        guard let live = try service.settings(of: key).value else { return .unsettled("the key is not shown") }
        return verdict(wanted.contains { $0.hasSameBytes(as: live.state) }, [("state", .string(ServerText.shown(live.state)))])
    }

    /// Ours is a deletion at the approved distance from the send; another's is not taken for it.
    func scheduled(_ attempt: RequestAttempt) throws(Refusal) -> Verdict {
        guard case .scheduleDeletion(_, let days, _) = payload.change else { return .unsettled("this change schedules no deletion") }
        guard let live = try service.settings(of: key).value else { return .unsettled("the key is not shown") }
        let evidence: [(String, JSONValue?)] = [
            ("state", .string(ServerText.shown(live.state))), ("deletion", live.deletion.map { .string($0.text) }),
        ]
        guard live.state == "PendingDeletion", let deletion = live.deletion, let before = attempt.dateBefore else {
            return verdict(live.state == "PendingDeletion", evidence)
        }
        let distance = deletion - before - days * 86_400
        guard (-Self.slack...Self.slack).contains(distance) else {
            return .unsettled("the key's deletion is scheduled for \(deletion), which is not \(days) days after this request: somebody else's")
        }
        return verdict(true, evidence)
    }

    /// Seconds between the last date seen before a send and AWS's own date of it: a request is given up long before.
    private static var slack: Int { 600 }

    func grant() throws(Refusal) -> Verdict {
        guard case .revokeGrant(_, let grant) = payload.change else { return .unsettled("this change revokes no grant") }
        let live = try service.grants(on: key).value
        return verdict(!live.contains { $0.hasSameBytes(as: grant) }, [("grants", .integer(live.count))])
    }
}
