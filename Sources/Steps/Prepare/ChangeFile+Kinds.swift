// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats
import Trust

/// The members of each kind of change, as people write them (formats.md §4): `rotation` for days between rotations, an alias
/// with or without `alias/`, numbers as text. What is left out has a stated default only where the format gives one.
extension ChangeFile {
    static func change(_ kind: ChangeKind, _ members: inout JSONMembers, _ target: Target, at value: JSONValue) throws(Refusal) -> Change {
        let stated: [(StaticString, JSONValue?)] =
            switch kind {
            case .createKey: try createKey(&members)
            case .putKeyPolicy, .disableKey, .enableKey, .cancelDeletion: [("key", try members.required("key"))]
            case .setRotation: [("key", try members.required("key")), ("rotationDays", try members.required("rotation", rotation))]
            case .addAlias: [("key", try members.required("key")), ("alias", try members.required("alias", alias))]
            case .moveAlias:
                [
                    ("alias", try members.required("alias", alias)), ("fromKey", try members.required("fromKey")),
                    ("key", try members.required("key")),
                ]
            case .setTags:
                [
                    ("key", try members.required("key")), ("tags", try members.optional("tags", asWritten) ?? .object([])),
                    ("removed", try members.optional("removed", asWritten) ?? JSONValue(.array([]), offset: value.offset)),
                ]
            case .setDescription: [("key", try members.required("key")), ("description", try members.required("description"))]
            case .attachTrail: [("key", try members.required("key")), ("trail", try members.required("trail"))]
            case .scheduleDeletion:
                [
                    ("key", try members.required("key")), ("days", try members.optional("days", days) ?? 30),
                    ("reason", try members.required("reason")),
                ]
            case .revokeGrant: [("key", try members.required("key")), ("grantId", try members.required("grantId"))]
            case .acknowledge: [("events", try members.required("events")), ("reason", try members.required("reason"))]
            }
        let change = try Change(
            json: JSONValue(
                .object([JSONMember("kind", .string(kind.rawValue))] + stated.compactMap { name, value in value.map { JSONMember("\(name)", $0) } }),
                offset: value.offset), target: target)
        if case .moveAlias(_, let from, let key) = change, from.hasSameBytes(as: key) {
            throw value.invalid(
                "the alias would be moved from a key to the same key", hint: "fromKey is where the alias leads now, key where it shall lead")
        }
        return change
    }

    private static func createKey(_ members: inout JSONMembers) throws(Refusal) -> [(StaticString, JSONValue?)] {
        [
            ("alias", try members.optional("alias", alias) ?? .string("alias/" + defaultAlias)),
            ("description", try members.optional("description", asWritten) ?? .string("Encrypts the organization's CloudTrail logs")),
            ("rotationDays", try members.optional("rotation", rotation) ?? 365), ("tags", try members.optional("tags", asWritten) ?? .object([])),
        ]
    }

    private static func asWritten(_ value: JSONValue) throws(Refusal) -> JSONValue { value }

    private static func alias(_ value: JSONValue) throws(Refusal) -> JSONValue {
        let text = try value.text()
        return JSONValue(.string(text.hasPrefix("alias/") ? text : "alias/" + text), offset: value.offset)
    }

    private static func rotation(_ value: JSONValue) throws(Refusal) -> JSONValue {
        JSONValue(.integer(Int64(try value.authoredInteger(in: 90...2560))), offset: value.offset)
    }

    private static func days(_ value: JSONValue) throws(Refusal) -> JSONValue {
        JSONValue(.integer(Int64(try value.authoredInteger(in: 7...30))), offset: value.offset)
    }
}
