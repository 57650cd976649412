// SPDX-License-Identifier: Apache-2.0

import Bundles
import Ledger
import StrictFormats

/// The read-back of changes to what exists (formats.md §4).
extension Expectations {
    private func seen<Value>(
        _ name: String, _ observation: Observation<Value>, _ result: EntryData.CheckResult, _ observed: [(String, JSONValue?)]
    ) -> Seen {
        (EntryData.Check(name: name, result: result, observed: .object(observed), requestID: observation.requestID), nil)
    }

    /// Every tag that was set has its value, every removed one is gone; others are not this bundle's affair.
    func tags(_ tags: [Tag], _ removed: [String]) throws(Refusal) -> Seen {
        let live = try service.tags(of: key)
        guard let shown = live.value else { return seen("tags", live, .notShown, [("denied", true)]) }
        let missing = tags.filter { !shown.contains($0) }.map(\.key)
        let left = removed.filter { name in shown.contains { $0.key.hasSameBytes(as: name) } }
        return seen(
            "tags", live, missing.isEmpty && left.isEmpty ? .holds : .differs,
            [
                ("count", .integer(shown.count)), ("missing", missing.isEmpty ? nil : .strings(missing)),
                ("left", left.isEmpty ? nil : .strings(left)),
            ])
    }

    func description(_ text: String) throws(Refusal) -> Seen {
        let live = try service.settings(of: key)
        guard let shown = live.value?.description else { return seen("description", live, .differs, [("missing", true)]) }
        let holds = shown.hasSameBytes(as: text)
        return seen("description", live, holds ? .holds : .differs, [("description", .string(ServerText.shown(shown)))])
    }

    func keyState(_ state: String) throws(Refusal) -> Seen {
        let live = try service.settings(of: key)
        guard let value = live.value else { return seen("key-state", live, .differs, [("missing", true)]) }
        return seen(
            "key-state", live, value.state.hasSameBytes(as: state) ? .holds : .differs,
            [("state", .string(ServerText.shown(value.state))), ("deletion", value.deletion.map { .string($0.text) })])
    }

    func grantAbsent(_ grant: String) throws(Refusal) -> Seen {
        let live = try service.grants(on: key)
        let isThere = live.value.contains { $0.hasSameBytes(as: grant) }
        return seen("grant-absent", live, isThere ? .differs : .holds, [("grants", .integer(live.value.count)), ("isThere", isThere ? true : nil)])
    }

    /// The trail encrypts with the key, and its last delivery met no error.
    func trail(_ trail: String, _ key: String) throws(Refusal) -> Seen {
        let live = try service.trail(trail)
        guard let settings = live.value else { return seen("trail", live, .differs, [("missing", true)]) }
        let isAttached = settings.key?.hasSameBytes(as: key) ?? false
        let error = try service.deliveryError(of: trail).value ?? ""
        return seen(
            "trail", live, isAttached && error.isEmpty ? .holds : .differs,
            [
                ("key", settings.key.map { .string(ServerText.shown($0)) }),
                ("latestDeliveryError", error.isEmpty ? nil : .string(ServerText.shown(error))),
            ])
    }
}
