// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
import Trust

/// Who wrote an entry: the ledger key, never an approver. It is shared, not copied: neighbouring entries have one writer.
public struct Actor: Sendable, Hashable {
    private final class Storage: Sendable {
        let keyID: Digest
        let owner: String
        let tool: String

        init(_ keyID: Digest, _ owner: String, _ tool: String) { (self.keyID, self.owner, self.tool) = (keyID, owner, tool) }
    }

    private let storage: Storage

    public var keyID: Digest { storage.keyID }
    public var owner: String { storage.owner }
    /// Program and version.
    public var tool: String { storage.tool }

    public init(keyID: Digest, owner: String, tool: String) { storage = Storage(keyID, owner, tool) }

    public static func == (left: Actor, right: Actor) -> Bool {
        left.storage === right.storage || left.isSameWriter(as: right) && left.tool.hasSameBytes(as: right.tool)
    }

    public func hash(into hasher: inout Swift.Hasher) { hasher.combine(keyID) }

    /// One key and one owner, whatever the program.
    public func isSameWriter(as other: Actor) -> Bool { storage === other.storage || keyID == other.keyID && owner.hasSameBytes(as: other.owner) }

    init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            Actor(
                keyID: try members.required("keyid", Digest.init(json:)), owner: try members.required("owner", Names.owner),
                tool: try members.required("tool") { value throws(Refusal) in try Names.shown(value, 1...128) })
        }
    }

    var json: JSONValue { .object([("keyid", keyID.json), ("owner", .string(owner)), ("tool", .string(tool))]) }
}

/// One entry of the ledger: what happened, when, written by whom (formats.md §6).
public struct Entry: Sendable, Hashable {
    public let seq: Int
    public let time: Instant
    public let actor: Actor
    /// The payload digest of the bundle that it is about.
    public let bundle: Digest?
    public let data: EntryData
    /// Seconds by which the clock stood behind the previous entry, where that was more than a minute.
    public let clockBehind: Int?

    public init(seq: Int, time: Instant, actor: Actor, bundle: Digest?, data: EntryData, clockBehind: Int? = nil) {
        self.seq = seq
        self.time = time
        self.actor = actor
        self.bundle = bundle
        self.data = data
        self.clockBehind = clockBehind
    }

    /// Decodes an entry's stored bytes: canonical, in shape, nothing unknown.
    public init(_ bytes: [UInt8]) throws(Refusal) {
        let document = try JSONDocument(bytes, rules: .signed)
        self = try document.decode(Entry.init(json:))
    }

    private init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            let type = try members.required("type") { value throws(Refusal) in try value.oneOf(EntryType.self) }
            let dataValue = try members.required("data")
            let bundle = try members.optional("bundle", Digest.init(json:))
            let (data, clockBehind) = try Self.data(dataValue, of: type)
            if let fault = type.fault(whereBundleIs: bundle != nil) { throw value.invalid(fault) }
            return Entry(
                seq: try members.required("seq") { value throws(Refusal) in try value.integer(in: 0...JSONValue.largestInteger) },
                time: try members.required("time", Names.instant), actor: try members.required("actor", Actor.init(json:)), bundle: bundle,
                data: data, clockBehind: clockBehind)
        }
    }

    /// What an entry of that type says, and by how much its clock stood behind.
    static func data(_ value: JSONValue, of type: EntryType) throws(Refusal) -> (EntryData, clockBehind: Int?) {
        var clockBehind: Int?
        let data = try value.object { members throws(Refusal) in
            clockBehind = try members.optional("clockBehind") { value throws(Refusal) in try value.integer(in: 61...JSONValue.largestInteger) }
            return try EntryData(type, &members)
        }
        return (data, clockBehind)
    }

    public var type: EntryType { data.type }

    /// The bytes that are stored and hashed.
    public var bytes: [UInt8] { EntryForm(actor).bytes(of: self) }
}
