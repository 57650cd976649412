// SPDX-License-Identifier: Apache-2.0
// Files that were changed by somebody without the ledger's key, or by somebody with it who hides what was there.
import Bundles
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Audit
@testable import Ledger

/// A ledger file that is changed and audited again and again.
final class Specimen {
    let folder: TemporaryFolder
    let path: String
    let genesis: Digest
    private let door: SQLiteDoor

    init(_ script: Script) throws {
        folder = try TemporaryFolder()
        path = folder.file("l.sqlite")
        try script.write(to: path)
        genesis = MerkleHash.leaf(script.entries()[0])
        door = try SQLiteDoor(path, .write)
        try door.execute("PRAGMA journal_mode = MEMORY")
        try door.execute("PRAGMA synchronous = OFF")
    }

    func run(_ sql: String, _ values: SQLiteStatement.Value...) throws {
        let statement = try door.prepare(sql)
        switch values.count {
        case 0: try statement.run()
        case 1: try statement.run(values[0])
        default: try statement.run(values[0], values[1])
        }
    }

    func audit(since: [UInt8]? = nil, requireWitness: Bool = false) throws -> AuditVerdict {
        try LedgerAudit(LedgerReader(path)).verify(
            AuditAnchors(genesis: genesis, since: since.map { [(bytes: $0, file: "note")] } ?? [], requireWitness: requireWitness))
    }

    /// Every row of a table: its key and its bytes.
    func rows(_ table: String, key: String, bytes column: String) throws -> [(key: SQLiteStatement.Value, bytes: [UInt8])] {
        let statement = try door.prepare("SELECT \(key), \(column) FROM \(table)")
        var rows: [(key: SQLiteStatement.Value, bytes: [UInt8])] = []
        while try statement.step() {
            rows.append((table == "artifacts" ? .blob(statement.blob(0)) : .integer(statement.integer(0)), statement.blob(1)))
        }
        return rows
    }
}

@Suite struct TamperTests {
    /// Genesis, a received bundle's refusal, and two plain entries: small, so that every byte can be tried.
    static func small() -> Script {
        Script(steps: [
            Good.genesis, Step("a", Good.bundle.digest, "10:00:00") { _ in .executionRefused(code: "vetoed", message: "bob rejected this bundle") },
            Step("b", nil, "10:00:01", joins: true) { _ in .executionRefused(code: "json-empty", message: "") },
        ])
    }

    static let tables = [("entries", "seq", "bytes"), ("artifacts", "sha256", "bytes"), ("checkpoints", "size", "note")]

    @Test func `no byte of an entry, an artifact or a checkpoint can change`() throws {
        let specimen = try Specimen(Self.small())
        #expect(try specimen.audit().answer == .verified)
        var tried = 0
        for (table, key, column) in Self.tables {
            for (place, bytes) in try specimen.rows(table, key: key, bytes: column) {
                for index in bytes.indices {
                    var bad = bytes
                    bad[index] ^= [1, 0x20, 0x80][index % 3]
                    try specimen.run("UPDATE \(table) SET \(column) = ?1 WHERE \(key) = ?2", .blob(bad), place)
                    let verdict = try specimen.audit()
                    if verdict.answer != .failed { Issue.record("\(table) \(place) byte \(index) can change unseen") }
                    tried += 1
                }
                try specimen.run("UPDATE \(table) SET \(column) = ?1 WHERE \(key) = ?2", .blob(bytes), place)
            }
        }
        #expect(tried > 3000)
        #expect(try specimen.audit().answer == .verified)
    }

    @Test func `no part of a whole execution can change`() throws {
        let specimen = try Specimen(Good.script())
        for (table, key, column) in Self.tables {
            for (place, bytes) in try specimen.rows(table, key: key, bytes: column) {
                var variants = [bytes + [0x0A], Array(bytes.dropLast()), []]
                for index in stride(from: bytes.count % 5, to: bytes.count, by: max(1, bytes.count / 5)) {
                    var bad = bytes
                    bad[index] ^= 4
                    variants.append(bad)
                }
                for bad in variants where bad != bytes {
                    try specimen.run("UPDATE \(table) SET \(column) = ?1 WHERE \(key) = ?2", .blob(bad), place)
                    if try specimen.audit().answer != .failed { Issue.record("\(table) \(place) can change unseen") }
                }
                try specimen.run("UPDATE \(table) SET \(column) = ?1 WHERE \(key) = ?2", .blob(bytes), place)
            }
        }
        #expect(try specimen.audit().answer == .verified)
    }

    @Test func `a changed entry is named`() throws {
        let specimen = try Specimen(Good.script())
        let rows = try specimen.rows("entries", key: "seq", bytes: "bytes")
        for seq in 1..<rows.count {
            let text = String(decoding: rows[seq].bytes, as: UTF8.self).replacing("release-engineering", with: "release-engineerinG")
            try specimen.run("UPDATE entries SET bytes = ?1 WHERE seq = ?2", .blob(Array(text.utf8)), rows[seq].key)
            let found = try specimen.audit().found(.error)
            #expect(found.contains("entry-malformed \(seq)"), "\(found)")
            try specimen.run("UPDATE entries SET bytes = ?1 WHERE seq = ?2", .blob(rows[seq].bytes), rows[seq].key)
        }
        // Well formed, but another: the first checkpoint that signs it says which.
        let text = String(decoding: rows[9].bytes, as: UTF8.self).replacing(#""status":200"#, with: #""status":201"#)
        try specimen.run("UPDATE entries SET bytes = ?1 WHERE seq = 9", .blob(Array(text.utf8)))
        let verdict = try specimen.audit()
        #expect(verdict.found(.error) == ["checkpoints-differ -", "checkpoint-differs 9"])
        #expect(verdict.findings.first { $0.entry == 9 }?.message.hasPrefix("entry 9 was changed, or the checkpoint of size 10 was") == true)
    }

    @Test(arguments: [
        ("DELETE FROM entries WHERE seq = 5", "entry-missing 5"), ("DELETE FROM entries WHERE seq = 0", "entry-missing 0"),
        ("DELETE FROM entries WHERE seq > 15", "entries-cut 16"), ("DELETE FROM entries WHERE seq < 4", "entry-missing 0"),
        ("DELETE FROM entries", "ledger-empty -"),
        ("UPDATE entries SET bytes = (SELECT bytes FROM entries AS e WHERE e.seq = 5 - entries.seq) WHERE seq IN (2, 3)", "entry-number 2"),
        ("INSERT INTO entries SELECT 21, bytes FROM entries WHERE seq = 20", "entry-number 21"),
        ("INSERT INTO entries SELECT -1, bytes FROM entries WHERE seq = 3", "entry-number -"),
        ("INSERT INTO entries SELECT 9223372036854775807, bytes FROM entries WHERE seq = 3", "entry-number -"),
        ("INSERT INTO entries SELECT -9223372036854775808, bytes FROM entries WHERE seq = 3", "entry-number -"),
        ("INSERT INTO entries SELECT 22, bytes FROM entries WHERE seq = 3", "entry-missing 21"),
        ("UPDATE entries SET seq = seq + 1000 WHERE seq = 20", "entry-missing 20"),
        ("INSERT INTO artifacts VALUES (zeroblob(32), x'00')", "artifact-differs -"),
        ("INSERT INTO artifacts VALUES (x'00', x'00')", "artifact-name -"),
        ("INSERT INTO artifacts VALUES (x'2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881', x'78')", "artifact-unnamed -"),
        ("DELETE FROM checkpoints WHERE size = 21", "checkpoint-missing 20"), ("DELETE FROM checkpoints", "checkpoint-missing 20"),
        ("UPDATE checkpoints SET size = 22 WHERE size = 21", "entries-cut 21"),
        ("INSERT INTO checkpoints SELECT 8, note FROM checkpoints WHERE size = 7", "checkpoint-differs 7"),
        ("INSERT INTO checkpoints SELECT 0, note FROM checkpoints WHERE size = 1", "checkpoint-size -"),
        ("INSERT INTO checkpoints SELECT -5, note FROM checkpoints WHERE size = 1", "checkpoint-size -"),
        ("INSERT INTO checkpoints SELECT 9223372036854775807, note FROM checkpoints WHERE size = 1", "entries-cut 21"),
        ("UPDATE checkpoints SET note = CAST(CAST(note AS TEXT) || CAST(note AS TEXT) AS BLOB) WHERE size = 21", "checkpoint-malformed 20"),
        ("INSERT INTO tiles VALUES (0, 0, zeroblob(672))", "tile-unknown -"),
        ("INSERT INTO tiles VALUES (-1, 9223372036854775807, x'')", "tile-unknown -"),
        ("INSERT INTO cosignatures VALUES (21, 'witness.example.com/w1', x'0a')", "cosigner-unknown -"), ("CREATE TABLE more (x)", "schema -"),
        ("DROP TABLE tiles", "schema -"),
        ("CREATE VIEW more AS SELECT 1", "schema -"), ("CREATE TRIGGER more AFTER INSERT ON entries BEGIN SELECT 1; END", "schema -"),
        ("ALTER TABLE entries ADD COLUMN more TEXT", "schema -"),
    ]) func `rows that go, come, move or are put in order by somebody else are found`(statement: String, finding: String) throws {
        let specimen = try Specimen(Good.script())
        try specimen.run(statement)
        let verdict = try specimen.audit()
        #expect(verdict.found(.error).contains(finding), "\(verdict.found(.error))")
        #expect(verdict.answer == .failed)
    }

    @Test func `no artifact can go`() throws {
        let specimen = try Specimen(Good.script())
        for (name, bytes) in try specimen.rows("artifacts", key: "sha256", bytes: "bytes") {
            try specimen.run("DELETE FROM artifacts WHERE sha256 = ?1", name)
            #expect(try specimen.audit().answer == .failed)
            try specimen.run("INSERT INTO artifacts VALUES (?1, ?2)", name, .blob(bytes))
        }
        #expect(try specimen.audit().answer == .verified)
    }

    @Test func `a checkpoint between goes unseen, as no rule of the format forbids it; with a note held elsewhere nothing can go`() throws {
        let specimen = try Specimen(Good.script())
        let note = try #require(try LedgerReader(specimen.path).latestCheckpoint())
        try specimen.run("DELETE FROM checkpoints WHERE size = 10")
        #expect(try specimen.audit().answer == .verified)
        // The tail cut off, as the holder of the key could do it.
        for table in ["entries WHERE seq > 12", "checkpoints WHERE size > 13"] { try specimen.run("DELETE FROM \(table)") }
        let named = Set(try LedgerReader(specimen.path).namedArtifacts())
        for (name, _) in try specimen.rows("artifacts", key: "sha256", bytes: "bytes") {
            if case .blob(let bytes) = name, let digest = Digest(bytes: bytes), !named.contains(digest) {
                try specimen.run("DELETE FROM artifacts WHERE sha256 = ?1", name)
            }
        }
        let cut = try specimen.audit()
        #expect(cut.answer == .verified)
        #expect(cut.found(.warning).sorted() == ["execution-open -", "unwitnessed-tail -"])
        #expect(try specimen.audit(since: note).found(.error) == ["since-cut 13"])
        #expect(try specimen.audit(requireWitness: true).found(.error) == ["unwitnessed-tail -"])
    }

    @Test func `a past that was signed anew is found by a note held elsewhere`() throws {
        let whole = try Specimen(Good.script())
        let note = try #require(try LedgerReader(whole.path).latestCheckpoint())
        var script = Good.script()
        script.data("alias-free") { _ in
            .preconditionChecked(EntryData.Check(name: "alias-free", result: .holds, observed: .object([("alias", "other")])))
        }
        let specimen = try Specimen(script)
        #expect(try specimen.audit().answer == .verified)
        #expect(try specimen.audit(since: note).found(.error) == ["since-differs -"])
        let verdict = try whole.audit(since: note)
        #expect(verdict.answer == .verified)
        #expect(verdict.witnessed == 21)
        #expect(verdict.found(.warning) == [])
    }

    @Test func `who signed an entry that was changed is said as it is`() throws {
        let specimen = try Specimen(Good.script())
        let note = try #require(try LedgerReader(specimen.path).latestCheckpoint())
        let whole = try #require(try LedgerReader(specimen.path).entry(20))
        // An entry changed under the note that signed another: nobody signed what is here.
        var changed = whole
        changed[changed.count / 2] ^= 1
        try specimen.run("UPDATE entries SET bytes = ?1 WHERE seq = 20", .blob(changed))
        func words() throws -> [String] {
            let verdict = try specimen.audit(since: note)
            #expect(verdict.forks.isEmpty)
            return verdict.findings.filter { $0.code == "since-differs" }.map(\.message)
        }
        #expect(try words() == ["the first 21 entries here are not those that note signed: one of them was changed, and no checkpoint signs that"])
        // Signed again by the same key, but under another size than the note's.
        var longer = Good.script()
        longer.steps.append(Step("more", nil, "12:30:00", joins: true) { _ in .executionRefused(code: "x", message: "") })
        let fork = try Specimen(longer)
        let held = try Checkpoint(text: SignedNote(note).text)
        let other = try Checkpoint(origin: held.origin, size: 21, root: Digest(of: [])).signed(by: Keys.exec)
        let verdict = try fork.audit(since: other.bytes)
        #expect(verdict.forks.isEmpty)
        #expect(
            verdict.findings.filter { $0.code == "since-differs" }.map(\.message) == [
                "note signed other first 21 entries than stand here, and those here lead to the checkpoint of size 22: both are signed by the ledger's key"
            ])
    }

    @Test func `notes of other ledgers, by other keys, of nothing, and no notes at all`() throws {
        let specimen = try Specimen(Good.script())
        let head = try Checkpoint(text: SignedNote(try #require(try LedgerReader(specimen.path).latestCheckpoint())).text)
        func error(_ checkpoint: Checkpoint, _ key: PrivateKey = Keys.exec) throws -> [String] {
            try specimen.audit(since: checkpoint.signed(by: key).bytes).found(.error)
        }
        #expect(try error(head) == [])
        #expect(try error(head, Keys.exec2) == ["since-signature -"])
        #expect(try error(Checkpoint(origin: "example.com/other", size: head.size, root: head.root)) == ["since-origin -"])
        #expect(try error(Checkpoint(origin: head.origin, size: 0, root: MerkleHash.empty)) == ["since-empty -"])
        #expect(try error(Checkpoint(origin: head.origin, size: 9_007_199_254_740_991, root: head.root)) == ["since-cut 21"])
        for bad in [[], Array("x".utf8), Array("\(head.text)\n— x AAAA\n".utf8), Array((head.text + "more\n\n— x AAAAAAAA\n").utf8)] {
            let refusal = try #require(throws: Refusal.self) { try specimen.audit(since: bad) }
            #expect(["note-malformed", "checkpoint-malformed"].contains(refusal.code))
        }
        #expect(try LedgerAudit(LedgerReader(specimen.path)).verify(AuditAnchors(genesis: nil)).answer == .unanchored)
        let other = try LedgerAudit(LedgerReader(specimen.path)).verify(AuditAnchors(genesis: BundleFixture.ledgerRoot))
        #expect(other.found(.error) == ["genesis-differs 0"])
    }

    @Test func `tiles of a long ledger are those of its entries, byte by byte`() throws {
        var script = Script(steps: [Good.genesis])
        for number in 1..<520 {
            script.steps.append(Step("\(number)", nil, "10:00:00", joins: true) { _ in .executionRefused(code: "n\(number)", message: "") })
        }
        let specimen = try Specimen(script)
        #expect(try specimen.audit().answer == .verified)
        for (level, index, length) in [(0, 0, 8192), (0, 1, 8192), (1, 0, 64)] {
            let place = "level = \(level) AND idx = \(index)"
            let good = try #require(try LedgerReader(specimen.path).tile(level, index))
            #expect(good.count == length)
            for offset in stride(from: 0, to: length, by: max(1, length / 12)) {
                var bad = good
                bad[offset] ^= 1
                try specimen.run("UPDATE tiles SET bytes = ?1 WHERE \(place)", .blob(bad))
                #expect(try specimen.audit().found(.error) == ["tile-differs -"])
            }
            try specimen.run("DELETE FROM tiles WHERE \(place)")
            #expect(try specimen.audit().found(.error) == ["tile-missing -"])
            try specimen.run("INSERT INTO tiles VALUES (\(level), \(index), ?1)", .blob(good))
        }
        try specimen.run("INSERT INTO tiles VALUES (0, 2, zeroblob(256))")
        #expect(try specimen.audit().found(.error) == ["tile-unknown -"])
    }
}

extension LedgerReader {
    func tile(_ level: Int, _ index: Int) throws -> [UInt8]? {
        var found: [UInt8]?
        try forEachTile { l, i, bytes throws(Refusal) in if l == level, i == index { found = bytes } }
        return found
    }

    func namedArtifacts() throws -> [Digest] {
        var names: [Digest] = []
        try forEachEntry { _, bytes throws(Refusal) in names += try Entry(bytes).data.artifacts }
        return names
    }
}
