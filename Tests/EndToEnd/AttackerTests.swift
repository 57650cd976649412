// SPDX-License-Identifier: Apache-2.0
// The table of attackers of the design: one test a row, with the row's name and what stops it.

import Cryptography
import Foundation
import Ledger
import StrictFormats
import TestSupport
import Testing
import Trust

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct AttackerTests {
    private func refused(
        _ ceremony: Ceremony, _ arguments: [String], _ exit: Int32, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let ended = try ceremony.run(arguments + ["--format", "json"])
        #expect(ended.exit == exit, "\(ended.err)", sourceLocation: sourceLocation)
        #expect(ended.err.contains("{\"error\":{\"code\":\"\(code)\","), "\(ended.err)", sourceLocation: sourceLocation)
    }

    /// Nothing of any bundle left this machine.
    private func nothingWasSent(_ ceremony: Ceremony, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try ceremony.entries().filter { $0.type == "request-sent" }.isEmpty, sourceLocation: sourceLocation)
    }

    @Test func `lone insider: stopped by distinct owners, by the preparer in the payload, by one key once, by rotation by both thresholds`() throws {
        let ceremony = try Ceremony()
        // dana prepares and approves, with her own key, in her own name and in another's.
        try refused(
            ceremony, ["approve", "bundle.json", "--trust", "trust.json", "--key", "dana", "--expect", ceremony.digest("bundle"), "--out", "o"], 77,
            "approval-by-preparer")
        try ceremony.forge("bundle.alice.json", into: "bundle.dana.json", by: "dana") { $0.set("predicate", "approver", to: "dana") }
        try refused(ceremony, ceremony.execution(approvals: ["alice", "dana"]), 77, "approval-by-preparer")
        // erin signs the bundle again, so that dana could approve it.
        try ceremony.forge("bundle.json", into: "again.json", by: "erin")
        try refused(ceremony, ceremony.execution(of: "again", approvals: []), 77, "bundle-preparer")
        // alice is two keys, but one owner.
        try ceremony.approve("bundle", by: "alice-2")
        try refused(ceremony, ceremony.execution(approvals: ["alice", "alice-2"]), 77, "approvals-missing")
        // One key cannot be two owners, and one owner no threshold.
        try refused(ceremony, ceremony.config("file: alice-2.pub", "file: alice.pub"), 65, "trust-key-twice")
        try refused(ceremony, ceremony.config("[alice, alice-2, bob, carol, dana, release]", "[alice, alice-2]"), 65, "trust-threshold")
        // A new trust root is nothing without the old one's owners.
        try ceremony.rotate(signedBy: ["alice", "bob"])
        try ceremony.seizure(into: "seized.json")
        try refused(ceremony, ceremony.execution(more: ["--trust", "seized.json"]), 77, "trust-not-signed")
        try nothingWasSent(ceremony)
        #expect(try ceremony.findings().verdict == "verified")
    }

    @Test func `bundle swapper: stopped by approvals of the payload's digest and a review of those bytes alone`() throws {
        let ceremony = try Ceremony()
        // The same id, the same signer, another alias: every byte follows from the change.
        try ceremony.forge("bundle.json", into: "swapped.json", by: "dana") {
            $0.set("change", "alias", to: "alias/mine")
            try rederive(&$0)
        }
        for owner in ["alice", "carol"] {
            try FileManager.default.copyItem(
                atPath: ceremony.scratch.file("bundle.\(owner).json"), toPath: ceremony.scratch.file("swapped.\(owner).json"))
        }
        try refused(ceremony, ceremony.execution(of: "swapped"), 77, "approval-other-bundle")
        #expect(try ceremony.findings().verdict == "verified")
        // Approvals that name the new digest, but the old review, do not do either.
        for owner in ["alice", "carol"] {
            let hex = ceremony.digest("swapped.json").dropFirst(7)
            try ceremony.forge("bundle.\(owner).json", into: "swapped.\(owner).json", by: owner) {
                $0.set("subject", "0", "digest", "sha256", to: .string(String(hex)))
            }
        }
        try refused(ceremony, ceremony.execution(of: "swapped"), 77, "review-differs")
        // The approver who expects the reviewed digest signs nothing else.
        try refused(
            ceremony, ["approve", "swapped.json", "--trust", "trust.json", "--key", "bob", "--expect", ceremony.digest("bundle"), "--out", "o"], 77,
            "bundle-digest")
        try nothingWasSent(ceremony)
        // That somebody tried is on record; decisions on another text are not taken in, and spoil nothing.
        #expect(try ceremony.findings().findings == ["warning unwitnessed-tail"])
    }

    @Test(arguments: ["\u{202E}", "\u{200B}", "\u{0007}", "\u{FE0F}", "\u{3164}", "\u{E000}", "\n", "\u{1B}[2J"])
    func `display attacker: stopped by escapes of all that is shown and a refusal of what cannot be shown`(_ hidden: String) throws {
        let ceremony = try Ceremony()
        for member in ["title", "ticket"] {
            try ceremony.forge("bundle.json", into: "hidden.json", by: "dana") { $0.set(member, to: .string("before\(hidden)after")) }
            let ended = try ceremony.run(["review", "hidden.json", "--trust", "trust.json"])
            #expect(ended.exit == 65)
            #expect(ended.out == "")
            #expect(!ended.err.contains("before\(hidden)after"))
        }
        // An approval's reason may hold anything; it is shown escaped, in words and in JSON.
        try ceremony.approve("bundle", by: "bob", more: ["--reason", "before\(hidden)after"])
        try ceremony.must(["ledger", "record", "ledger.sqlite", "bundle.json", "bundle.bob.json", "--key", "ledger-key"])
        for arguments in [
            ["audit", "show", "ledger.sqlite"], ["audit", "show", "ledger.sqlite", "--format", "json"], ["ledger", "show", "ledger.sqlite"],
        ] {
            #expect(!(try ceremony.must(arguments).out.contains(hidden == "\n" ? "before\nafter" : hidden)))
        }
        // A file's name is no better.
        let name = "a\(hidden)b.json"
        let ended = try ceremony.run(["review", name, "--trust", "trust.json"])
        #expect(ended.exit == 66)
        #expect(!ended.err.contains(name))
    }

    @Test func `parser-differential attacker: stopped by one strict parser`() throws {
        let ceremony = try Ceremony()
        let payload = try ceremony.payload("bundle")
        let ambiguous: [(String, (String) -> String)] = [
            ("json-duplicate-member", { $0.replacingOccurrences(of: ",\"ticket\":", with: ",\"ticket\":\"CHG-0\",\"ticket\":") }),
            ("json-not-canonical", { $0.replacingOccurrences(of: "\"CHG-1042\"", with: "\"CHG\\u002d1042\"") }),
            ("json-not-canonical", { " " + $0 }),
            ("json-not-canonical", { $0.replacingOccurrences(of: "\"title\":", with: "\"title\": ") }),
            ("json-not-an-integer", { $0.replacingOccurrences(of: "\"rotationDays\":365", with: "\"rotationDays\":365.0") }),
            ("json-not-an-integer", { $0.replacingOccurrences(of: "\"rotationDays\":365", with: "\"rotationDays\":3.65e2") }),
            ("json-trailing", { $0 + "\n{}" }),
            ("json-lone-surrogate", { $0.replacingOccurrences(of: "CHG-1042", with: "CHG\\ud800") }),
        ]
        for (code, edit) in ambiguous {
            let text = edit(payload)
            #expect(text != payload)
            try ceremony.forge(payload: Array(text.utf8), of: .bundle, into: "other.json", by: ["dana"])
            let ended = try ceremony.run(["review", "other.json", "--trust", "trust.json", "--format", "json"])
            #expect(ended.exit == 65, "\(code): \(ended.err)")
            #expect(ended.err.contains("\"code\":\"json-"), "\(code): \(ended.err)")
        }
        // Bytes that are no UTF-8.
        var bytes = Array(payload.utf8)
        bytes[bytes.count / 2] = 0xC0
        try ceremony.forge(payload: bytes, of: .bundle, into: "other.json", by: ["dana"])
        #expect(try ceremony.run(["review", "other.json", "--trust", "trust.json"]).exit == 65)
        // The envelope's own members cannot stand twice either.
        let envelope = try ceremony.text("bundle.json")
        try ceremony.write("other.json", envelope.replacingOccurrences(of: "{\"payload\":", with: "{\"payload\":\"e30=\",\"payload\":"))
        try refused(ceremony, ["review", "other.json", "--trust", "trust.json"], 65, "json-duplicate-member")
    }

    @Test func `replayer: stopped by window, account and Region in the bundle, and one execution for all time`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved()
        try ceremony.must(ceremony.execution(of: "own"))
        let sent = try ceremony.entries().filter { $0.type == "request-sent" }.count
        // Again, in the same ledger; with fresh approvals; after a resume.
        try refused(ceremony, ceremony.execution(of: "own"), 77, "bundle-already-executed")
        try ceremony.approve("own", by: "bob")
        try refused(ceremony, ceremony.execution(of: "own", approvals: ["alice", "bob"]), 77, "bundle-already-executed")
        // Elsewhere: in a ledger that did not see it, even under the same root and origin, and in an old copy of this one.
        try ceremony.must(["ledger", "create", "other.sqlite", "--trust", "trust.json", "--key", "ledger-key"])
        try refused(ceremony, ceremony.execution(of: "own", ledger: "other.sqlite"), 77, "ledger-other")
        // With credentials of another account.
        try ceremony.approved("elsewhere", account: "604183725190")
        try refused(ceremony, ceremony.execution(of: "elsewhere"), 77, "identity-account")
        // Later.
        let window = "notBefore: 2026-01-02T00:00:00Z\nexpires: 2026-01-03T00:00:00Z"
        try ceremony.prepare("late", change: ceremony.createKey(alias: "late", window: window), more: ["--created", "2026-01-01T12:00:00Z"])
        try ceremony.approve("late", by: "alice", "carol", more: ["--now", "2026-01-02T12:00:00Z"])
        try refused(ceremony, ceremony.execution(of: "late"), 77, "window-over")
        #expect(try ceremony.entries().filter { $0.type == "request-sent" }.count == sent)
        #expect(try ceremony.findings().verdict == "verified")
    }

    @Test func `compromised executor: cannot forge approvals, and what it writes without them is found`() throws {
        let ceremony = try Ceremony()
        // It holds the ledger's key, and one of its owner's that is an approver's: neither makes an approval.
        for person in ["ledger-key", "release"] {
            try ceremony.forge("bundle.alice.json", into: "bundle.\(person).json", by: person) {
                $0.set("predicate", "approver", to: "release-engineering")
            }
            let code = person == "release" ? "approval-by-executor" : "approval-role"
            try refused(ceremony, ceremony.execution(approvals: ["alice", person]), 77, code)
        }
        try nothingWasSent(ceremony)
        // It cannot change the requests: they are derived from what was approved, here and by the auditor.
        try ceremony.forge("bundle.json", into: "forged.json", by: "dana") {
            let body = $0["requests"]!.arrayValue![0]["body"]!.stringValue!
            $0.set("requests", "0", "body", to: .string(body.replacingOccurrences(of: "audit", with: "mine")))
        }
        try refused(ceremony, ceremony.execution(of: "forged", approvals: []), 65, "derivation-differs")
        // A ledger that says one approval was enough is signed by the right key, and found all the same.
        try ceremony.approved("own")
        try ceremony.must(ceremony.execution(of: "own"))
        #expect(try ceremony.findings().verdict == "verified")
        try ceremony.rewrite("forged.sqlite") { _, entry in
            guard entry["type"] == "execution-authorized" else { return }
            let first = entry["data"]!["approvals"]!.arrayValue![0]
            entry.set("data", "approvals", to: [first])
            entry.set("data", "owners", to: ["alice"])
        }
        let (verdict, findings) = try ceremony.findings("forged.sqlite")
        #expect(verdict == "failed")
        #expect(!findings.filter { $0.hasPrefix("error ") }.isEmpty)
    }

    @Test func `ledger editor: stopped by the tree, its signed checkpoints, and one that is held elsewhere`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved()
        try ceremony.must(ceremony.execution(of: "own"))
        try ceremony.write("held.note", ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
        let edits = [
            "change": "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"alice\"', '\"mallo\"') AS BLOB) WHERE seq = 2",
            "drop": "DELETE FROM entries WHERE seq = 3",
            "reorder":
                "UPDATE entries SET seq = seq + 1000 WHERE seq IN (2, 3); UPDATE entries SET seq = 2 WHERE seq = 1003; UPDATE entries SET seq = 3 WHERE seq = 1002",
            "truncate": "DELETE FROM entries WHERE seq > 5; DELETE FROM checkpoints WHERE size > 6",
            "change an artifact":
                "UPDATE artifacts SET bytes = CAST(CAST(bytes AS TEXT) || ' ' AS BLOB) WHERE rowid IS NULL OR length(bytes) = (SELECT max(length(bytes)) FROM artifacts)",
            "drop a checkpoint": "DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)",
            "add a trigger": "CREATE TRIGGER quiet AFTER INSERT ON entries BEGIN SELECT 1; END",
        ]
        for (name, sql) in edits.sorted(by: { $0.key < $1.key }) {
            try ceremony.edit("edited.sqlite", sql.replacingOccurrences(of: "rowid IS NULL OR ", with: ""))
            let ended = try ceremony.run(
                ["audit", "verify", "edited.sqlite", "--genesis", ceremony.digest("genesis"), "--since", "held.note"], program: Built.airgap)
            #expect(ended.exit == 1, "\(name): \(ended.err)")
            #expect(ended.out.hasPrefix("FAILED: this ledger is not what it claims to be."), "\(name): \(ended.out)")
            // Nobody writes to it either.
            if name != "truncate" {
                let written = try ceremony.run(["ledger", "record", "edited.sqlite", "own.bob.json", "--key", "ledger-key"])
                #expect(written.exit != 0, "\(name)")
            }
        }
        // Rewritten from its middle on with the ledger's own key: it contradicts nothing in itself, but the note that is held elsewhere.
        try ceremony.rewrite("rewritten.sqlite") { seq, entry in if seq > 3 { entry.set("actor", "tool", to: "countersign/0.1.1") } }
        #expect(try ceremony.findings("rewritten.sqlite").verdict == "verified")
        let held = ["audit", "verify", "rewritten.sqlite", "--genesis", ceremony.digest("genesis"), "--since", "held.note"]
        #expect(try ceremony.run(held, program: Built.airgap).exit == 1)
        // And from its first entry on: another genesis.
        try ceremony.rewrite("rewritten.sqlite") { _, entry in entry.set("actor", "tool", to: "countersign/0.1.1") }
        #expect(try ceremony.findings("rewritten.sqlite").verdict == "failed")
    }

    @Test func `lost or stolen key: stopped by rotation; what was signed before stays provable`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved("before")
        try ceremony.must(ceremony.execution(of: "before"))
        // carol's key is gone: version 2 does not list her as an approver.
        try ceremony.rotate(signedBy: ["alice", "bob"], approvers: "[alice, bob]")
        try ceremony.must(["ledger", "record", "ledger.sqlite", "trust-2.json", "--key", "ledger-key"])
        try refused(ceremony, ceremony.execution(), 77, "approval-role")
        // The same under the new root, at the approver's own machine.
        let chain = ["--trust", "trust.json", "--trust", "trust-2.json"]
        let prepare =
            ["prepare", "bundle.yaml"] + chain + [
                "--checkpoint", "checkpoint.note", "--key", "dana", "--out", "new.json", "--policies", PackageFolder.path + "/policies",
            ]
        try ceremony.must(prepare)
        let expect =
            try JSONDocument(Array(ceremony.must(["review", "new.json"] + chain + ["--format", "json"]).out.utf8), rules: .authored).root["bundle"]?
            .stringValue ?? ""
        try refused(ceremony, ["approve", "new.json"] + chain + ["--key", "carol", "--expect", expect, "--out", "o"], 77, "approval-role")
        // The root owners' thresholds: one stolen key does not rotate.
        try ceremony.forge("trust-2.json", into: "stolen.json", by: "carol")
        try refused(ceremony, ["trust", "verify", "stolen.json", "--previous", "trust.json"], 77, "trust-not-signed")
        // And the past still verifies.
        #expect(try ceremony.findings().verdict == "verified")
        #expect(try ceremony.must(["audit", "show", "ledger.sqlite"], program: Built.airgap).out.contains("carol APPROVES it"))
    }
}

extension Ceremony {
    /// A copy of the ledger with something done to it by plain SQL, all triggers taken away first.
    func edit(_ copy: String, _ sql: String) throws {
        let script = """
            import shutil, sqlite3, sys
            shutil.copyfile("ledger.sqlite", sys.argv[1])
            ledger = sqlite3.connect(sys.argv[1])
            saved = ledger.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in saved: ledger.execute("DROP TRIGGER " + name)
            ledger.commit()
            ledger.executescript(sys.argv[2])
            for _, text in saved: ledger.execute(text)
            ledger.commit()
            """
        let ended = try Program(["python3", "-c", script, copy, sql], in: folder).run()
        guard ended.exit == 0 else { throw ProgramFailure(ended.err) }
    }

    /// A copy of the ledger with its entries edited, and every checkpoint signed anew by the ledger's own key.
    func rewrite(_ copy: String, edit change: (_ seq: Int, _ entry: inout JSONValue) -> Void) throws {
        let hasher = Hasher()
        let reader = try LedgerReader(scratch.file("ledger.sqlite"))
        let key = try privateKey("ledger-key")
        var tree = MerkleFrontier()
        var sql = ""
        var notes: [Int: SignedNote] = [:]
        var origin = ""
        try reader.forEachCheckpoint { size, note throws(Refusal) in
            origin = try Checkpoint.verified(note, by: key.publicKey).origin
            notes[size] = try SignedNote(note)
        }
        try reader.forEachEntry { seq, bytes throws(Refusal) in
            var entry = try JSONDocument(bytes, rules: .signed).root
            change(seq, &entry)
            let edited = JSONWriter.canonical(entry)
            tree.append(MerkleHash.leaf(edited, with: hasher), with: hasher)
            sql += "UPDATE entries SET bytes = x'\(Hex.encode(edited))' WHERE seq = \(seq);\n"
            guard notes[tree.size] != nil else { return }
            let note = try Checkpoint(origin: origin, size: tree.size, root: tree.root(with: hasher)).signed(by: key)
            sql += "UPDATE checkpoints SET note = x'\(Hex.encode(note.bytes))' WHERE size = \(tree.size);\n"
        }
        try edit(copy, sql)
    }
}
