// SPDX-License-Identifier: Apache-2.0
// What an auditor types, with real processes: each answer says what is so, and none leads astray.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct AuditorCommandTests {
    private func json(_ text: String) throws -> JSONValue { try JSONDocument(Array(text.utf8), rules: .authored).root }

    /// A ledger with one bundle and a decision about it, and its verifier key.
    private func recorded() throws -> Ceremony {
        let ceremony = try Ceremony()
        try ceremony.must(["ledger", "record", "ledger.sqlite", "bundle.json", "bundle.alice.json", "--key", "ledger-key"])
        try ceremony.write("log.vkey", try ceremony.must(["ledger", "vkey", "ledger.sqlite"]).out)
        return ceremony
    }

    @Test func `a story leads to the size that is asked for, and the hint of check-proof says how`() throws {
        let ceremony = try recorded()
        let bundle = ceremony.digest("bundle")
        let prove = ["audit", "prove", "ledger.sqlite", "--bundle", bundle]
        let whole = try ceremony.must(prove + ["--out", "newest"])
        #expect(whole.out.hasSuffix("README.txt says how they are checked\n"), "\(whole.out)")
        let cut = try ceremony.must(prove + ["--out", "earlier", "--size", "2"])
        #expect(
            cut.out.hasSuffix(
                "\n  THE STORY IS CUT: the ledger has 1 more entry about it after these 2; leave --size out for all\n"), "\(cut.out)")
        for (size, later) in [("2", 1), ("3", 0)] {
            #expect(
                try json(ceremony.must(prove + ["--out", "again-\(size)", "--size", size, "--format", "json"]).out)["later"]?.integerValue == later)
        }
        let check = ["audit", "check-proof", "earlier", "--log-key", "log.vkey"]
        let proved = try ceremony.must(check, program: Built.airgap)
        #expect(proved.out.hasPrefix("proved: 2 entries of 2 of example.com/org-cloudtrail/ledger, the story of \(bundle)"))
        #expect(proved.out.hasSuffix("not proven: that no other entry is about it, and what README.txt says\n"))
        try ceremony.write("earlier/README.txt", "send the key to mallory")
        #expect(
            try ceremony.must(check, program: Built.airgap).out.hasSuffix(
                "not proven: that no other entry is about it, and what README.txt says: it is not the page that prove --bundle writes\n"))
        #expect(try json(ceremony.must(check + ["--format", "json"]).out)["readme"] == "other")
        let early = try ceremony.run(prove + ["--out", "none", "--size", "1"])
        #expect(early.exit == 1)
        #expect(early.err.contains("the first 1 entries of this ledger hold no bundle \(bundle)"), "\(early.err)")
        try ceremony.must(["key", "generate", "--out", "w1", "--no-passphrase"])
        try ceremony.write("w1.vkey", try ceremony.must(["witness", "vkey", "w1.pub", "--name", "w1.example.com"]).out)
        let missing = try ceremony.run(check + ["--witness-key", "w1.vkey"])
        #expect(missing.exit == 1)
        #expect(missing.err.contains("countersign audit prove LEDGER --bundle \(bundle) --size SIZE"), "\(missing.err)")
    }

    @Test func `witnesses that are counted are different, and named where they are missing`() throws {
        let ceremony = try recorded()
        try ceremony.must(["audit", "prove", "ledger.sqlite", "--entry", "1", "--out", "one.tlog-proof"])
        for name in ["w1", "w2"] {
            try ceremony.must(["key", "generate", "--out", name, "--no-passphrase"])
            try ceremony.write("\(name).vkey", try ceremony.must(["witness", "vkey", "\(name).pub", "--name", "\(name).example.com"]).out)
        }
        let check = ["audit", "check-proof", "one.tlog-proof", "--log-key", "log.vkey", "--entry-file", "one.json"]
        try ceremony.must(check, program: Built.airgap)
        for quorum in ["0", "1", "2"] { #expect(try ceremony.run(check + ["--quorum", quorum]).exit == 64, "\(quorum)") }
        let twice = check + ["--witness-key", "w1.vkey", "--witness-key", "w1.vkey"]
        let counted = try ceremony.run(twice + ["--quorum", "2", "--format", "json"])
        #expect(counted.exit == 64)
        #expect(counted.err.contains("\"quorum-too-large\""), "\(counted.err)")
        for more in [[], ["--quorum", "1"]] {
            let missing = try ceremony.run(twice + more)
            #expect(missing.exit == 1)
            #expect(missing.err.contains("is not cosigned by w1.example.com\n"), "\(missing.err)")
        }
        let both = try ceremony.run(twice + ["--witness-key", "w2.vkey", "--quorum", "2"])
        #expect(both.exit == 1)
        #expect(both.err.contains("is not cosigned by w1.example.com, w2.example.com\n"), "\(both.err)")
    }

    @Test func `what is not there is said first, and nobody is told to make a ledger`() throws {
        let ceremony = try recorded()
        let gone = try ceremony.run(["audit", "check-proof", "gone.tlog-proof", "--log-key", "log.vkey", "--format", "json"])
        #expect(gone.exit == 66)
        #expect(gone.err.contains("\"file-missing\""), "\(gone.err)")
        try ceremony.must(["audit", "prove", "ledger.sqlite", "--entry", "1", "--out", "one.tlog-proof"])
        #expect(try ceremony.run(["audit", "check-proof", "one.tlog-proof", "--log-key", "log.vkey"]).exit == 64)
        for file in ["one.json", "checkpoint.note", "ledger.sqlite"] {
            for more in [[], ["--entry-file", "one.json"]] {
                let none = try ceremony.run(["audit", "check-proof", file, "--log-key", "log.vkey"] + more)
                #expect(none.exit == 65)
                #expect(
                    none.err
                        == "countersign: \(file): this file is no proof of an entry\n  hint: countersign audit prove LEDGER --entry N --out FILE makes one: its first line is c2sp.org/tlog-proof@v1\n"
                )
            }
        }
        try ceremony.write("empty.sqlite", "")
        try ceremony.write("other.sqlite", String(repeating: "x", count: 5000))
        for (ledger, exit) in [("gone.sqlite", 66), ("empty.sqlite", 65), ("other.sqlite", 65)] {
            for question in [
                ["verify", ledger], ["show", ledger], ["prove", ledger, "--entry", "1", "--out", "p"],
                ["prove", ledger, "--bundle", "b", "--out", "p"],
                ["consistency", "checkpoint.note", "checkpoint.note", "--ledger", ledger],
            ] {
                let ended = try ceremony.run(["audit"] + question, program: Built.airgap)
                #expect(ended.exit == exit, "\(question): \(ended.err)")
                #expect(!ended.err.contains("ledger create"), "\(question): \(ended.err)")
            }
        }
    }

    @Test func `a ledger that contradicts a note is shown beside it, by consistency and in a published log`() throws {
        let ceremony = try recorded()
        for name in ["a", "b"] { try ceremony.scratch.write("\(name).sqlite", ceremony.bytes("ledger.sqlite")) }
        try ceremony.write("x", "{}")
        try ceremony.write("y", "[]")
        for (name, file) in [("a", "x"), ("b", "y")] {
            #expect(try ceremony.run(["ledger", "record", "\(name).sqlite", file, "--key", "ledger-key"]).exit == 65)
            try ceremony.write("\(name).note", try ceremony.must(["ledger", "checkpoint", "\(name).sqlite"]).out)
        }
        let size = try ceremony.entries("a.sqlite").count
        // The two notes themselves say nothing against each other; the ledger does.
        let compared = try ceremony.run(
            ["audit", "consistency", "checkpoint.note", "b.note", "--ledger", "a.sqlite", "--evidence", "fork.notes"], program: Built.airgap)
        #expect(compared.exit == 1)
        #expect(compared.err.contains("signed two different states of its first \(size) entries"), "\(compared.err)")
        for note in ["a.note", "b.note"] {
            let root = try ceremony.text(note).split(separator: "\n")[2]
            #expect(compared.out.contains(root), "\(compared.out)")
        }
        #expect(compared.out.contains("b.note") && compared.out.contains("a.sqlite") && compared.out.contains("≠"), "\(compared.out)")
        #expect(try ceremony.text("fork.notes") == (try ceremony.text("b.note")) + "\n" + (try ceremony.text("a.note")))
        try ceremony.must(["audit", "consistency", "checkpoint.note", "a.note", "--ledger", "a.sqlite"], program: Built.airgap)

        try ceremony.must(["ledger", "publish", "a.sqlite", "--to", "published"])
        let from = ["audit", "verify", "--from", "published", "--genesis", ceremony.digest("genesis"), "--since", "b.note"]
        let verified = try ceremony.run(from + ["--evidence", "seen.notes", "--format", "json"], program: Built.airgap)
        #expect(verified.exit == 1)
        #expect(try json(verified.out)["forks"]?.arrayValue?.count == 1)
        #expect(try ceremony.text("seen.notes") == ceremony.text("fork.notes"))
        #expect(try ceremony.run(from).out.contains("The ledger's key signed two states of its first \(size) entries"))
    }

    @Test func `a pipe in what others hand over keeps no program waiting`() throws {
        let ceremony = try recorded()
        try ceremony.must(["ledger", "publish", "ledger.sqlite", "--to", "published"])
        try ceremony.must(["audit", "prove", "ledger.sqlite", "--bundle", ceremony.digest("bundle"), "--out", "story"])
        func replaced(_ name: String, _ body: () throws -> Void) throws {
            let bytes = try ceremony.bytes(name)
            unlink(ceremony.scratch.file(name))
            #expect(mkfifo(ceremony.scratch.file(name), 0o600) == 0)
            try body()
            unlink(ceremony.scratch.file(name))
            try ceremony.scratch.write(name, bytes)
        }
        func ended(_ arguments: [String]) throws -> Int32 { try ceremony.run(arguments, seconds: 30).exit }
        let audit = ["audit", "verify", "--from", "published", "--genesis", ceremony.digest("genesis")]
        try replaced("published/checkpoint") { () throws in
            #expect(try ended(audit) == 65)
            #expect(try ended(["audit", "rebuild", "--from", "published", "--out", "r.sqlite"]) == 65)
            #expect(try ended(["ledger", "publish", "ledger.sqlite", "--to", "published"]) == 65)
        }
        try replaced("published/cosigned") { () throws in
            #expect(try ended(audit) == 1)
            #expect(try ended(["audit", "rebuild", "--from", "published", "--out", "r.sqlite"]) == 1)
        }
        try replaced("story/checkpoint.note") { () throws in
            #expect(try ended(["audit", "check-proof", "story", "--log-key", "log.vkey"]) == 65)
        }
        // What a person names may be a pipe.
        let piped = Program(
            ["sh", "-c", "cat one.json | \(Built.airgap) audit check-proof one.tlog-proof --log-key log.vkey --entry-file /dev/stdin"],
            in: ceremony.folder)
        try ceremony.must(["audit", "prove", "ledger.sqlite", "--entry", "1", "--out", "one.tlog-proof"])
        #expect(try piped.run().exit == 0)
    }
}
