// SPDX-License-Identifier: Apache-2.0
// Changed bytes in every envelope: payload, signature, key id; and what a strict reader refuses though it is signed.

import Foundation
import StrictFormats
import TestSupport
import Testing
import Trust

@Suite(.timeLimit(.minutes(10))) struct ChangedBytesTests {
    static let golden = Golden("changed-bytes")

    /// The three kinds of envelope, and a command that reads a file of each.
    static let kinds: [(name: String, file: String, signer: [String], command: @Sendable (String) -> [String])] = [
        ("trust root", "trust.json", ["alice", "carol"], { ["review", "bundle.json", "--trust", $0] }),
        ("bundle", "bundle.json", ["dana"], { ["review", $0, "--trust", "trust.json"] }),
        (
            "approval", "bundle.alice.json", ["alice"],
            { ["execute", "bundle.json", "--approval", $0, "--approval", "bundle.carol.json", "--ledger", "ledger.sqlite", "--key", "ledger-key"] }
        ),
    ]

    /// What is changed in the envelope, unsigned, and the exit code for each kind.
    static let changes: [(name: String, exits: [Int32], edit: @Sendable (inout JSONValue) -> Void)] = [
        ("a bit of the payload", [77, 77, 77], flipYear),
        ("a bit of the signature", [77, 77, 77], { $0.flip("signatures", "0", "sig") }),
        ("the key id", [77, 77, 77], { $0.flip("signatures", "0", "keyid") }),
        ("the payload type", [65, 65, 65], { $0.set("payloadType", to: "application/json") }),
        ("a signature taken out", [77, 65, 65], { $0.set("signatures", "0", to: nil) }),
        ("an unknown member", [65, 65, 65], { $0.set("comment", to: "hello") }),
        ("a null member", [65, 65, 65], { $0.set("payload", to: JSONValue(.null)) }),
        ("base64 with a space", [65, 65, 65], { $0.set("payload", to: .string(" " + ($0["payload"]?.stringValue ?? ""))) }),
        (
            "the signature twice", [0, 65, 65],
            { value in
                let first = value["signatures"]!.arrayValue![0]
                value.set("signatures", "99", to: first)
            }
        ),
    ]

    /// One bit of the year in which it was made: the form stays right.
    @Sendable static func flipYear(_ envelope: inout JSONValue) {
        var payload = Base64.decode(envelope["payload"]?.stringValue ?? "") ?? []
        let name = Array("\"created\":\"202".utf8)
        let at = payload.indices.first { payload[$0...].starts(with: name) }! + name.count
        payload[at] ^= 1
        envelope.set("payload", to: .string(Base64.encode(payload)))
    }

    static let tampered: [BadInput] = changes.flatMap { change in
        kinds.enumerated().compactMap { index, kind in
            guard change.exits[index] != 0 else { return nil }
            return BadInput("\(change.name): \(kind.name)", change.exits[index]) { ceremony in
                try ceremony.tamper(kind.file, into: "changed.json", edit: change.edit)
                return kind.command("changed.json")
            }
        }
    }

    /// What is changed in the payload, and then signed by the right people.
    static let signed: [BadInput] = kinds.flatMap { kind in
        let edits: [(String, Int32, @Sendable (inout JSONValue) -> Void)] = [
            ("an unknown member", 65, { $0.set("comment", to: "hello") }),
            ("an unknown version", 65, { $0.set(kind.name == "approval" ? "predicateType" : "type", to: .string("countersign/\(kind.name)/v2")) }),
            ("a missing member", 65, { $0.set(kind.name == "approval" ? "subject" : "created", to: nil) }),
            ("a member that is null", 65, { $0.set(kind.name == "approval" ? "predicate" : "created", to: JSONValue(.null)) }),
        ]
        return edits.map { name, exit, edit in
            BadInput("signed, with \(name): \(kind.name)", exit) { ceremony in
                var payload = try JSONDocument(Envelope(try ceremony.bytes(kind.file)).payload, rules: .signed).root
                edit(&payload)
                try ceremony.forge(
                    payload: JSONWriter.canonical(payload), of: Envelope(try ceremony.bytes(kind.file)).type, into: "signed.json", by: kind.signer)
                return kind.command("signed.json")
            }
        }
    }

    /// Bytes that two parsers would read differently, signed by the right people.
    static let ambiguous: [BadInput] = kinds.flatMap { kind in
        let edits: [(String, @Sendable (String) -> String)] = [
            ("a member twice", { "{\"created\":\"2020-01-01T00:00:00Z\"," + $0.dropFirst() }),
            ("white space", { $0.replacingOccurrences(of: ",\"", with: ", \"") }),
            ("text after the end", { $0 + "{}" }),
            ("a byte order mark", { "\u{FEFF}" + $0 }),
            (
                "an escape where none is needed",
                { $0.replacingOccurrences(of: "example", with: "ex\\u0061mple").replacingOccurrences(of: "in-toto", with: "in\\u002dtoto") }
            ),
            ("a number with a fraction", { $0.replacingOccurrences(of: "\"version\":1", with: "\"version\":1.0") }),
        ]
        return edits.map { name, edit in
            BadInput("signed, with \(name): \(kind.name)", 65) { ceremony in
                let envelope = try Envelope(try ceremony.bytes(kind.file))
                let text = edit(String(decoding: envelope.payload, as: UTF8.self))
                try ceremony.forge(payload: Array(text.utf8), of: envelope.type, into: "signed.json", by: kind.signer)
                return kind.command("signed.json")
            }
        }
    }

    @Test(arguments: tampered) func `a changed byte in an envelope is refused`(_ input: BadInput) throws { try input.check(against: Self.golden) }

    @Test(arguments: signed) func `an unknown member or version is refused though it is signed`(_ input: BadInput) throws {
        try input.check(against: Self.golden)
    }

    @Test(arguments: ambiguous) func `bytes that two parsers read differently are refused though they are signed`(_ input: BadInput) throws {
        try input.check(against: Self.golden)
    }

    @Test func `a repeated signature of a trust root counts once and is a note`() throws {
        let ceremony = try Ceremony()
        try ceremony.tamper("trust.json", into: "repeated.json") { value in
            let first = value["signatures"]!.arrayValue![0]
            value.set("signatures", "99", to: first)
        }
        let ended = try ceremony.must(["trust", "verify", "repeated.json"])
        #expect(
            ceremony.plain(ended.out) == """
                verified: version 1 of example.com/org-cloudtrail
                  {trust}
                  note: signature by {alice} not counted: repeated
                """)
    }

    @Test func `one signature twice is not two signatures`() throws {
        let ceremony = try Ceremony()
        try ceremony.tamper("trust.json", into: "repeated.json") { value in
            let first = value["signatures"]!.arrayValue![0]
            value.set("signatures", "1", to: first)
        }
        let ended = try ceremony.run(["trust", "verify", "repeated.json"])
        #expect(ended.exit == 77)
        #expect(
            ceremony.plain(ended.err) == """
                countersign: repeated.json: its own root threshold is not reached: 1 of 2 owners of role root: alice; could still sign: bob, carol
                  hint: each of them signs with: trust sign FILE --key KEYFILE
                """)
    }
}
