// SPDX-License-Identifier: Apache-2.0
// A ledger written anew: compacted or migrated, with every row, and only where nothing would be lost.
import Audit
import DomainFixtures
import Files
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Ledger
@testable import Publish

@Suite struct RewriteTests {
    private func rewrite(
        _ shelf: Shelf, _ way: LedgerRewrite.Way, to name: String = "new.sqlite", replace: Bool = false
    ) throws -> RewriteStep.Made {
        try RewriteStep(shelf.path, way).run(to: shelf.folder.file(name), replace: replace, holder: "test/1", now: Shelf.start) {
            copy, original throws(Refusal) in
            let verdict = try LedgerAudit(LedgerReader(copy)).verify(AuditAnchors(genesis: original.genesis, since: [(original.note, "original")]))
            guard verdict.answer == .verified, let genesis = verdict.genesis else { throw Refusal("not-verified", .badData, "\(verdict.findings)") }
            return BackupStep.Made(size: verdict.size, root: verdict.root, genesis: genesis)
        }
    }

    private func schema(_ path: String) throws -> [String] {
        let door = try SQLiteDoor(path, .read)
        let statement = try door.prepare("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name")
        var lines: [String] = []
        while try statement.step() { lines.append(statement.text(0)) }
        return lines
    }

    @Test(arguments: [LedgerRewrite.Way.compact, .migrate]) func `every row is in the new file, and the old one stays as it was`(
        way: LedgerRewrite.Way
    ) throws {
        let shelf = try Shelf()
        try shelf.grow(to: 600, by: 7)
        // Rows that are long and go again leave free pages.
        try shelf.tamper("CREATE TABLE gone (x BLOB)", "INSERT INTO gone VALUES (randomblob(400000))", "DROP TABLE gone")
        let before = try Data(contentsOf: URL(fileURLWithPath: shelf.path))
        let made = try rewrite(shelf, way)
        #expect(made.ledger.size == 600 && made.ledger.genesis == shelf.genesis && made.left.isEmpty)
        #expect(made.bytes.before == before.count && made.bytes.after < before.count - 300_000)
        #expect(try Shelf.rows(shelf.folder.file("new.sqlite")) == Shelf.rows(shelf.path))
        #expect(try schema(shelf.folder.file("new.sqlite")) == schema(shelf.path))
        #expect(try Data(contentsOf: URL(fileURLWithPath: shelf.path)) == before)
        #expect(try shelf.names() == ["l.sqlite", "l.sqlite.lock", "new.sqlite"])
        // It goes on as the ledger that it is.
        let store = try LedgerStore(shelf.folder.file("new.sqlite"), key: Keys.exec, tool: "test/1", now: Shelf.start)
        try store.append([Shelf.refused(600)], now: Shelf.start)
        try store.close()
        let verdict = try shelf.audit(shelf.folder.file("new.sqlite"))
        #expect(verdict.answer == .verified && verdict.size == 601)
    }

    /// A rebuilt ledger has every row, in other pages; both written anew are one file, bit for bit.
    @Test func `a ledger that was rebuilt from its published log, compacted, is the ledger compacted`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 300, by: 7)
        _ = try PublishStep.run(shelf.path, to: shelf.folder.file("out"))
        _ = try PublishedAudit.rebuild(
            FolderReader(shelf.folder.file("out")), to: shelf.folder.file("rebuilt.sqlite"), replace: false, AuditAnchors(genesis: shelf.genesis))
        _ = try rewrite(shelf, .compact)
        let other = Shelf(path: shelf.folder.file("rebuilt.sqlite"), in: shelf)
        _ = try rewrite(other, .compact, to: "rebuilt-new.sqlite")
        let one = try Data(contentsOf: URL(fileURLWithPath: shelf.folder.file("new.sqlite")))
        #expect(try Data(contentsOf: URL(fileURLWithPath: shelf.folder.file("rebuilt-new.sqlite"))) == one)
        #expect(one.count > 100_000)
    }

    @Test func `migration brings triggers and views back to this program's, and names what it left behind`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 4)
        let whole = try schema(shelf.path)
        let door = try SQLiteDoor(shelf.path, .write)
        for sql in [
            "DROP TRIGGER entries_no_update", "DROP VIEW story", "CREATE VIEW story AS SELECT seq FROM entries", "CREATE VIEW older AS SELECT 1 AS x",
            "CREATE INDEX by_length ON entries (length(bytes))",
        ] { try door.execute(sql) }
        try door.close()
        #expect(try shelf.audit(shelf.path).findings.filter { $0.code == "schema" }.count == 3)
        #expect(code { _ = try shelf.open() } == "ledger-schema")
        let made = try rewrite(shelf, .migrate)
        #expect(made.left == ["index by_length", "view older", "view story"])
        #expect(try schema(shelf.folder.file("new.sqlite")) == whole)
        let verdict = try shelf.audit(shelf.folder.file("new.sqlite"))
        #expect(verdict.answer == .verified && !verdict.findings.contains { $0.code.hasPrefix("schema") })
        // To compact it is not to mend it: what the audit finds in the copy keeps it from its name.
        #expect(code { _ = try rewrite(shelf, .compact, to: "compact.sqlite") } == "not-verified")
        #expect(try shelf.names() == ["l.sqlite", "l.sqlite.lock", "new.sqlite"])
    }

    @Test(arguments: [LedgerRewrite.Way.compact, .migrate]) func `what would be lost, or is damaged, is not written anew`(
        way: LedgerRewrite.Way
    ) throws {
        let shelf = try Shelf()
        try shelf.grow(to: 4)
        try shelf.tamper("CREATE TABLE foreign_rows (x)")
        #expect(code { _ = try rewrite(shelf, way) } == "ledger-schema")
        try shelf.tamper("DROP TABLE foreign_rows")
        try shelf.change(2, "n2", "n9")
        #expect(code { _ = try rewrite(shelf, way) } == "not-verified")
        #expect(code { _ = try rewrite(shelf, way, to: "l.sqlite", replace: true) } == "output-in-use")
        #expect(try shelf.names() == ["l.sqlite", "l.sqlite.lock"])
    }

    @Test(arguments: [LedgerRewrite.Way.compact, .migrate]) func `beside a writer it waits, and what is in the log alone comes with it`(
        way: LedgerRewrite.Way
    ) throws {
        let shelf = try Shelf()
        let store = try shelf.open()
        try store.append([Shelf.refused(1)], now: Shelf.start)
        #expect(code { _ = try LedgerRewrite(of: shelf.path, holder: "test/1", now: Shelf.start) } == "ledger-held")
        // As after a crash: the entry stands in the -wal alone, and nobody holds the ledger.
        for end in ["", "-wal"] { try FileManager.default.copyItem(atPath: shelf.path + end, toPath: shelf.folder.file("crashed.sqlite" + end)) }
        try store.close()
        let out = shelf.folder.file("new.sqlite")
        let rewrite = try LedgerRewrite(of: shelf.folder.file("crashed.sqlite"), holder: "test/1", now: Shelf.start)
        #expect(code { _ = try shelf.open() } == nil)
        #expect(try rewrite.write(way, to: out).isEmpty)
        #expect(try Shelf.rows(out) == Shelf.rows(shelf.path))
        #expect(try LedgerReader(out).count() == 2)
    }

    @Test func `another version of the format is refused, and says which program helps`() throws {
        let shelf = try Shelf()
        func refusal(_ version: Int, _ body: () throws -> Void) throws -> Refusal {
            let door = try SQLiteDoor(shelf.path, .write)
            try door.execute("PRAGMA user_version = \(version)")
            try door.close()
            return try #require(throws: Refusal.self) { try body() }
        }
        for open in [{ _ = try LedgerReader(shelf.path) }, { _ = try shelf.open() }, { _ = try self.rewrite(shelf, .compact) }] {
            let newer = try refusal(2, open)
            #expect(newer.code == "ledger-version" && newer.hint == "this program is too old for it: use a newer release")
            #expect(newer.message == "this ledger has format version 2; this release knows 1")
            let older = try refusal(0, open)
            #expect(
                older.code == "ledger-version"
                    && older.hint == "no release writes such a version: somebody changed this file; take a copy from before")
        }
        let none = try refusal(0) { _ = try rewrite(shelf, .migrate) }
        #expect(none.code == "ledger-version")
        #expect(none.message == "this ledger has format version 0, which no release wrote: there is nothing to migrate from")
        #expect(try refusal(2) { _ = try rewrite(shelf, .migrate) }.message == "this ledger has format version 2; this release knows 1")
        #expect(try shelf.names() == ["l.sqlite", "l.sqlite.lock"])
    }
}
