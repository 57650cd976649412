// SPDX-License-Identifier: Apache-2.0
// Making, writing, closing and reopening a ledger; what stands in the file, and what is refused.
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Ledger

@Suite struct StoreTests {
    @Test func `a new ledger holds its genesis, the root, and one checkpoint`() throws {
        let bench = try Bench()
        let reader = try LedgerReader(bench.path)
        let bytes = try #require(try reader.entry(0))
        #expect(MerkleHash.leaf(bytes) == bench.genesis)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"actor":{"keyid":"\#(Keys.exec.id)","owner":"release-engineering","tool":"test/1"},"data":{"envelope":"\#(TrustFixture.first.envelope.envelopeDigest)","format":"countersign/ledger/v1","ledgerKey":"\#(Keys.exec.id)","nonce":"\#(Base64.encode(Bench.nonce))","origin":"example.com/org-cloudtrail/ledger","trust":{"digest":"\#(TrustFixture.first.reference.digest)","version":1}},"seq":0,"time":"2026-11-24T09:00:00Z","type":"genesis"}"#
        )
        #expect(try reader.artifact(TrustFixture.first.envelope.envelopeDigest) == TrustFixture.first.envelope.bytes)
        let checkpoint = try Checkpoint.verified(try #require(try reader.latestCheckpoint()), by: Keys.exec.publicKey)
        #expect(checkpoint == Checkpoint(origin: "example.com/org-cloudtrail/ledger", size: 1, root: bench.genesis))
        let schema = try reader.schema()
        #expect(schema.errors.isEmpty && schema.notes.isEmpty && schema.isReadable)
        #expect(try SQLiteDoor(bench.path, .read).integer("PRAGMA application_id") == 0x4353_474E)
        #expect(try SQLiteDoor(bench.path, .read).integer("PRAGMA user_version") == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) == ["l.sqlite"])
    }

    @Test func `creating refuses an existing file, another key, an expired root and a bad origin, and leaves nothing`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("l.sqlite")
        func code(_ key: PrivateKey = Keys.exec, origin: String? = nil, now: String = "2026-11-24T09:00:00Z") throws -> String {
            try #require(throws: Refusal.self) {
                try LedgerStore.create(path, root: TrustFixture.first, key: key, origin: origin, nonce: Bench.nonce, tool: "t", now: date(now))
            }.code
        }
        #expect(try code(Keys.alice) == "ledger-key")
        #expect(try code(Keys.stranger) == "ledger-key")
        #expect(try code(now: "2027-11-01T00:00:00Z") == "trust-expired")
        #expect(try code(origin: "Example.com") == "ledger-origin")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        try folder.write("l.sqlite", [1])
        #expect(try code() == "output-exists")
        #expect(try Bench(origin: "example.com/other").open().origin == "example.com/other")
    }

    @Test func `while open it is WAL with a full sync; after closing it is one file`() throws {
        let bench = try Bench()
        let store = try bench.open()
        try store.append([Bench.refused(1)], now: Bench.start)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).sorted() == [
                "l.sqlite", "l.sqlite-shm", "l.sqlite-wal", "l.sqlite.lock",
            ])
        // What is in the -wal alone is read too.
        #expect(try LedgerReader(bench.path).count() == 2)
        try store.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).filter { $0.contains("-") } == [])
        let header = try [UInt8](Data(contentsOf: URL(fileURLWithPath: bench.path)).prefix(20))
        #expect(header[18] == 1 && header[19] == 1, "the file itself says that it is not in WAL mode")
        #expect(try LedgerReader(bench.path).count() == 2)
    }

    @Test func `durability is read back, not hoped for`() throws {
        let bench = try Bench()
        let door = try SQLiteDoor(bench.path, .write)
        try LedgerStore.makeDurable(door)
        #expect(try door.text("PRAGMA journal_mode") == "wal")
        #expect(try door.integer("PRAGMA synchronous") == 2)
        // Where the file cannot go into WAL mode, that is said.
        let other = try Bench()
        let reading = try SQLiteDoor(other.path, .write)
        try reading.execute("BEGIN")
        #expect(try reading.integer("SELECT count(*) FROM entries") == 1)
        #expect(throws: Refusal.self) { try LedgerStore.makeDurable(SQLiteDoor(other.path, .write)) }
    }

    @Test func `closing while somebody reads leaves a whole ledger`() throws {
        let bench = try Bench()
        let store = try bench.open()
        try store.append([Bench.refused(1)], now: Bench.start)
        let reader = try LedgerReader(bench.path)
        var count = 0
        try reader.forEachEntry { seq, _ throws(Refusal) in
            if seq == 0 { try store.close() }
            count += 1
        }
        #expect(count == 2)
        #expect(try LedgerReader(bench.path).count() == 2)
    }

    @Test func `entries come back as written, with one checkpoint for each transaction`() throws {
        let bench = try Bench()
        let store = try bench.open()
        try store.append([Bench.refused(1), Bench.refused(2)], now: Bench.start + 1)
        try store.append([Bench.refused(3)], now: Bench.start + 2)
        let root = store.head.root
        try store.close()
        let again = try bench.open()
        #expect(again.size == 4)
        #expect(again.head.root == root)
        #expect(again.genesis == bench.genesis)
        var sizes: [Int] = []
        try again.reader.forEachCheckpoint { size, note throws(Refusal) in
            sizes.append(size)
            _ = try Checkpoint.verified(note, by: Keys.exec.publicKey)
        }
        #expect(sizes == [1, 3, 4])
        #expect(try Entry(try #require(try again.reader.entry(2))).data == .executionRefused(code: "n2", message: ""))
    }

    @Test func `a transaction that fails leaves nothing, and the next one goes on`() throws {
        let bench = try Bench()
        let store = try bench.open()
        try SQLiteDoor(bench.path, .write).execute("CREATE TRIGGER stop BEFORE INSERT ON checkpoints BEGIN SELECT RAISE(ABORT, 'no'); END")
        #expect(bench.code { try store.append([Draft(.executionRefused(code: "x", message: ""), artifacts: [[1]])], now: Bench.start) } != nil)
        #expect(store.size == 1)
        #expect(try store.reader.count() == 1)
        #expect(try store.reader.artifact(Digest(of: [1])) == nil)
        try SQLiteDoor(bench.path, .write).execute("DROP TRIGGER stop")
        try store.append([Bench.refused(1)], now: Bench.start)
        #expect(try store.reader.count() == 2)
    }

    @Test(arguments: ["entries SET bytes = x'00'", "artifacts SET bytes = x'00'", "checkpoints SET note = x'00'"])
    func `triggers refuse UPDATE and DELETE`(change: String) throws {
        let bench = try Bench()
        let door = try SQLiteDoor(bench.path, .write)
        let table = String(change.prefix { $0 != " " })
        for statement in ["UPDATE \(change)", "DELETE FROM \(table)"] {
            let refusal = try #require(throws: Refusal.self) { try door.execute(statement) }
            #expect(refusal.message.contains("\(table) is append-only"))
        }
    }

    @Test func `a clock that went back keeps nothing from being written, and is noted beyond a minute`() throws {
        let bench = try Bench()
        let store = try bench.open()
        let later = Bench.start + 100
        try store.append([Bench.refused(1)], now: later)
        let entries = try [40, 39, 100, 200].flatMap { try store.append([Bench.refused($0)], now: Bench.start + $0) }
        #expect(entries.map(\.time) == [later, later, later, Bench.start + 200])
        #expect(entries.map(\.clockBehind) == [nil, 61, nil, nil])
        #expect(String(decoding: entries[1].bytes, as: UTF8.self).contains(#""data":{"clockBehind":61,"code":"n39","message":""}"#))
        try store.close()
        #expect(try bench.open().append([Bench.refused(9)], now: Bench.start)[0].clockBehind == 200)
    }

    @Test func `views tell people what happened`() throws {
        let bench = try Bench()
        let store = try bench.open()
        try store.append([Draft(.executionRefused(code: "vetoed", message: "no"), bundle: BundleFixture.ledgerRoot)], now: Bench.start)
        let door = try SQLiteDoor(bench.path, .read)
        // As the sqlite3 command has it: views may use JSON functions.
        try door.execute("PRAGMA trusted_schema = ON")
        #expect(
            try door.text("SELECT type || ' ' || code || ' ' || bundle FROM executions") == "execution-refused vetoed \(BundleFixture.ledgerRoot)")
        #expect(try door.integer("SELECT count(*) FROM story") == 2)
        for view in ["approvals", "requests"] { #expect(try door.integer("SELECT count(*) FROM \(view)") == 0) }
    }

    @Test func `a ledger grows past 256 and past 65536 entries, and its tiles are those of the whole`() throws {
        let bench = try Bench()
        let store = try bench.open()
        var drafts: [Draft] = []
        for number in 1...65_800 { drafts.append(Bench.refused(number)) }
        try store.append(Array(drafts[..<254]), now: Bench.start)
        #expect(try bench.tiles() == [:])
        try store.append([drafts[254]], now: Bench.start)
        #expect(try bench.tiles() == ["0/0": 8192, "1/0": 32])
        try store.append(Array(drafts[255..<600]), now: Bench.start)
        #expect(try bench.tiles() == ["0/0": 8192, "0/1": 8192, "1/0": 64])
        try store.close()
        let again = try bench.open()
        try again.append(Array(drafts[600...]), now: Bench.start)
        #expect(again.size == 65_801)
        var expected = Dictionary(uniqueKeysWithValues: (0..<257).map { ("0/\($0)", 8192) })
        expected.merge(["1/0": 8192, "1/1": 32, "2/0": 32]) { $1 }
        #expect(try bench.tiles() == expected)
        // Every stored row is the one that the entries give.
        var tiles = TileRows()
        var rows: [String: [UInt8]] = [:]
        let hasher = Hasher()
        try again.reader.forEachEntry { _, bytes throws(Refusal) in
            for row in tiles.append(MerkleHash.leaf(bytes, with: hasher), with: hasher) { rows["\(row.level)/\(row.index)"] = row.bytes }
        }
        try again.reader.forEachTile { level, index, bytes throws(Refusal) in #expect(rows["\(level)/\(index)"] == bytes) }
    }
}

extension Bench {
    /// Level, index and length of each stored tile.
    func tiles() throws -> [String: Int] {
        var result: [String: Int] = [:]
        try LedgerReader(path).forEachTile { level, index, bytes throws(Refusal) in result["\(level)/\(index)"] = bytes.count }
        return result
    }
}
