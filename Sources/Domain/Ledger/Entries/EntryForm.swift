// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// Writes the entries of one writer. Their members always stand in this order (RFC 8785 §3.2.3), so only `data` needs the
/// general writer, and who writes is written once.
struct EntryForm {
    let actor: Actor
    private let head: [UInt8]

    init(_ actor: Actor) {
        self.actor = actor
        head = Self.head(actor)
    }

    /// What each entry of a writer begins with.
    static func head(_ actor: Actor) -> [UInt8] { Array("{\"actor\":".utf8) + JSONWriter.canonical(actor.json) }

    /// The bytes that are stored and hashed.
    /// - Precondition: the entry is this writer's.
    func bytes(of entry: Entry) -> [UInt8] {
        precondition(entry.actor == actor, "an entry is written by its own actor")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        bytes += head
        if let bundle = entry.bundle {
            Self.put(",\"bundle\":\"", &bytes)
            bundle.appendText(to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        Self.put(",\"data\":", &bytes)
        var members = entry.data.members
        if let clockBehind = entry.clockBehind { members.append(("clockBehind", .integer(clockBehind))) }
        JSONWriter.append(members: members, to: &bytes)
        Self.put(",\"seq\":", &bytes)
        JSONWriter.append(.integer(entry.seq), to: &bytes)
        Self.put(",\"time\":\"", &bytes)
        bytes += entry.time.text.utf8
        Self.put("\",\"type\":\"", &bytes)
        bytes += entry.type.rawValue.utf8
        Self.put("\"}", &bytes)
        return bytes
    }

    private static func put(_ text: StaticString, _ bytes: inout [UInt8]) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }
}
