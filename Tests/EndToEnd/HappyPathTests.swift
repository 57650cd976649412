// SPDX-License-Identifier: Apache-2.0
// The whole path, as the quickstart tells it: keys, trust, ledger, two changes of one key, an audit, and one changed byte.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct HappyPathTests {
    static let golden = Golden("happy-path")

    private func json(_ ended: Ended) throws -> JSONValue { try JSONDocument(Array(ended.out.utf8), rules: .authored).root }

    /// Names what is this run's own.
    private func plain(_ ceremony: Ceremony, _ text: String, _ alias: String) -> String {
        ceremony.plain(text).replacingOccurrences(of: alias, with: "{alias}").replacingOccurrences(
            of: "(?m)[A-Za-z0-9]{52}(;|$)", with: "{request}$1", options: .regularExpression
        ).replacingOccurrences(of: "\"keysRead\":[0-9]+", with: "\"keysRead\":{n}", options: .regularExpression)
    }

    @Test func `keys, a trust root and a ledger are made, shown and pinned`() throws {
        let ceremony = try Ceremony()
        for (name, type) in [("one", "ed25519"), ("two", "ecdsa-p256")] {
            let made = try json(
                ceremony.must(["key", "generate", "--type", type, "--out", name, "--no-passphrase", "--format", "json"], program: Built.airgap))
            #expect(made["type"]?.stringValue == type)
            #expect(try json(ceremony.must(["key", "show", "\(name).pub", "--format", "json"])) == made)
            #expect(try FileManager.default.attributesOfItem(atPath: ceremony.scratch.file(name))[.posixPermissions] as? Int == 0o600)
            #expect(try FileManager.default.attributesOfItem(atPath: ceremony.scratch.file("\(name).pub"))[.posixPermissions] as? Int == 0o644)
            // The openssl command reads both halves, and they belong together.
            let shown = try Program(["openssl", "pkey", "-in", name, "-pubout"], in: ceremony.folder).run()
            #expect(shown.exit == 0)
            #expect(shown.out == (try ceremony.text("\(name).pub")))
        }
        try ceremony.write("secret", "correct horse\n")
        try ceremony.must(["key", "generate", "--out", "sealed", "--passphrase-file", "secret"])
        #expect(try ceremony.text("sealed").hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"))
        #expect(try Program(["openssl", "pkey", "-in", "sealed", "-passin", "file:secret", "-noout"], in: ceremony.folder).run().exit == 0)
        let pins = try JSONDocument(try ceremony.bytes("home/pins.json"), rules: .authored).root
        #expect(pins["example.com/org-cloudtrail"] == ["digest": .string(ceremony.digest("trust")), "version": 1])
        #expect(try ceremony.text("checkpoint.note").hasPrefix("example.com/org-cloudtrail/ledger\n1\n"))
    }

    @Test func `a key is made and its policy changed, each step proven, and a changed byte is found`() throws {
        let ceremony = try Ceremony()
        let alias = freshAlias("path")

        // One approval is refused, on record; two make the key.
        try ceremony.approved("make", alias: alias)
        #expect(try ceremony.run(ceremony.execution(of: "make", approvals: ["alice"])).exit == 77)
        let made = try json(ceremony.must(ceremony.execution(of: "make", more: ["--format", "json"])))
        let arn = try #require(made["key"]?.stringValue)
        #expect(made["ending"] == "completed")
        #expect(made["done"] == ["create-key", "enable-key-rotation", "create-alias"])
        #expect(made["bundle"]?.stringValue == ceremony.digest("make"))
        #expect(made["warnings"]?.arrayValue?.count == 1)

        // An independent client sees what was approved.
        let payload = try #require(JSONDocument(Array(ceremony.payload("make").utf8), rules: .signed).root.objectValue)
        let document = try #require(payload.first { $0.name == "policy" }?.value["document"]?.stringValue)
        let first = try ceremony.key(alias)
        #expect(first["arn"] as? String == arn)
        #expect(first["aliases"] as? Int == 1)
        #expect(first["description"] as? String == "Encrypts the organization's CloudTrail logs")
        #expect(
            [first["state"] as? String, first["spec"] as? String, first["usage"] as? String] == ["Enabled", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"])
        #expect(first["multiRegion"] as? Bool == false)
        #expect(first["rotation"] as? Bool == true)
        #expect(first["policy"] as? String == document)
        let id = try #require(payload.first { $0.name == "id" }?.value.stringValue)
        #expect(first["tags"] as? [String: String] == ["countersign:change": id, "data-class": "audit"])

        // The second change is based on what the key has now.
        let url = try TestServers.shared().url("kms")
        try ceremony.must(["snapshot", arn, "--profile", "reader", "--endpoint-url", url, "--out", "snapshot.json"])
        try ceremony.write("checkpoint.note", try ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
        try ceremony.prepare("change", change: ceremony.addReader(to: arn))
        try ceremony.approve("change", by: "bob", "carol")
        try ceremony.must(ceremony.execution(of: "change", approvals: ["bob", "carol"]))
        let second = try ceremony.key(alias)
        #expect((second["policy"] as? String)?.contains("arn:aws:iam::339712745831:role/security-analyst") == true)
        #expect(second["policy"] as? String != document)

        // Every step stands in the ledger, in order.
        try Self.golden.compare("the entries", plain(ceremony, try ceremony.story().joined(separator: "\n"), alias))
        let shown = try ceremony.must(["audit", "show", "ledger.sqlite"], program: Built.airgap).out
        try Self.golden.compare("the story", plain(ceremony, shown, alias).replacingOccurrences(of: arn, with: "{arn}"))
        try ceremony.write("last.note", try ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
        let audit = ["audit", "verify", "ledger.sqlite", "--genesis", ceremony.digest("genesis"), "--since", "last.note"]
        try Self.golden.compare("the verdict", plain(ceremony, try ceremony.must(audit, program: Built.airgap).out, alias))

        try inverse(ceremony, arn, document, alias)
        try tampered(ceremony)
    }

    /// The inverse that was written beside the second bundle takes it back.
    private func inverse(_ ceremony: Ceremony, _ arn: String, _ document: String, _ alias: String) throws {
        try ceremony.write("checkpoint.note", try ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
        try ceremony.prepare("back", change: ceremony.text("change.inverse.yaml"))
        try ceremony.approve("back", by: "alice", "bob")
        try ceremony.must(ceremony.execution(of: "back", approvals: ["alice", "bob"]))
        #expect(try ceremony.key(alias)["policy"] as? String == document)
    }

    /// One changed byte in an entry of each kind is found, and the entry named.
    private func tampered(_ ceremony: Ceremony) throws {
        let script = """
            import sqlite3, sys
            ledger = sqlite3.connect(sys.argv[1])
            for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                ledger.execute("DROP TRIGGER " + name)
            data = ledger.execute("SELECT bytes FROM entries WHERE seq = ?", (int(sys.argv[2]),)).fetchone()[0]
            at = data.index(b'"time":"202') + 11
            ledger.execute("UPDATE entries SET bytes = ? WHERE seq = ?", (data[:at] + bytes([data[at] ^ 1]) + data[at + 1:], int(sys.argv[2])))
            ledger.commit()
            """
        let count = try ceremony.entries().count
        for seq in [0, 1, 5, count / 2, count - 1] {
            try ceremony.scratch.write("tampered.sqlite", ceremony.bytes("ledger.sqlite"))
            #expect(try Program(["python3", "-c", script, "tampered.sqlite", "\(seq)"], in: ceremony.folder).run().exit == 0)
            let ended = try ceremony.run(
                ["audit", "verify", "tampered.sqlite", "--genesis", ceremony.digest("genesis"), "--format", "json"], program: Built.airgap)
            #expect(ended.exit == 1)
            let answer = try json(ended)
            #expect(answer["verdict"] == "failed")
            let errors = answer["findings"]?.arrayValue?.filter { $0["severity"] == "error" } ?? []
            #expect(errors.contains { $0["entry"]?.integerValue == seq }, "entry \(seq): \(errors.map { $0["message"]?.stringValue ?? "" })")
        }
    }

    @Test func `the same input and times make the same bytes`() throws {
        let ceremony = try Ceremony()
        try ceremony.write("same.yaml", ceremony.createKey(alias: "same"))
        var made: [[UInt8]] = []
        for name in ["a.json", "b.json"] {
            try ceremony.must(
                ["prepare", "same.yaml", "--trust", "trust.json", "--checkpoint", "checkpoint.note", "--key", "dana", "--out", name]
                    + [
                        "--id", "7f0c1d9e-3a64-4b0e-9a55-0d6a2f9c1b11", "--created", "2026-11-24T12:00:00Z", "--policies",
                        PackageFolder.path + "/policies",
                    ])
            made.append(try ceremony.bytes(name))
        }
        #expect(made[0] == made[1])
        // Both programs show the same review, and raw bytes on demand.
        let reviews = try [Built.countersign, Built.airgap].map {
            try ceremony.must(["review", "a.json", "--trust", "trust.json", "--format", "json"], program: $0).out
        }
        #expect(reviews[0] == reviews[1])
        let raw = try ceremony.must(["review", "a.json", "--trust", "trust.json", "--raw"], program: Built.airgap).out
        #expect(raw.contains("CreateKey: TrentService.CreateKey"))
        let text = try #require(try JSONDocument(Array(reviews[0].utf8), rules: .authored).root["text"]?.stringValue)
        #expect(raw.hasPrefix(text))
        #expect(text.split(separator: "\n").allSatisfy { $0.unicodeScalars.count <= 78 })
    }
}

extension Ceremony {
    /// A bundle's payload as text.
    func payload(_ name: String) throws -> String {
        let envelope = try JSONDocument(try bytes("\(name).json"), rules: .authored).root
        return String(decoding: Base64.decode(envelope["payload"]?.stringValue ?? "") ?? [], as: UTF8.self)
    }
}
