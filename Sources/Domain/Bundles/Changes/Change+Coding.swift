// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
import Trust

extension Change {
    /// Decodes a payload's `change`; keys must lie in the target.
    public init(json value: JSONValue, target: Target) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            let kind = try members.required("kind") { value throws(Refusal) in try value.oneOf(ChangeKind.self) }
            return try Self.decode(kind, &members, target)
        }
    }

    private static func decode(_ kind: ChangeKind, _ members: inout JSONMembers, _ target: Target) throws(Refusal) -> Change {
        func key(_ value: JSONValue) throws(Refusal) -> String { try KMSNames.keyARN(value, in: target) }
        func rotation(_ value: JSONValue) throws(Refusal) -> Int { try value.integer(in: rotationRange) }
        func description(_ value: JSONValue) throws(Refusal) -> String { try KMSNames.unbound(value, 0...8192) }
        switch kind {
        case .createKey:
            return .createKey(
                alias: try members.required("alias", KMSNames.alias), description: try members.required("description", description),
                rotationDays: try members.required("rotationDays", rotation), tags: try members.required("tags", Tag.list))
        case .putKeyPolicy: return .putKeyPolicy(key: try members.required("key", key))
        case .setRotation:
            return .setRotation(key: try members.required("key", key), rotationDays: try members.required("rotationDays", rotation))
        case .addAlias: return .addAlias(alias: try members.required("alias", KMSNames.alias), key: try members.required("key", key))
        case .moveAlias:
            return .moveAlias(
                alias: try members.required("alias", KMSNames.alias), fromKey: try members.required("fromKey", key),
                key: try members.required("key", key))
        case .setTags: return try setTags(&members, key)
        case .setDescription:
            return .setDescription(key: try members.required("key", key), description: try members.required("description", description))
        case .attachTrail:
            return .attachTrail(
                key: try members.required("key") { value throws(Refusal) in try KMSNames.anyKeyARN(value, partition: target.partition) },
                trail: try members.required("trail") { value throws(Refusal) in try KMSNames.trailARN(value, in: target) })
        case .disableKey: return .disableKey(key: try members.required("key", key))
        case .enableKey: return .enableKey(key: try members.required("key", key))
        case .scheduleDeletion:
            return .scheduleDeletion(
                key: try members.required("key", key),
                days: try members.required("days") { value throws(Refusal) in try value.integer(in: deletionRange) },
                reason: try members.required("reason") { value throws(Refusal) in try Names.shown(value, 1...2000) })
        case .cancelDeletion: return .cancelDeletion(key: try members.required("key", key))
        case .revokeGrant:
            return .revokeGrant(key: try members.required("key", key), grantID: try members.required("grantId", grantID))
        case .acknowledge:
            return .acknowledge(
                events: try members.required("events") { value throws(Refusal) in try value.distinct("event", Names.uuid) },
                reason: try members.required("reason") { value throws(Refusal) in try Names.shown(value, 1...2000) })
        }
    }

    private static func setTags(
        _ members: inout JSONMembers, _ key: (JSONValue) throws(Refusal) -> String
    ) throws(Refusal) -> Change {
        let arn = try members.required("key", key)
        let tags = try members.required("tags", Tag.list)
        let removedValue = try members.required("removed")
        // By their bytes: Swift takes canonically equal names for one.
        let names = try removedValue.distinct("tag") { value throws(Refusal) in Array(try Tag.key(value).utf8) }
        let removed = names.map { String(decoding: $0, as: UTF8.self) }.sorted { UTF16Order.precedes($0, $1) }
        guard !tags.isEmpty || !removed.isEmpty else { throw removedValue.invalid("nothing is set and nothing removed") }
        for name in removed where tags.contains(where: { $0.key.hasSameBytes(as: name) }) {
            throw removedValue.invalid("the tag \"\(SafeText.escaped(name))\" is both set and removed")
        }
        return .setTags(key: arn, tags: tags, removed: removed)
    }

    /// ListGrants: GrantId is 1–128 characters.
    private static func grantID(_ value: JSONValue) throws(Refusal) -> String {
        let text = try value.text()
        let isToken = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
        guard (1...128).contains(text.utf8.count), isToken else { throw value.invalid("\"\(SafeText.escaped(text))\" is no grant id") }
        return text
    }

    public var json: JSONValue {
        func object(_ members: [(String, JSONValue?)]) -> JSONValue { .object([("kind", .string(kind.rawValue))] + members) }
        switch self {
        case .createKey(let alias, let description, let days, let tags):
            return object([
                ("alias", .string(alias)), ("description", .string(description)), ("rotationDays", .integer(days)), ("tags", Tag.json(tags)),
            ])
        case .putKeyPolicy(let key), .disableKey(let key), .enableKey(let key), .cancelDeletion(let key):
            return object([("key", .string(key))])
        case .setRotation(let key, let days): return object([("key", .string(key)), ("rotationDays", .integer(days))])
        case .addAlias(let alias, let key): return object([("alias", .string(alias)), ("key", .string(key))])
        case .moveAlias(let alias, let from, let key):
            return object([("alias", .string(alias)), ("fromKey", .string(from)), ("key", .string(key))])
        case .setTags(let key, let tags, let removed):
            return object([("key", .string(key)), ("tags", Tag.json(tags)), ("removed", .strings(removed))])
        case .setDescription(let key, let description): return object([("key", .string(key)), ("description", .string(description))])
        case .attachTrail(let key, let trail): return object([("key", .string(key)), ("trail", .string(trail))])
        case .scheduleDeletion(let key, let days, let reason):
            return object([("key", .string(key)), ("days", .integer(days)), ("reason", .string(reason))])
        case .revokeGrant(let key, let grant): return object([("key", .string(key)), ("grantId", .string(grant))])
        case .acknowledge(let events, let reason): return object([("events", .strings(events)), ("reason", .string(reason))])
        }
    }
}
