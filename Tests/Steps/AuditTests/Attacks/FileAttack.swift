// SPDX-License-Identifier: Apache-2.0
// Attacks on a ledger's file by whoever can write to it, each with the code that finds it.
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport

@testable import Audit
@testable import Ledger

/// One change to the file of a complete ledger.
struct FileAttack: Sendable, CustomStringConvertible {
    let name: String
    /// The finding's or refusal's code; for a note, that the ledger is verified with it.
    let code: String
    var isNote = false
    let apply: @Sendable (_ path: String) throws -> Void

    var description: String { name }

    /// By SQL, with the triggers taken away before and put back after.
    static func sql(_ name: String, _ code: String, isNote: Bool = false, _ statements: String...) -> FileAttack {
        FileAttack(name: name, code: code, isNote: isNote) { path in
            let door = try SQLiteDoor(path, .write)
            for trigger in Schema.triggers { try door.execute("DROP TRIGGER \(trigger.name)") }
            for statement in statements { try door.execute(statement) }
            for trigger in Schema.triggers { try door.execute(trigger.sql) }
            try door.close()
        }
    }

    /// By another program that may write to the schema itself.
    static func schema(_ name: String, code: String = "schema", isNote: Bool = false, _ statements: String...) -> FileAttack {
        FileAttack(name: name, code: code, isNote: isNote) { path in
            let script = "PRAGMA writable_schema = ON; " + statements.map { $0 + "; " }.joined()
            let ended = try Program(["sqlite3", path, script], in: FileManager.default.temporaryDirectory.path).run()
            guard ended.exit == 0 else { throw ProgramFailure(ended.err) }
        }
    }

    /// By writing over the file's bytes.
    static func bytes(_ name: String, _ code: String, _ change: @escaping @Sendable (inout [UInt8]) -> Void) -> FileAttack {
        FileAttack(name: name, code: code) { path in
            var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            change(&bytes)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
    }

    struct ProgramFailure: Error {
        let words: String
        init(_ words: String) { self.words = words }
    }

    static let all: [FileAttack] = entries + checkpoints + beside + schemas

    static let entries: [FileAttack] = [
        .sql("an entry dropped", "entry-missing", "DELETE FROM entries WHERE seq = 7"),
        .sql(
            "two entries swapped", "entry-number", "UPDATE entries SET seq = -1 WHERE seq = 2", "UPDATE entries SET seq = 2 WHERE seq = 3",
            "UPDATE entries SET seq = 3 WHERE seq = -1"),
        .sql(
            "an entry added", "checkpoint-missing",
            "INSERT INTO entries SELECT 23, CAST(replace(CAST(bytes AS TEXT), '\"seq\":22', '\"seq\":23') AS BLOB) FROM entries WHERE seq = 22"),
        .sql(
            "an entry changed", "checkpoint-differs",
            #"UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), '"status":200', '"status":201') AS BLOB) WHERE seq = 9"#),
        .sql("the head cut off", "entry-missing", "DELETE FROM entries WHERE seq < 4"),
        .sql("the tail cut off", "entries-cut", "DELETE FROM entries WHERE seq > 15"),
        .sql("the tail cut off with its checkpoints", "since-cut", "DELETE FROM entries WHERE seq > 21", "DELETE FROM checkpoints WHERE size > 22"),
    ]

    static let checkpoints: [FileAttack] = [
        .sql("the last checkpoint dropped", "checkpoint-missing", "DELETE FROM checkpoints WHERE size = 23"),
        .sql(
            "two checkpoints swapped", "checkpoint-differs",
            "UPDATE checkpoints SET size = -1 WHERE size = 4", "UPDATE checkpoints SET size = 4 WHERE size = 5",
            "UPDATE checkpoints SET size = 5 WHERE size = -1"),
        FileAttack(name: "a checkpoint of another log", code: "checkpoint-differs") { path in
            try resign(path, size: 23, origin: "example.com/other", by: WholeLedger.key)
        },
        FileAttack(name: "the last checkpoint signed by a stranger", code: "checkpoint-signature") { path in
            try resign(path, size: 23, origin: nil, by: Keys.dana)
        },
        FileAttack(name: "the last checkpoint signed by the key that was replaced", code: "checkpoint-signature") { path in
            try resign(path, size: 23, origin: nil, by: Keys.exec)
        },
        FileAttack(name: "a checkpoint by the key that was replaced in place of every other", code: "checkpoint-signature") { path in
            try resign(path, size: 23, origin: nil, by: Keys.exec)
            let door = try SQLiteDoor(path, .write)
            try door.execute("DROP TRIGGER checkpoints_no_delete")
            try door.execute("DELETE FROM checkpoints WHERE size < 23")
            for trigger in Schema.triggers where trigger.name == "checkpoints_no_delete" { try door.execute(trigger.sql) }
            try door.close()
        },
        .sql("a cosignature moved to another size", "cosignature-invalid", "UPDATE cosignatures SET size = 22"),
        .sql("a cosignature moved where no checkpoint is", "cosignature-size", "UPDATE cosignatures SET size = 99"),
        .sql("a cosignature under another witness's name", "cosigner-unknown", "UPDATE cosignatures SET name = 'w2.example.com'"),
    ]

    static let beside: [FileAttack] = [
        .sql("a tile added", "tile-unknown", "INSERT INTO tiles VALUES (0, 0, zeroblob(8192))"),
        .sql("an artifact dropped", "artifact-missing", "DELETE FROM artifacts WHERE length(bytes) = (SELECT min(length(bytes)) FROM artifacts)"),
        .sql(
            "an artifact added", "artifact-unnamed",
            "INSERT INTO artifacts VALUES (x'2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881', x'78')"),
        .sql(
            "two artifacts swapped", "artifact-differs",
            """
            UPDATE artifacts SET bytes = (SELECT bytes FROM artifacts AS other WHERE other.sha256 <> artifacts.sha256
            AND other.sha256 IN (SELECT sha256 FROM artifacts ORDER BY sha256 LIMIT 2))
            WHERE sha256 IN (SELECT sha256 FROM artifacts ORDER BY sha256 LIMIT 2)
            """),
    ]

    static let schemas: [FileAttack] = [
        .sql("a table added", "schema", "CREATE TABLE more (x)"), .sql("a view added", "schema", "CREATE VIEW more AS SELECT 1"),
        .sql("a trigger added", "schema", "CREATE TRIGGER more AFTER INSERT ON entries BEGIN DELETE FROM tiles; END"),
        .sql("an index added", "schema", "CREATE INDEX more ON entries (bytes)"),
        // SQLite would answer from the index, which quick_check does not compare with its table.
        .schema(
            "an index that hides what was taken out of its table", "CREATE INDEX more ON artifacts (sha256, bytes)",
            "CREATE TABLE keep AS SELECT * FROM sqlite_schema WHERE name = 'more'", "DELETE FROM sqlite_schema WHERE name = 'more'",
            "DROP TRIGGER artifacts_no_delete", "DELETE FROM artifacts WHERE length(bytes) < 1000",
            "INSERT INTO sqlite_schema SELECT * FROM keep", "DROP TABLE keep"),
        .sql("an index that keeps an outcome from being written", "schema", "CREATE UNIQUE INDEX more ON entries (CASE WHEN seq > 22 THEN 0 END)"),
        .schema("a trigger removed", code: "schema-differs", isNote: true, "DROP TRIGGER entries_no_update"),
        .schema("a view removed", code: "schema-differs", isNote: true, "DROP VIEW story"), .schema("a table removed", "DROP TABLE tiles"),
        .schema("a column's type changed", "UPDATE sqlite_schema SET sql = replace(sql, 'bytes BLOB', 'bytes TEXT') WHERE name = 'entries'"),
        .schema("a strict table made lax", "UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE name = 'checkpoints'"),
        .schema(
            "a table with a rowid in place of one without",
            "CREATE TABLE other (sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT", "INSERT INTO other SELECT * FROM artifacts",
            "DROP TABLE artifacts", "ALTER TABLE other RENAME TO artifacts"),
        .schema("a definition's table in other letters", "UPDATE sqlite_schema SET tbl_name = 'Entries' WHERE name = 'entries_no_update'"),
        .schema("a view with a page", code: "ledger-damaged", "UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'story'"),
        .sql("another application", "ledger-not-ours", "PRAGMA application_id = 1"),
        .sql("another version", "ledger-version", "PRAGMA user_version = 2"),
        .bytes("a page of zeroes in place of the first one", "ledger-not-ours") {
            $0.replaceSubrange(0..<4096, with: [UInt8](repeating: 0, count: 4096))
        },
        // Trunk page and count of the free list, in the header: the next write would take that page for its own.
        .bytes("a page in use put on the free list", "sqlite-damaged") {
            $0.replaceSubrange(32..<36, with: [0, 0, 0, 9])
            $0.replaceSubrange(36..<40, with: [0, 0, 0, 1])
        },
        .bytes("the file cut in its middle", "ledger-damaged") { $0.removeLast($0.count / 2 / 4096 * 4096) },
    ]

    private static func resign(_ path: String, size: Int, origin: String?, by key: PrivateKey) throws {
        let door = try SQLiteDoor(path, .write)
        let old = try Checkpoint(text: SignedNote(LedgerReader(path).checkpoint(size) ?? []).text)
        let note = try Checkpoint(origin: origin ?? old.origin, size: size, root: old.root).signed(by: key)
        try door.execute("DROP TRIGGER checkpoints_no_update")
        try door.prepare("UPDATE checkpoints SET note = ?1 WHERE size = ?2").run(.blob(note.bytes), .integer(size))
        for trigger in Schema.triggers where trigger.name == "checkpoints_no_update" { try door.execute(trigger.sql) }
        try door.close()
    }
}
