// SPDX-License-Identifier: Apache-2.0
// Attacks on a ledger's file: each is found by its own code, and no writing hides it.
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Audit
@testable import Ledger

@Suite struct FileAttackTests {
    static let ledger = Result { try WholeLedger.complete() }

    /// Codes of all findings of that severity, or of the refusal.
    private func codes(_ ledger: WholeLedger, _ path: String) throws -> (errors: Set<String>, notes: Set<String>) {
        do {
            let findings = try ledger.audit(path).findings
            return (Set(findings.filter { $0.severity == .error }.map(\.code)), Set(findings.filter { $0.severity == .note }.map(\.code)))
        } catch let refusal as Refusal { return ([refusal.code], []) }
    }

    @Test func `a complete ledger is verified`() throws {
        let ledger = try Self.ledger.get()
        let folder = try TemporaryFolder()
        let path = try ledger.write(to: folder)
        let verdict = try ledger.audit(path)
        #expect(verdict.answer == .verified)
        #expect(verdict.findings.map(\.code) == [])
        #expect(verdict.witnessed == 23)
        #expect(append(path) == nil)
        #expect(try ledger.audit(path).answer == .verified)
    }

    @Test(arguments: FileAttack.all) func `an attack on the file is found by its code`(_ attack: FileAttack) throws {
        let ledger = try Self.ledger.get()
        let folder = try TemporaryFolder()
        let path = try ledger.write(to: folder)
        try attack.apply(path)
        let (errors, notes) = try codes(ledger, path)
        #expect((attack.isNote ? notes : errors).contains(attack.code), "\(errors) \(notes)")
        #expect(errors.isEmpty == attack.isNote)
    }

    /// Opens a ledger to write and appends one entry.
    /// - Returns: the code of the refusal; nil where it was written.
    private func append(_ path: String) -> String? {
        do throws(Refusal) {
            let store = try LedgerStore(path, key: WholeLedger.key, tool: "test/1", now: date("2026-11-24T13:00:00Z"))
            defer { #expect(throws: Never.self) { try store.close() } }
            try store.append([Draft(.executionRefused(code: "more", message: ""))], now: date("2026-11-24T13:00:00Z"))
            return nil
        } catch { return error.code }
    }

    @Test(arguments: FileAttack.all) func `writing after an attack is refused, or hides nothing`(_ attack: FileAttack) throws {
        let ledger = try Self.ledger.get()
        let folder = try TemporaryFolder()
        let path = try ledger.write(to: folder)
        try attack.apply(path)
        let before = try codes(ledger, path).errors
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        if append(path) != nil {
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes, "it was written to")
            return
        }
        // What was found before still is; a past that was cut is now another one.
        let after = try codes(ledger, path).errors
        let stays = before.contains("since-cut") ? ["since-differs", "cosignature-invalid"] : before
        #expect(after.isSuperset(of: stays), "\(before), then \(after)")
        #expect(Self.writable.contains(attack.name) || attack.isNote, "\(attack.name) is written on")
    }

    /// Attacks on what no new entry rests on: an audit finds them, before and after. (A ledger cut with its checkpoints is an
    /// older copy: `execute --since` refuses it.)
    static let writable: Set<String> = [
        "the tail cut off with its checkpoints", "two checkpoints swapped", "a cosignature moved to another size",
        "a cosignature moved where no checkpoint is", "a cosignature under another witness's name", "a tile added", "an artifact dropped",
        "an artifact added", "two artifacts swapped",
    ]

    @Test func `a page that is overwritten or swapped with another is found`() throws {
        let ledger = try Self.ledger.get()
        let folder = try TemporaryFolder()
        let pages = ledger.bytes.count / 4096
        var found: Set<String> = []
        for page in 0..<pages {
            for other in [nil, (page + 1) % pages, (page + 7) % pages] {
                var bytes = ledger.bytes
                let range = page * 4096..<(page + 1) * 4096
                let taken = other.map { $0 * 4096..<($0 + 1) * 4096 }
                bytes.replaceSubrange(range, with: taken.map { Array(ledger.bytes[$0]) } ?? [UInt8](repeating: 0, count: 4096))
                if let taken { bytes.replaceSubrange(taken, with: ledger.bytes[range]) }
                try folder.write("l.sqlite", bytes)
                let errors = try codes(ledger, folder.file("l.sqlite")).errors
                #expect(!errors.isEmpty, "page \(page + 1) with \(other.map { "\($0 + 1)" } ?? "zeroes")")
                found.formUnion(errors)
                try folder.write("l.sqlite", bytes)
                #expect(try append(folder.file("l.sqlite")) != nil || !codes(ledger, folder.file("l.sqlite")).errors.isEmpty)
            }
        }
        #expect(found.isSuperset(of: ["sqlite-damaged", "ledger-damaged", "ledger-not-ours"]), "\(found)")
    }

    @Test func `entries that a stranger signed again are found`() throws {
        var script = Good.script()
        for index in script.steps.indices { script.steps[index].signer = Keys.stranger }
        let found = try script.audited().found(.error)
        #expect(found.first == "checkpoint-signature 0")
        #expect(found.count == script.steps.filter { !$0.joins }.count)
    }

    @Test func `entries that the log key's owner signed again are found by one witness`() throws {
        let ledger = try Self.ledger.get()
        let folder = try TemporaryFolder()
        let path = try ledger.write(to: folder)
        // The last entry rewritten, its checkpoint signed with the right key: without the witness nothing is wrong.
        let door = try SQLiteDoor(path, .write)
        for trigger in Schema.triggers { try door.execute("DROP TRIGGER \(trigger.name)") }
        let reader = try LedgerReader(path)
        var tree = MerkleFrontier()
        var last: [UInt8] = []
        try reader.forEachEntry { seq, bytes throws(Refusal) in
            last = seq == 22 ? Array(String(decoding: bytes, as: UTF8.self).replacing(#""code":"x""#, with: #""code":"y""#).utf8) : bytes
            tree.append(MerkleHash.leaf(last, with: Hasher()), with: Hasher())
        }
        let origin = try Checkpoint(text: SignedNote(ledger.note).text).origin
        let note = try Checkpoint(origin: origin, size: 23, root: tree.root(with: Hasher())).signed(by: WholeLedger.key)
        try door.prepare("UPDATE entries SET bytes = ?1 WHERE seq = 22").run(.blob(last))
        try door.prepare("UPDATE checkpoints SET note = ?1 WHERE size = 23").run(.blob(note.bytes))
        for trigger in Schema.triggers { try door.execute(trigger.sql) }
        #expect(try ledger.audit(path, since: false).found(.error) == ["cosignature-invalid -"])
        let held = try ledger.audit(path)
        #expect(held.found(.error) == ["cosignature-invalid -", "since-differs -"])
        #expect(held.forks.count == 1)
        try door.execute("DROP TRIGGER cosignatures_no_delete")
        try door.execute("DELETE FROM cosignatures")
        try door.execute(Schema.triggers.first { $0.name == "cosignatures_no_delete" }?.sql ?? "")
        #expect(try ledger.audit(path, since: false).found(.error) == [])
        let strict = try LedgerAudit(LedgerReader(path)).verify(AuditAnchors(genesis: ledger.genesis, requireWitness: true))
        #expect(strict.found(.error) == ["unwitnessed-tail -"])
        try door.close()
    }

    @Test func `an older copy that is put back is found by a note held elsewhere`() throws {
        let ledger = try Self.ledger.get()
        let folder = try TemporaryFolder()
        try Good.script(upTo: "authorized").write(to: folder.file("older.sqlite"))
        let verdict = try LedgerAudit(LedgerReader(folder.file("older.sqlite"))).verify(
            AuditAnchors(genesis: ledger.genesis, since: [(bytes: ledger.note, file: "note")]))
        // The root that gave the ledger to the key of that note is missing too.
        #expect(verdict.found(.error) == ["since-signature -"])
        let note = try #require(try LedgerReader(ledger.write(to: folder)).checkpoint(20))
        let again = try LedgerAudit(LedgerReader(folder.file("older.sqlite"))).verify(
            AuditAnchors(genesis: ledger.genesis, since: [(bytes: note, file: "note")]))
        #expect(again.found(.error) == ["since-cut 5"])
    }
}
