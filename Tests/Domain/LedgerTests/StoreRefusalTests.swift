// SPDX-License-Identifier: Apache-2.0
// What keeps a ledger from being opened to write: keys, trust, locks, damage.
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Ledger

@Suite struct StoreRefusalTests {
    @Test func `another key does not write, whoever holds it`() throws {
        let bench = try Bench()
        for key in [Keys.exec2, Keys.alice] {
            let refusal = try #require(throws: Refusal.self) { try bench.open(key) }
            #expect(refusal.code == "ledger-key")
            #expect(refusal.category == .notPermitted)
        }
        #expect(try bench.open().size == 1)
    }

    @Test func `a row that was planted under the name of what comes later is not taken for it`() throws {
        let bench = try Bench()
        let artifact = Array("an envelope".utf8)
        let name = Digest(of: artifact).hex
        try bench.tamper("INSERT INTO artifacts VALUES (x'\(name)', x'00')")
        let store = try bench.open()
        let draft = Draft(Bench.refused(1).data, artifacts: [artifact])
        let refusal = try #require(throws: Refusal.self) { try store.append([draft], now: Bench.start) }
        #expect(refusal.code == "artifact-differs")
        #expect(refusal.message == "the artifact \(Digest(of: artifact)) holds other bytes than its name says")
        #expect(store.size == 1)
        #expect(try store.reader.count() == 1)
        #expect(bench.code { _ = try store.reader.artifact(Digest(of: artifact)) } == "artifact-differs")
        try store.close()
        // The same bytes once more are no such thing.
        try bench.tamper("UPDATE artifacts SET bytes = x'\(Hex.encode(artifact))' WHERE sha256 = x'\(name)'")
        let again = try bench.open()
        try again.append([draft], now: Bench.start)
        #expect(again.size == 2)
    }

    @Test func `the key that was replaced writes and signs nothing after the root that replaced it`() throws {
        let bench = try Bench()
        let forged = try Self.replaceKey(of: bench)
        try bench.tamper("DELETE FROM checkpoints WHERE size < 3", "UPDATE checkpoints SET note = x'\(Hex.encode(forged))'")
        #expect(bench.code { _ = try bench.open(Keys.exec2) } == "checkpoint-signature")
    }

    /// Gives the ledger to another key, which then writes an entry.
    /// - Returns: the checkpoint over that entry, of size 3, as the key that was replaced would sign it.
    private static func replaceKey(of bench: Bench) throws -> [UInt8] {
        let store = try bench.open()
        let second = try TrustFixture.next(
            TrustFixture.first,
            [
                ("/roles/ledger", TrustFixture.role(1, Keys.exec2)), ("/keys/\(Keys.exec2.id.text)", TrustFixture.key(Keys.exec2, "x").1),
                ("/keys/\(Keys.exec.id.text)", nil),
            ])
        try store.appendTrust(second, now: Bench.start)
        try store.close()
        // The checkpoint right after that root is the old key's.
        let successor = try bench.open(Keys.exec2)
        try successor.append([Bench.refused(1)], now: Bench.start)
        let forged = try successor.head.signed(by: Keys.exec).bytes
        try successor.close()
        return forged
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["-wal", "-shm", "-journal"])
    func `a pipe or a link beside the ledger is refused, and not waited for`(end: String) throws {
        let bench = try Bench()
        let beside = bench.path + end
        #expect(mkfifo(beside, 0o600) == 0)
        #expect(bench.code { _ = try bench.open() } == "ledger-beside")
        #expect(bench.code { _ = try LedgerReader(bench.path) } == "ledger-beside")
        #expect(unlink(beside) == 0)
        #expect(symlink("/dev/zero", beside) == 0)
        #expect(bench.code { _ = try LedgerReader(bench.path) } == "ledger-beside")
        #expect(unlink(beside) == 0)
        #expect(try bench.open().size == 1)
    }

    @Test func `a journal that names a file for SQLite to delete is refused, and the file stays`() throws {
        let bench = try Bench()
        let victim = bench.path + ".victim"
        #expect(FileManager.default.createFile(atPath: victim, contents: Data("a key".utf8)))
        let magic: [UInt8] = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]
        func words(_ numbers: Int...) -> [UInt8] { numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } } }
        let pages = try #require(try FileManager.default.attributesOfItem(atPath: bench.path)[.size] as? Int) / 4096
        let name = Array(victim.utf8)
        var journal = magic + words(0, 0x1234, pages, 512, 4096)
        journal += [UInt8](repeating: 0, count: 512 - journal.count)
        journal += words(0x4000_0000 / 4096 + 1) + name + words(name.count, name.reduce(0) { $0 + Int($1) }) + magic
        #expect(FileManager.default.createFile(atPath: bench.path + "-journal", contents: Data(journal)))
        let refusal = try #require(throws: Refusal.self) { try bench.open() }
        #expect(refusal.code == "ledger-beside")
        #expect(refusal.message == "this journal names another file, which SQLite would delete: it is none of this ledger's")
        #expect(FileManager.default.fileExists(atPath: victim))
    }

    @Test func `a value longer than any of the format is not read into memory`() throws {
        let bench = try Bench()
        let door = try SQLiteDoor(bench.path, .write)
        let artifact = [UInt8](repeating: 0, count: SQLiteDoor.longestValue - 1024)
        try door.prepare("INSERT INTO artifacts VALUES (?1, ?2)").run(.blob(Digest(of: artifact).bytes), .blob(artifact))
        #expect(bench.code { try door.prepare("INSERT INTO artifacts VALUES (?1, ?2)").run(.blob([1]), .blob(artifact + artifact)) } == "ledger-io")
        try door.close()
        #expect(try LedgerReader(bench.path).artifact(Digest(of: artifact)) == artifact)
        let script = "UPDATE artifacts SET bytes = zeroblob(20000000) WHERE length(bytes) > 1000000"
        let ended = try Program(["sqlite3", bench.path, "DROP TRIGGER artifacts_no_update; " + script], in: "/").run()
        #expect(ended.exit == 0)
        #expect(bench.code { _ = try LedgerReader(bench.path).artifact(Digest(of: artifact)) } == "ledger-damaged")
    }

    @Test func `a newer trust root becomes a link of the ledger's own chain`() throws {
        let bench = try Bench()
        let store = try bench.open()
        let second = try TrustFixture.next(TrustFixture.first, [("/keys/\(Keys.exec.id.text)/owner", "platform")])
        try store.appendTrust(second, now: Bench.start)
        #expect(store.history.chain.newest.root.version == 2)
        // The entry that brings it is still written by the owner of before.
        #expect(try Entry(try #require(try store.reader.entry(1))).actor.owner == "release-engineering")
        try store.append([Bench.refused(1)], now: Bench.start)
        #expect(try Entry(try #require(try store.reader.entry(2))).actor.owner == "platform")
        #expect(bench.code { try store.appendTrust(second, now: Bench.start) } == "trust-link")
        try store.close()
        let again = try bench.open()
        #expect(again.history.chain.links.map(\.root.version) == [1, 2])
        let third = try TrustFixture.next(
            again.history.chain.newest,
            [
                ("/roles/ledger", TrustFixture.role(1, Keys.exec2)), ("/keys/\(Keys.exec2.id.text)", TrustFixture.key(Keys.exec2, "x").1),
                ("/keys/\(Keys.exec.id.text)", nil),
            ])
        // The root that gives the ledger to another key is the last thing that the old one writes.
        try again.appendTrust(third, now: Bench.start)
        #expect(again.size == 4)
        let refusal = try #require(throws: Refusal.self) { try again.append([Bench.refused(2)], now: Bench.start) }
        #expect(refusal.code == "ledger-key-retired")
        #expect(
            refusal.message
                == "version 3 of the trust root gave this ledger to the key \(Keys.exec2.id); \(Keys.exec.id) writes no more")
        try again.close()
        #expect(bench.code { _ = try bench.open() } == "ledger-key-retired")
        let successor = try bench.open(Keys.exec2)
        try successor.append([Bench.refused(3)], now: Bench.start)
        #expect(try Entry(try #require(try successor.reader.entry(4))).actor == Actor(keyID: Keys.exec2.id, owner: "x", tool: "test/1"))
        try successor.close()
        // Now the last checkpoint is the new key's, and no longer may be the old one's.
        #expect(try bench.open(Keys.exec2).size == 5)
        #expect(try LedgerReader(bench.path).history().chain.keysEver(.ledger) == [Keys.exec.publicKey, Keys.exec2.publicKey])
    }

    @Test func `a retired key's checkpoint is no checkpoint`() throws {
        let bench = try Bench()
        let forged = try Self.replaceKey(of: bench)
        try bench.tamper("UPDATE checkpoints SET note = x'\(Hex.encode(forged))' WHERE size = 3")
        #expect(bench.code { _ = try bench.open(Keys.exec2) } == "checkpoint-signature")
    }

    @Test func `two writers: the second is told who holds it`() throws {
        let bench = try Bench()
        let store = try bench.open()
        let refusal = try #require(throws: Refusal.self) { try LedgerLock(beside: bench.path, holder: "b", since: Bench.start, patience: 0.2) }
        #expect(refusal.code == "ledger-held")
        #expect(refusal.category == .tryAgain)
        #expect(refusal.message == "another process holds this ledger: process \(getpid()) (test/1) since 2026-11-24T09:00:00Z")
        try store.close()
    }

    /// Each name would have a lock and a log of its own.
    @Test func `a ledger is written to under one name`() throws {
        let bench = try Bench()
        let folder = try TemporaryFolder()
        let (link, second) = (folder.file("link.sqlite"), bench.path + ".second")
        func code(_ path: String) throws -> String {
            try #require(throws: Refusal.self) { try LedgerStore(path, key: Keys.exec, tool: "test/2", now: Bench.start) }.code
        }
        #expect(symlink(bench.path, link) == 0)
        #expect(try code(link) == "ledger-cannot-open")
        #expect(Glibc.link(bench.path, second) == 0)
        #expect(try code(bench.path) == "ledger-linked")
        #expect(try code(second) == "ledger-linked")
        #expect(unlink(second) == 0)
        try bench.open().close()
    }

    @Test func `the lock goes with its holder`() throws {
        let folder = try TemporaryFolder()
        do { _ = try LedgerLock(beside: folder.file("l"), holder: "a", since: Bench.start) }
        _ = try LedgerLock(beside: folder.file("l"), holder: "b", since: Bench.start, patience: 0)
    }

    @Test func `network file systems are refused, local ones are not`() throws {
        for remote: UInt32 in [0x6969, 0xFF53_4D42, 0xFE53_4D42, 0x517B, 0x5346_414F, 0x00C3_6400, 0x0102_1997, 0x0BD0_0BD0] {
            #expect(LedgerFile.isRemote(remote))
        }
        // ext4, xfs, btrfs, tmpfs, overlayfs, zfs.
        for local: UInt32 in [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630, 0x2FC1_2FC1] { #expect(!LedgerFile.isRemote(local)) }
    }

    @Test func `what is no ledger is said to be none`() throws {
        let folder = try TemporaryFolder()
        func codes(_ path: String) -> [String?] {
            [{ _ = try LedgerReader(path) }, { _ = try LedgerStore(path, key: Keys.exec, tool: "t", now: Bench.start) }].map {
                (body: () throws -> Void) in
                do { try body() } catch let refusal { return (refusal as? Refusal)?.code }
                return nil
            }
        }
        #expect(codes(folder.file("none")) == ["ledger-missing", "ledger-missing"])
        #expect(codes(folder.path) == ["ledger-not-a-file", "ledger-not-a-file"])
        #expect(try codes(folder.write("small", [1, 2])) == ["ledger-not-ours", "ledger-not-ours"])
        #expect(try codes(folder.write("noise", [UInt8](repeating: 0x41, count: 8192))) == ["ledger-not-ours", "ledger-not-ours"])
        let door = try SQLiteDoor(folder.file("other"), .create)
        try door.execute("CREATE TABLE t (x)")
        try door.close()
        #expect(codes(folder.file("other")) == ["ledger-not-ours", "ledger-not-ours"])
    }

    @Test(
        arguments: [
            ("PRAGMA user_version = 2", "ledger-version"), ("PRAGMA user_version = 0", "ledger-version"),
            ("PRAGMA application_id = 1", "ledger-not-ours"),
            ("CREATE TABLE more (x)", "ledger-schema"), ("DROP TABLE cosignatures", "ledger-schema"),
            ("ALTER TABLE entries ADD COLUMN more TEXT", "ledger-schema"),
            ("CREATE VIEW more AS SELECT 1", "ledger-schema"),
            ("CREATE TRIGGER more AFTER INSERT ON entries BEGIN DELETE FROM tiles; END", "ledger-schema"),
            ("CREATE INDEX more ON entries (bytes)", "ledger-schema"), ("DELETE FROM checkpoints", "ledger-damaged"),
            ("DELETE FROM entries", "ledger-damaged"),
            ("UPDATE entries SET bytes = CAST(bytes || x'20' AS BLOB) WHERE seq = 1", "ledger-damaged"),
            ("DELETE FROM entries WHERE seq = 1", "ledger-damaged"),
            ("DELETE FROM entries WHERE seq = 2", "ledger-damaged"),
            ("INSERT INTO entries SELECT -1, bytes FROM entries WHERE seq = 1", "ledger-damaged"),
            ("INSERT INTO entries SELECT 9223372036854775807, bytes FROM entries WHERE seq = 1", "ledger-damaged"),
            ("DELETE FROM artifacts", "ledger-artifact"),
            ("UPDATE artifacts SET bytes = x'00'", "artifact-differs"),
            ("UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 2) WHERE size = 3", "ledger-damaged"),
            ("UPDATE checkpoints SET note = x'00' WHERE size = 3", "note-malformed"),
        ] as [(String, String?)]) func `a ledger that was changed is not written to`(statement: String, code: String?) throws
    {
        let bench = try Bench()
        let store = try bench.open()
        try store.append([Bench.refused(1)], now: Bench.start)
        try store.append([Bench.refused(2)], now: Bench.start)
        try store.close()
        try bench.tamper(statement)
        #expect(bench.code { _ = try bench.open() } == code)
    }

    @Test func `a checkpoint by another key, or of another ledger, is not believed`() throws {
        for (origin, key) in [("example.com/org-cloudtrail/ledger", Keys.exec2), ("example.com/other", Keys.exec)] {
            let bench = try Bench()
            let note = try Checkpoint(origin: origin, size: 1, root: bench.genesis).signed(by: key).bytes
            try bench.tamper("UPDATE checkpoints SET note = x'\(Hex.encode(note))'")
            #expect(bench.code { _ = try bench.open() } == (key === Keys.exec ? "ledger-damaged" : "checkpoint-signature"))
        }
    }

    @Test func `damage anywhere in the file is an error or changes nothing that is read, never a crash`() throws {
        let bench = try Bench()
        let store = try bench.open()
        for number in 0..<3 { try store.append([Bench.refused(number)], now: Bench.start) }
        try store.close()
        let good = try [UInt8](Data(contentsOf: URL(fileURLWithPath: bench.path)))
        func contents() throws -> [[UInt8]] {
            let reader = try LedgerReader(bench.path)
            var rows: [[UInt8]] = [Array("\(try reader.schema())".utf8)]
            try reader.forEachEntry { seq, bytes throws(Refusal) in rows.append(Array("\(seq):".utf8) + bytes) }
            try reader.forEachArtifact { name, bytes throws(Refusal) in rows.append(name + bytes) }
            try reader.forEachCheckpoint { size, note throws(Refusal) in rows.append(Array("\(size):".utf8) + note) }
            guard try reader.pageTroubles().isEmpty else { throw Refusal("ledger-damaged", .badData, "") }
            return rows
        }
        let right = try contents()
        var refused = 0
        for offset in stride(from: 0, to: good.count, by: 67) {
            var bad = good
            bad[offset] ^= 0x15
            try Data(bad).write(to: URL(fileURLWithPath: bench.path))
            do {
                let rows = try contents()
                if rows != right { refused += 1 }
            } catch {
                refused += 1
                #expect((error as? Refusal)?.category == .badData, "\(offset): \(error)")
            }
        }
        #expect(refused > 20)
        for length in [512, 1000, 4096, good.count / 2, good.count - 1] {
            try Data(good.prefix(length)).write(to: URL(fileURLWithPath: bench.path))
            if let rows = try? contents() { #expect(rows == right && length == good.count - 1) }
        }
    }

    @Test func `names with signs that mean something in a URI are names`() throws {
        let folder = try TemporaryFolder()
        for name in ["a b?mode=memory.sqlite", "é#100%.sqlite", "//l.sqlite"] {
            let path = name.hasPrefix("/") ? "/" + folder.file(name.replacing("/", with: "")) : folder.file(name)
            let genesis = try LedgerStore.create(path, root: TrustFixture.first, key: Keys.exec, nonce: Bench.nonce, tool: "t", now: Bench.start)
            let first = try #require(try LedgerReader(path).entry(0))
            #expect(MerkleHash.leaf(first) == genesis)
        }
    }

    @Test func `a journal beside the file is never ignored`() throws {
        let bench = try Bench()
        try bench.folder.write("l.sqlite-wal", [])
        #expect(try LedgerReader(bench.path).count() == 1)
        try FileManager.default.removeItem(atPath: bench.folder.file("l.sqlite-wal"))
        // A transaction that was cut off: some of its pages stand in the file, and the journal that takes them back beside it.
        let door = try SQLiteDoor(bench.path, .write)
        try door.execute("PRAGMA cache_size = 1")
        try door.execute("BEGIN IMMEDIATE")
        for trigger in Schema.triggers { try door.execute("DROP TRIGGER \(trigger.name)") }
        try door.execute("UPDATE entries SET bytes = zeroblob(100000)")
        for name in ["l.sqlite", "l.sqlite-journal"] {
            try FileManager.default.copyItem(atPath: bench.folder.file(name), toPath: bench.folder.file(name.replacing("l.", with: "cut.")))
        }
        let refusal = try #require(throws: Refusal.self) { try LedgerReader(bench.folder.file("cut.sqlite")) }
        #expect(["ledger-read-only", "ledger-cannot-open"].contains(refusal.code))
    }
}
