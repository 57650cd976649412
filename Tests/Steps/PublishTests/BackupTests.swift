// SPDX-License-Identifier: Apache-2.0
import Audit
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Ledger
@testable import Publish

@Suite struct BackupTests {
    private func backup(_ shelf: Shelf, to name: String = "copy.sqlite", replace: Bool = false) throws -> BackupStep.Made {
        try BackupStep(shelf.path).run(to: shelf.folder.file(name), replace: replace) { copy, original throws(Refusal) in
            let verdict = try LedgerAudit(LedgerReader(copy)).verify(AuditAnchors(genesis: original.genesis, since: [(original.note, "original")]))
            guard verdict.answer == .verified, let genesis = verdict.genesis else { throw Refusal("not-verified", .badData, "\(verdict.findings)") }
            return BackupStep.Made(size: verdict.size, root: verdict.root, genesis: genesis)
        }
    }

    @Test func `a copy has every row and is one file, beside a live writer too`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 300)
        let store = try shelf.open()
        try store.append([Shelf.refused(300)], now: Shelf.start)
        let made = try backup(shelf)
        #expect(made.size == 301 && made.genesis == shelf.genesis && made.root == store.head.root)
        #expect(try Shelf.rows(shelf.folder.file("copy.sqlite")) == Shelf.rows(shelf.path))
        #expect(try shelf.names() == ["copy.sqlite", "l.sqlite", "l.sqlite-shm", "l.sqlite-wal", "l.sqlite.lock"])
        // The copy goes on as a ledger of its own right.
        try store.append([Shelf.refused(301)], now: Shelf.start)
        try store.close()
        let second = try LedgerStore(shelf.folder.file("copy.sqlite"), key: Keys.exec, tool: "test/1", now: Shelf.start)
        #expect(second.size == 301)
        try second.close()
    }

    @Test func `what is there is not overwritten, and a copy that fails its audit leaves nothing`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 4)
        _ = try backup(shelf)
        #expect(code { _ = try backup(shelf) } == "output-exists")
        #expect(try backup(shelf, replace: true).size == 4)
        #expect(code { _ = try backup(shelf, to: "l.sqlite", replace: true) } == "output-in-use")
        try Data("x".utf8).write(to: URL(fileURLWithPath: shelf.folder.file("copy.sqlite-wal")))
        #expect(code { _ = try backup(shelf, replace: true) } == "output-in-use")
        unlink(shelf.folder.file("copy.sqlite-wal"))
        try shelf.change(2, "n2", "n9")
        #expect(code { _ = try backup(shelf, to: "bad.sqlite") } == "not-verified")
        #expect(try shelf.names() == ["copy.sqlite", "l.sqlite", "l.sqlite.lock"])
        #expect(code { _ = try backup(shelf, to: "no/such/folder") } == "ledger-cannot-open")
    }
}

@Suite struct EntryLinesTests {
    @Test func `each line is an entry's exact bytes with its number and leaf`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 3)
        let out = shelf.folder.file("out.jsonl")
        let reader = try LedgerReader(shelf.path)
        #expect(try EntryLines.jsonl.write(shelf.path, to: out, replace: false) == 3)
        var expected = ""
        try reader.forEachEntry { seq, bytes throws(Refusal) in
            expected += "{\"seq\":\(seq),\"leaf\":\"\(MerkleHash.leaf(bytes))\",\"entry\":\(String(decoding: bytes, as: UTF8.self))}\n"
        }
        #expect(try String(contentsOfFile: out, encoding: .utf8) == expected)
        #expect(code { _ = try EntryLines.jsonl.write(shelf.path, to: out, replace: false) } == "output-exists")
    }

    @Test func `a table holds no formula, and each cell is one cell`() throws {
        #expect(EntryCells.cell("=1+1") == "'=1+1")
        #expect(
            EntryCells.cell("+1") == "'+1" && EntryCells.cell("-1") == "'-1" && EntryCells.cell("@x") == "'@x" && EntryCells.cell("\tx") == "'\tx")
        #expect(EntryCells.cell("=\"a\",b") == "\"'=\"\"a\"\",b\"")
        #expect(EntryCells.cell("\r\nx") == "\"'\r\nx\"")
        #expect(EntryCells.cell("plain") == "plain" && EntryCells.cell("") == "")
        let shelf = try Shelf()
        let store = try shelf.open()
        try store.append([Shelf.refused(1, message: "=cmd, \"x\"\n")], now: Shelf.start)
        try store.close()
        let out = shelf.folder.file("out.csv")
        #expect(try EntryLines.csv.write(shelf.path, to: out, replace: false) == 2)
        let lines = try String(contentsOfFile: out, encoding: .utf8).components(separatedBy: "\r\n")
        #expect(lines.count == 4)
        #expect(lines[0] == "seq,leaf,time,type,bundle,owner,keyid,tool,data")
        #expect(lines[2].hasPrefix("1,sha256:") && lines[2].contains(",2026-11-24T09:00:00Z,execution-refused,,release-engineering,sha256:"))
        #expect(lines[2].hasSuffix(#","{""code"":""n1"",""message"":""=cmd, \""x\""\n""}""#))
    }

    @Test func `a ledger that is not what it signs is not exported`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 4)
        try shelf.change(2, "n2", "n9")
        #expect(code { _ = try EntryLines.jsonl.write(shelf.path, to: shelf.folder.file("o"), replace: false) } == "ledger-damaged")
        #expect(try shelf.names() == ["l.sqlite", "l.sqlite.lock"])
    }
}
