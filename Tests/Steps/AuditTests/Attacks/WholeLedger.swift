// SPDX-License-Identifier: Apache-2.0
// Ledgers with a little of everything: what every attack on a file is tried on.
import Bundles
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Trust

@testable import Audit
@testable import Ledger

/// A ledger's file as its owner left it, what holds it to its past, and what an audit says of a copy.
struct WholeLedger {
    let bytes: [UInt8]
    let genesis: Digest
    /// The newest checkpoint, held elsewhere.
    let note: [UInt8]
    let rows: LedgerRows

    /// Entries that need no execution, a second trust root with another ledger key and a witness, a cosignature.
    static func short(pageSize: Int) throws -> WholeLedger {
        try WholeLedger(
            Script(steps: [
                Good.genesis, Step("refused", Good.bundle.digest, "10:00:00") { _ in .executionRefused(code: "vetoed", message: "bob rejected it") },
            ]), pageSize: pageSize)
    }

    /// The same after a bundle, its approvals, and its whole execution.
    static func complete(pageSize: Int = 4096) throws -> WholeLedger { try WholeLedger(Good.script(), pageSize: pageSize) }

    static let witness = "w1.example.com"

    private init(_ past: Script, pageSize: Int) throws {
        var script = past
        let (step, _) = Good.trustUpdated(
            [
                ("/keys/\(Keys.exec.id.text)", nil), ("/keys/\(Keys.exec2.id.text)", TrustFixture.key(Keys.exec2, "platform").1),
                ("/roles/ledger", TrustFixture.role(1, Keys.exec2)),
                ("/keys/\(Keys.stranger.id.text)", TrustFixture.key(Keys.stranger, "audit-office").1?.with("/name", .string(Self.witness))),
                ("/roles/witness", TrustFixture.role(1, Keys.stranger)),
            ], "12:01:00")
        var after = Step("after", nil, "12:02:00") { _ in .executionRefused(code: "x", message: "") }
        (after.actor, after.signer) = (Actor(keyID: Keys.exec2.id, owner: "platform", tool: "test/1"), Keys.exec2)
        script.steps += [step, after]
        let folder = try TemporaryFolder()
        let path = folder.file("l.sqlite")
        try script.write(to: path, pageSize: pageSize)
        let door = try SQLiteDoor(path, .write)
        try door.execute("PRAGMA journal_mode = MEMORY")
        let head = try SignedNote(try LedgerReader(path).latestCheckpoint() ?? [])
        let line = try Cosignature(of: head.text, by: Keys.stranger, named: Self.witness, at: date("2026-11-24T12:03:00Z")).line
        try door.prepare("INSERT INTO cosignatures VALUES (?1, ?2, ?3)").run(
            .integer(script.steps.count), .text(Self.witness), .blob(Array(line.line.utf8)))
        for object in Schema.triggers + Schema.views { try door.execute(object.sql) }
        try door.close()
        bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        genesis = MerkleHash.leaf(script.entries()[0])
        note = head.bytes
        rows = try LedgerRows(path)
    }

    /// What an audit says of a file that should be this ledger.
    func audit(_ path: String, since: Bool = true) throws -> AuditVerdict {
        try LedgerAudit(LedgerReader(path)).verify(AuditAnchors(genesis: genesis, since: since ? [(bytes: note, file: "note")] : []))
    }

    /// What each byte of the file is for.
    func map() throws -> PageMap { PageMap(bytes, roots: rows.roots) }

    /// The key that writes it now.
    static var key: PrivateKey { Keys.exec2 }

    /// Writes the file into a folder.
    func write(to folder: TemporaryFolder, _ name: String = "l.sqlite") throws -> String {
        try folder.write(name, bytes)
        return folder.file(name)
    }
}

/// Every row of a ledger's file and its schema, with the types in which they are stored: all that a reader can see.
struct LedgerRows: Equatable {
    let rows: [String]
    let roots: [Int]

    init(_ path: String) throws {
        let door = try SQLiteDoor(path, .read)
        var rows = ["\(try door.integer("PRAGMA application_id") ?? 0)", "\(try door.integer("PRAGMA user_version") ?? 0)"]
        func add(_ columns: Int32, _ sql: String) throws {
            let statement = try door.prepare(sql)
            while try statement.step() { rows.append((0..<columns).map { statement.text($0) }.joined(separator: "|")) }
        }
        try add(
            6,
            """
            SELECT type, name, tbl_name, rootpage, sql,
            typeof(type) || typeof(name) || typeof(tbl_name) || typeof(rootpage) || typeof(sql) FROM sqlite_schema ORDER BY name
            """)
        for (table, columns) in Self.columns {
            let shown = columns.flatMap { ["typeof(\($0))", "hex(\($0))"] }
            try add(Int32(shown.count), "SELECT \(shown.joined(separator: ", ")) FROM \(table) ORDER BY \(columns[0]), \(columns[1])")
        }
        // By key too: an index that leads elsewhere shows another row, or none.
        let reader = try LedgerReader(path)
        for seq in 0..<(try reader.count()) { rows.append(Hex.encode(try reader.entry(seq) ?? [])) }
        try reader.forEachCheckpoint { size, _ throws(Refusal) in rows.append(Hex.encode(try reader.checkpoint(size) ?? [])) }
        try reader.forEachArtifact { name, _ throws(Refusal) in
            rows.append(Hex.encode(try Digest(bytes: name).flatMap { digest throws(Refusal) in try reader.artifact(digest) } ?? []))
        }
        try reader.forEachTile { level, index, _ throws(Refusal) in rows.append(Hex.encode(try reader.tile(level: level, index: index) ?? [])) }
        self.rows = rows
        var roots: [Int] = []
        let statement = try door.prepare("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0")
        while try statement.step() { roots.append(statement.integer(0)) }
        self.roots = roots
    }

    private static let columns = [
        ("entries", ["seq", "bytes"]), ("artifacts", ["sha256", "bytes"]), ("tiles", ["level", "idx", "bytes"]), ("checkpoints", ["size", "note"]),
        ("cosignatures", ["size", "name", "line"]),
    ]
}
