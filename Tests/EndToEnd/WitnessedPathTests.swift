// SPDX-License-Identifier: Apache-2.0
// witnessBeforeSend, with real processes: two witnesses, a server, and no request before both have cosigned its intent.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct WitnessedPathTests {
    private func json(_ text: String) throws -> JSONValue { try JSONDocument(Array(text.utf8), rules: .authored).root }

    /// A ceremony whose trust root has two witnesses, both needed, and a ledger of its own.
    private func witnessed() throws -> Ceremony {
        let ceremony = try Ceremony()
        for name in ["w1", "w2"] { try ceremony.must(["key", "generate", "--out", name, "--no-passphrase"], program: Built.airgap) }
        try ceremony.write("trust.yaml", config(ceremony))
        try FileManager.default.removeItem(atPath: ceremony.scratch.file("trust.json"))
        try FileManager.default.removeItem(atPath: ceremony.scratch.file("ledger.sqlite"))
        try ceremony.must(["trust", "create", "trust.yaml", "--out", "trust.json", "--created", "2026-01-01T00:00:00Z"])
        for owner in ["alice", "carol"] { try ceremony.must(["trust", "sign", "trust.json", "--key", owner]) }
        let made = try ceremony.must(["ledger", "create", "ledger.sqlite", "--trust", "trust.json", "--key", "ledger-key", "--format", "json"])
        ceremony.remember("witnessed genesis", digest: try #require(json(made.out)["genesis"]?.stringValue))
        try ceremony.write("log.vkey", try ceremony.must(["ledger", "vkey", "ledger.sqlite"]).out)
        try note(ceremony)
        return ceremony
    }

    private func config(_ ceremony: Ceremony) -> String {
        ceremony.trustConfig(origin: "example.com/witnessed").replacingOccurrences(
            of: "validity: 7d,", with: "validity: 7d, witnessBeforeSend: true,"
        )
        .replacingOccurrences(
            of: "\nroles:",
            with:
                "\n  w1: { owner: auditor, file: w1.pub, name: w1.example.com }\n  w2: { owner: regulator, file: w2.pub, name: w2.example.com }\nroles:"
        ).replacingOccurrences(of: "{ keys: [exec] }", with: "{ keys: [exec] }\n  witness: { keys: [w1, w2], threshold: 2 }")
    }

    private func note(_ ceremony: Ceremony) throws {
        try ceremony.write("checkpoint.note", try ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
    }

    /// Asks a witness for the newest checkpoint, on the air-gapped machine; its answer in a file.
    private func ask(_ ceremony: Ceremony, _ name: String) throws -> String {
        let folder = ceremony.scratch.file("\(name)-state")
        let record = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.first { $0.hasSuffix(".checkpoint") }
        let old = try record.map { String(try ceremony.text("\(name)-state/\($0)").split(separator: "\n")[1]) } ?? "0"
        try ceremony.must(["ledger", "witness-request", "ledger.sqlite", "--old", old, "--out", "request", "--force"])
        let answer = try ceremony.must(
            ["witness", "cosign", "request", "--key", name, "--name", "\(name).example.com", "--state", "\(name)-state", "--log-key", "log.vkey"],
            program: Built.airgap)
        try ceremony.write("\(name).txt", answer.out)
        return "\(name).txt"
    }

    private func types(_ ceremony: Ceremony) throws -> [String] { try ceremony.entries().map(\.type) }

    @Test func `nothing leaves before two witnesses have cosigned its intent, and the whole is vouched for`() throws {
        let ceremony = try witnessed()
        let alias = freshAlias("witnessed")
        try ceremony.approved("make", alias: alias)

        // Whoever executes must show that the ledger is the newest that the witnesses saw.
        let blind = try ceremony.run(ceremony.execution(of: "make", more: ["--format", "json"]))
        #expect(blind.exit == 77)
        #expect(blind.err.contains("\"since-missing\""), "\(blind.err)")

        // A rehearsal asks nobody: nothing leaves, and no copy in memory can be cosigned.
        let rehearsed = try ceremony.must(
            ["execute", "make.json", "--approval", "make.alice.json", "--approval", "make.carol.json", "--ledger", "ledger.sqlite", "--rehearse"]
                + ["--since", "checkpoint.note"])
        #expect(rehearsed.out.contains("rehearsed: completed: create-key, enable-key-rotation, create-alias"))

        var first = try ceremony.run(ceremony.execution(of: "make", more: ["--since", "checkpoint.note"]))
        let resume = [
            "resume", "ledger.sqlite", "--key", "ledger-key", "--profile", "executor", "--endpoint-url", try TestServers.shared().url("kms"),
        ]
        var sends = 0
        for request in ["CreateKey", "EnableKeyRotation", "CreateAlias"] {
            #expect(first.exit == 75, "\(request): \(first.err)")
            #expect(first.err.contains("\(request) has not been sent"), "\(first.err)")
            #expect(first.err.contains("w1.example.com, w2.example.com"))
            #expect(try types(ceremony).filter { $0 == "request-sent" }.count == sends)
            // Standard output is the note that they are to cosign.
            #expect(first.out == (try ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out))
            // One of two is not enough, and is kept.
            let asked = try ceremony.entries().count
            let early = try ceremony.run(resume + ["--cosigned", try ask(ceremony, "w1"), "--format", "json"])
            #expect(early.exit == 75)
            #expect(early.err.contains("\"witness-quorum\""), "\(early.err)")
            #expect(
                early.err.contains(") waits for 1 more of these witnesses: w2.example.com (w1.example.com cosigned size \(asked))\""), "\(early.err)")
            #expect(early.err.contains("of size \(asked), or 2 of a later one, such as the newest, of size \(try ceremony.entries().count)\""))
            #expect(try json(early.out)["note"]?.stringValue == (try ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out))
            #expect(try types(ceremony).filter { $0 == "request-sent" }.count == sends)
            // The second cosigns what the ledger is now; the first is asked for the same again.
            let files = [try ask(ceremony, "w1"), try ask(ceremony, "w2")]
            first = try ceremony.run(resume + files.flatMap { ["--cosigned", $0] })
            sends += 1
            #expect(try types(ceremony).filter { $0 == "request-sent" }.count == sends)
        }
        #expect(first.exit == 0, "\(first.err)")
        #expect(first.out.hasPrefix("completed: create-key, enable-key-rotation, create-alias"))
        #expect(try ceremony.key(alias)["state"] as? String == "Enabled")
        // One intent for each request, however often it was gone on with.
        #expect(try types(ceremony).filter { $0 == "request-intended" }.count == 3)
        try vouched(ceremony)
        try cut(ceremony)
    }

    /// The audit, another implementation of it, and a proof for somebody who knows the witnesses.
    private func vouched(_ ceremony: Ceremony) throws {
        let audit = ["audit", "verify", "ledger.sqlite", "--genesis", ceremony.digest("witnessed genesis"), "--require-witness", "--format", "json"]
        #expect(try ceremony.run(audit, program: Built.airgap).exit == 1)
        for name in ["w1", "w2"] { try ceremony.must(["ledger", "cosign", "ledger.sqlite", try ask(ceremony, name), "--key", "ledger-key"]) }
        let verdict = try json(ceremony.must(audit, program: Built.airgap).out)
        let size = try ceremony.entries().count
        #expect(verdict["verdict"] == "verified")
        #expect(verdict["witnessed"]?.integerValue == size)
        let reader = try Program(
            [
                try #require(TestServers.python), "-B", PackageFolder.path + "/vectors/reader.py", "ledger", "ledger.sqlite", "--genesis",
                ceremony.digest("witnessed genesis"),
            ],
            in: ceremony.folder
        ).run()
        let other = try json(reader.out)
        #expect(other["verdict"] == "verified", "\(reader.out)\(reader.err)")
        #expect(other["witnessed"]?.integerValue == size)

        try ceremony.must(["audit", "prove", "ledger.sqlite", "--entry", "1", "--out", "entry.tlog-proof"])
        for name in ["w1", "w2"] {
            try ceremony.write("\(name).vkey", try ceremony.must(["witness", "vkey", "\(name).pub", "--name", "\(name).example.com"]).out)
        }
        let check = ["audit", "check-proof", "entry.tlog-proof", "--log-key", "log.vkey", "--entry-file", "entry.json"]
        let proved = try ceremony.must(check + ["--witness-key", "w1.vkey", "--witness-key", "w2.vkey"], program: Built.airgap)
        #expect(proved.out.contains(" by w2.example.com"))
        try ceremony.must(["key", "generate", "--out", "w3", "--no-passphrase"])
        try ceremony.write("w3.vkey", try ceremony.must(["witness", "vkey", "w3.pub", "--name", "w3.example.com"]).out)
        #expect(try ceremony.run(check + ["--witness-key", "w1.vkey", "--witness-key", "w3.vkey"]).exit == 1)
        try ceremony.must(check + ["--witness-key", "w1.vkey", "--witness-key", "w3.vkey", "--quorum", "1"])

        // The note of before the run is continued by that of now.
        try ceremony.write("last.note", try ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
        #expect(try ceremony.text("last.note").split(separator: "\n").filter { $0.hasPrefix("— ") }.count == 3)
        try ceremony.must(["audit", "consistency", "checkpoint.note", "last.note", "--ledger", "ledger.sqlite"], program: Built.airgap)
        try ceremony.must(["ledger", "witness-request", "ledger.sqlite", "--old", "1", "--out", "proof"])
        try ceremony.must(["audit", "consistency", "checkpoint.note", "last.note", "--proof", "proof", "--log-key", "log.vkey"])
        #expect(try ceremony.run(["audit", "consistency", "last.note", "last.note", "--proof", "proof", "--log-key", "log.vkey"]).exit == 1)
    }

    /// An older copy of the ledger, gone on with by the owner of its key: the witnesses refuse it, and the notes prove it.
    private func cut(_ ceremony: Ceremony) throws {
        let size = try ceremony.entries().count
        let script = """
            import sqlite3, sys
            ledger = sqlite3.connect("cut.sqlite")
            for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                ledger.execute("DROP TRIGGER " + name)
            for table, column in (("entries", "seq >= 1"), ("checkpoints", "size > 1"), ("cosignatures", "size > 1")):
                ledger.execute(f"DELETE FROM {table} WHERE {column}")
            keep = ledger.execute("SELECT CAST(json_extract(CAST(bytes AS TEXT), '$.data.envelope') AS TEXT) FROM entries").fetchone()[0]
            ledger.execute("DELETE FROM artifacts WHERE hex(sha256) != upper(?)", (keep.split(":")[1],))
            ledger.commit()
            """
        try ceremony.scratch.write("cut.sqlite", ceremony.bytes("ledger.sqlite"))
        #expect(try Program(["python3", "-c", script], in: ceremony.folder).run().exit == 0)
        try ceremony.write("x", "{}")
        try ceremony.write("y", "[]")
        // As many other entries as the real one has: the same size, another root.
        for count in 1..<size {
            #expect(try ceremony.run(["ledger", "record", "cut.sqlite", count % 2 == 0 ? "x" : "y", "--key", "ledger-key"]).exit == 65)
        }
        #expect(try ceremony.entries("cut.sqlite").count == size)
        try ceremony.write("cut.note", try ceremony.must(["ledger", "checkpoint", "cut.sqlite"]).out)
        try ceremony.must(["ledger", "witness-request", "cut.sqlite", "--old", "\(size)", "--out", "cut-request"])
        let refused = try ceremony.run(
            ["witness", "cosign", "cut-request", "--key", "w1", "--name", "w1.example.com", "--state", "w1-state", "--log-key", "log.vkey"])
        #expect(refused.exit == 1)
        #expect(refused.err.contains("signed two different states of its first \(size) entries"), "\(refused.err)")
        for note in ["last.note", "cut.note"] {
            #expect(refused.out.contains(try ceremony.text(note).split(separator: "\n")[2]), "\(refused.out)")
        }
        let since = try ceremony.run(["audit", "verify", "cut.sqlite", "--since", "last.note", "--evidence", "seen.notes", "--format", "json"])
        #expect(since.exit == 1)
        let codes = try json(since.out)["findings"]?.arrayValue?.compactMap { $0["code"]?.stringValue } ?? []
        #expect(codes.contains("since-differs"))
        #expect(try ceremony.text("seen.notes") == (try ceremony.text("last.note")) + "\n" + (try ceremony.text("cut.note")))
        let shown = try ceremony.run(["audit", "verify", "cut.sqlite", "--since", "last.note"], program: Built.airgap)
        #expect(shown.out.contains("The ledger's key signed two states of its first \(size) entries"))
        // Whoever has the two notes and the log's verifier key has all the evidence there is to have.
        let compared = try ceremony.run(
            ["audit", "consistency", "last.note", "cut.note", "--log-key", "log.vkey", "--evidence", "fork.notes"], program: Built.airgap)
        #expect(compared.exit == 1)
        #expect(compared.out.contains("≠"))
        #expect(try ceremony.text("fork.notes") == (try ceremony.text("last.note")) + "\n" + (try ceremony.text("cut.note")))
    }

    @Test func `a bundle that asks for witnesses is not sent under a root that lists none`() throws {
        let ceremony = try witnessed()
        try ceremony.approved("make", alias: freshAlias("none"))
        for name in ["w1", "w2"] { try ceremony.must(["ledger", "cosign", "ledger.sqlite", try ask(ceremony, name), "--key", "ledger-key"]) }
        try ceremony.write("next.yaml", ceremony.trustConfig(origin: "example.com/witnessed"))
        try ceremony.must(["trust", "create", "next.yaml", "--previous", "trust.json", "--out", "next.json"])
        for owner in ["alice", "carol"] { try ceremony.must(["trust", "sign", "next.json", "--key", owner, "--previous", "trust.json"]) }
        let ended = try ceremony.run(ceremony.execution(of: "make", more: ["--trust", "next.json", "--format", "json"]))
        #expect(ended.exit == 77)
        #expect(ended.err.contains("\"witness-none\""), "\(ended.err)")
        #expect(try types(ceremony).contains("request-sent") == false)
        #expect(try types(ceremony).contains("request-intended") == false)
        // Witnesses that were retired keep what they said, and say nothing more.
        let late = try ceremony.run(["ledger", "cosign", "ledger.sqlite", try ask(ceremony, "w1"), "--key", "ledger-key"])
        #expect(late.exit == 77)
        #expect(late.err.contains("is no witness of trust root version 2"), "\(late.err)")
        let verdict = try json(
            ceremony.must(["audit", "verify", "ledger.sqlite", "--genesis", ceremony.digest("witnessed genesis"), "--format", "json"]).out)
        #expect(verdict["verdict"] == "verified")
        #expect(verdict["witnessed"]?.integerValue == 1)
    }
}
