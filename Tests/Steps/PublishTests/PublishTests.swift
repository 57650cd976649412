// SPDX-License-Identifier: Apache-2.0
import Cryptography
import DomainFixtures
import Files
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Ledger
@testable import Publish

@Suite struct PublishTests {
    /// Every file of a folder, by its relative name.
    static func files(_ folder: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        let walk = try #require(FileManager.default.enumerator(atPath: folder))
        for case let name as String in walk where !name.hasPrefix(".") {
            var isFolder: ObjCBool = false
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
            files[name] = Array(try #require(FileManager.default.contents(atPath: path)))
        }
        return files
    }

    static func publish(_ shelf: Shelf, to name: String = "out") throws -> PublishStep.Done {
        try PublishStep.run(shelf.path, to: shelf.folder.file(name))
    }

    @Test func `the files are those that the specification names, and hold what it says`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 5)
        let done = try Self.publish(shelf)
        #expect(done.size == 5 && done.before == nil)
        let files = try Self.files(shelf.folder.file("out"))
        var names: Set<String> = ["checkpoint", "cosigned"]
        for width in 1...5 { names.formUnion(["tile/0/000.p/\(width)", "tile/entries/000.p/\(width)", "checkpoints/000.p/\(width)"]) }
        let reader = try LedgerReader(shelf.path)
        var bundle: [UInt8] = []
        var leaves: [UInt8] = []
        try reader.forEachEntry { _, bytes throws(Refusal) in
            bundle += [UInt8(bytes.count / 256), UInt8(bytes.count % 256)] + bytes
            leaves += MerkleHash.leaf(bytes).bytes
        }
        try reader.forEachArtifact { name, _ in names.insert("artifact/\(Hex.encode(name))") }
        #expect(Set(files.keys) == names)
        #expect(files["tile/entries/000.p/5"] == bundle)
        #expect(files["tile/0/000.p/5"] == leaves)
        #expect(files["tile/0/000.p/2"] == Array(leaves.prefix(64)))
        #expect(try files["checkpoint"] == reader.latestCheckpoint())
        #expect(EntryBundle.entries(bundle)?.count == 5)
        #expect(done.files == names.count)
        let again = try Self.publish(shelf)
        #expect(again.files == 0 && again.before == 5)
    }

    /// C2SP tlog-tiles: a tree of 70,000 has 273 full tiles, a partial of 112; one full at level 1, a partial of 17; a partial of 1.
    @Test func `tiles of the specification's examples`() throws {
        var columns = TileColumns()
        let hasher = Hasher()
        var full: [String] = []
        for number in 0..<70_000 {
            full += columns.append(MerkleHash.leaf(Array("\(number)".utf8), with: hasher), with: hasher).map { "\($0.level)/\($0.index)" }
        }
        #expect(full.filter { $0.hasPrefix("0/") }.count == 273 && full.filter { $0.hasPrefix("1/") } == ["1/0"] && full.count == 274)
        #expect(columns.partial.map { [$0.level, $0.index, $0.width] } == [[0, 273, 112], [1, 1, 17], [2, 0, 1]])
        #expect(TileName.tile(level: 0, index: 1_234_067, width: 256).text == "tile/0/x001/x234/067")
        #expect(TileName.entries(index: 5, width: 7).text == "tile/entries/005.p/7")
        for text in ["tile/0/x001/x234/067", "tile/63/000.p/255", "tile/entries/x001/000", "checkpoints/000.p/1", "cosignatures/x001/000"] {
            #expect(TileName(text)?.text == text)
        }
        for text in [
            "tile/0/67", "tile/64/000", "tile/00/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/x000/001", "tile/0/+01",
            "tile/0/001/002", "tile", "tile/0", "tile/0/", "checkpoint", "tile/0/000/", "tile/0/x001/x02",
        ] { #expect(TileName(text) == nil, "\(text)") }
    }

    /// What has a name there is never written over: so what is wrong must not get one.
    @Test(arguments: [
        (
            "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'n3', 'n4') AS BLOB) WHERE seq = 3",
            "the checkpoint of size 4 signs another state than the entries have"
        ),
        (
            breakingSignature(at: 4),
            "the checkpoint of size 4 does not hold: "
        ), ("DELETE FROM entries WHERE seq = 2", "entry 2 is missing"),
        (
            "INSERT INTO cosignatures VALUES (4, 'w1.example.com', CAST('— w1.example.com AAAA' || char(10) AS BLOB))",
            "a cosignature of size 4 does not hold: "
        ),
        ("DELETE FROM artifacts", "entry 0 does not hold: "),
    ])
    func `a ledger that is damaged gets no file published, and spoils no place`(statement: String, message: String) throws {
        let shelf = try Shelf()
        try shelf.grow(to: 5)
        let bad = try Self.copy(of: shelf, with: statement)
        let refusal = try #require(throws: Refusal.self) { try PublishStep.run(bad, to: shelf.folder.file("out")) }
        #expect(refusal.code == "ledger-damaged")
        #expect(refusal.message.hasPrefix(message), "\(refusal.message)")
        #expect(try Self.files(shelf.folder.file("out")).isEmpty)
        #expect(try Self.publish(shelf).before == nil)
    }

    static func breakingSignature(at size: Int) -> String {
        "UPDATE checkpoints SET note = CAST(substr(CAST(note AS TEXT), 1, length(CAST(note AS TEXT)) - 8) || 'AAAA' || substr(CAST(note AS TEXT), -4) AS BLOB) WHERE size = \(size)"
    }

    /// A copy of the ledger that somebody wrote into past its triggers.
    private static func copy(of shelf: Shelf, with statement: String) throws -> String {
        let bad = shelf.folder.file("bad.sqlite")
        try FileManager.default.copyItem(atPath: shelf.path, toPath: bad)
        let door = try SQLiteDoor(bad, .write)
        for trigger in Schema.triggers { try door.execute("DROP TRIGGER \(trigger.name)") }
        try door.execute(statement)
        for trigger in Schema.triggers { try door.execute(trigger.sql) }
        try door.close()
        return bad
    }

    /// Publishes a ledger, which grows; what publishing a changed copy of it is refused with. Nothing was written then, and the ledger itself goes on.
    private static func refusal(published: Int, then: Int, _ change: String) throws -> (refusal: Refusal, out: String) {
        let shelf = try Shelf()
        try shelf.grow(to: published)
        let out = shelf.folder.file("out")
        _ = try publish(shelf)
        let before = try files(out)
        if then > published { try shelf.grow(to: then) }
        let bad = try copy(of: shelf, with: change)
        let refusal = try #require(throws: Refusal.self) { try PublishStep.run(bad, to: out) }
        #expect(try files(out) == before)
        #expect(try publish(shelf).before == published)
        return (refusal, out)
    }

    /// A bundle of checkpoints is written anew with each run until it is full, and then for ever.
    @Test(arguments: [
        (published: 5, at: 4, then: 7), (published: 5, at: 5, then: 5), (published: 5, at: 5, then: 300), (published: 250, at: 100, then: 300),
    ])
    func `a checkpoint that was published before is not published again with a signature that does not hold`(published: Int, at: Int, then: Int)
        throws
    {
        let (refusal, _) = try Self.refusal(published: published, then: then, Self.breakingSignature(at: at))
        #expect(refusal.code == "ledger-damaged")
        #expect(refusal.message.hasPrefix("the checkpoint of size \(at) does not hold: "), "\(refusal.message)")
    }

    @Test(arguments: [(published: 5, gone: 4, then: 7), (published: 5, gone: 4, then: 5), (published: 250, gone: 3, then: 300)])
    func `checkpoints that were published are still in the ledger, or nothing is written`(published: Int, gone: Int, then: Int) throws {
        let (refusal, out) = try Self.refusal(published: published, then: then, "DELETE FROM checkpoints WHERE size = \(gone)")
        #expect(refusal.code == "published-differs" && refusal.category == .cannotCreate)
        #expect(refusal.message == "this ledger no longer holds the checkpoints that were published here")
        #expect(refusal.place.file == "\(out)/checkpoints/000.p/\(published)")
    }

    @Test func `a cosignature of a size whose checkpoint is gone is not published`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 5)
        try shelf.cosign(4, "w1")
        let bad = try Self.copy(of: shelf, with: "DELETE FROM checkpoints WHERE size = 4")
        let refusal = try #require(throws: Refusal.self) { try PublishStep.run(bad, to: shelf.folder.file("out")) }
        #expect(refusal.code == "ledger-damaged" && refusal.message == "a cosignature of size 4 stands where no checkpoint is")
    }

    @Test func `a checkpoint in the target that the ledger's key did not sign is not believed`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 5)
        let out = shelf.folder.file("out")
        _ = try Self.publish(shelf)
        let signed = try LedgerReader(shelf.path).checkpoint(5)
        let note = try SignedNote(try #require(signed))
        let text = try Checkpoint(text: note.text)
        // Of this state, of one that never was, and of one that is not yet: none is signed by the ledger.
        for (size, root) in [(5, text.root), (5, Digest(of: [1])), (900, Digest(of: [2]))] {
            let forged = try Checkpoint(origin: text.origin, size: size, root: root).signed(by: Keys.stranger).bytes
            try Data(forged).write(to: URL(fileURLWithPath: out + "/checkpoint"))
            let before = try Self.files(out)
            let refusal = try #require(throws: Refusal.self) { try PublishStep.run(shelf.path, to: out) }
            #expect(refusal.code == "published-unsigned" && refusal.category == .notPermitted && refusal.place.file == "\(out)/checkpoint")
            #expect(refusal.message == "the checkpoint that stands here is signed by no key that this ledger ever had")
            #expect(try Self.files(out) == before)
        }
    }

    @Test func `what is published step by step is what is published at once, but for parts of last tiles`() throws {
        let shelf = try Shelf()
        for size in [1, 7, 255, 256, 257, 512, 600] {
            try shelf.grow(to: size, by: 3)
            #expect(try Self.publish(shelf).size == size)
        }
        _ = try Self.publish(shelf, to: "once")
        let (steps, once) = try (Self.files(shelf.folder.file("out")), Self.files(shelf.folder.file("once")))
        #expect(steps == once)
        #expect(steps.keys.filter { $0.hasPrefix("tile/0/") && !$0.contains(".p") }.sorted() == ["tile/0/000", "tile/0/001"])
        #expect(steps["tile/1/000.p/2"]?.count == 64 && steps["tile/0/000.p/7"] == nil && steps["tile/0/002.p/88"] != nil)
    }

    @Test func `a ledger that is another, older or rewritten is not published over what stands there`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 3)
        try FileManager.default.copyItem(atPath: shelf.path, toPath: shelf.folder.file("old.sqlite"))
        try shelf.grow(to: 6)
        _ = try Self.publish(shelf)
        let before = try Self.files(shelf.folder.file("out"))
        let old = try Shelf()
        unlink(old.path)
        try FileManager.default.copyItem(atPath: shelf.folder.file("old.sqlite"), toPath: old.path)
        let out = shelf.folder.file("out")
        let ahead = try #require(throws: Refusal.self) { try PublishStep.run(old.path, to: out) }
        #expect(ahead.code == "published-ahead" && ahead.category == .answerIsNo)
        #expect(
            ahead.message
                == "6 entries are published here; this ledger has 3 and the same first entry: it is an older copy, or went another way since")
        // Another ledger of the same name, and one of which nothing can be said.
        let other = shelf.folder.file("other.sqlite")
        _ = try LedgerStore.create(
            other, root: Shelf.root, key: Keys.exec, nonce: [UInt8](repeating: 8, count: 32), tool: "test/1", now: Shelf.start)
        let foreign = try #require(throws: Refusal.self) { try PublishStep.run(other, to: out) }
        #expect(foreign.code == "published-other" && foreign.category == .cannotCreate)
        #expect(
            foreign.message
                == "6 entries are published here; this ledger has 1 and another first entry: it is another ledger of the same name")
        #expect(try Self.files(out) == before)
        let tile = out + "/tile/0/000.p/6"
        try FileManager.default.moveItem(atPath: tile, toPath: shelf.folder.file("tile"))
        for ledger in [old.path, other] {
            let unknown = try #require(throws: Refusal.self) { try PublishStep.run(ledger, to: out) }
            #expect(unknown.code == "published-ahead")
            #expect(unknown.message.hasSuffix(": it may be an older copy, or another ledger"))
        }
        try FileManager.default.moveItem(atPath: shelf.folder.file("tile"), toPath: tile)
        // Its owner writes another history from there on.
        let store = try old.open()
        for number in 0..<4 { try store.append([Shelf.refused(900 + number)], now: Shelf.start) }
        try store.close()
        #expect(code { _ = try PublishStep.run(old.path, to: shelf.folder.file("out")) } == "published-fork")
        #expect(try Self.files(shelf.folder.file("out")) == before)
        // One file with other bytes is never written over.
        try Data("x".utf8).write(to: URL(fileURLWithPath: shelf.folder.file("out/tile/0/000.p/7")))
        try shelf.grow(to: 7)
        #expect(code { _ = try Self.publish(shelf) } == "published-differs")
        #expect(try Self.files(shelf.folder.file("out"))["checkpoint"] == before["checkpoint"])
        unlink(shelf.folder.file("out/tile/0/000.p/7"))
        // What stands under the published checkpoint is looked at where all is compared.
        try Data("x".utf8).write(to: URL(fileURLWithPath: shelf.folder.file("out/tile/0/000.p/4")))
        func compared() throws { _ = try PublishStep.run(shelf.path, to: shelf.folder.file("out"), comparesAll: true) }
        #expect(code { try compared() } == "published-differs")
        #expect(try Self.publish(shelf).size == 7)
        #expect(code { try compared() } == "published-differs")
    }

    @Test func `cosignatures join the checkpoint and none is lost; an entry too long for a bundle is refused`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 2)
        let line = try shelf.cosign(2, "w1")
        _ = try Self.publish(shelf)
        let first = try Self.files(shelf.folder.file("out"))
        #expect(first["checkpoint"]?.suffix(line.count) == line[...])
        #expect(first["cosignatures/002"] == line)
        try shelf.cosign(2, "w2")
        try shelf.cosign(1, "w2")
        // Two files of cosignatures, the list of sizes, the checkpoint.
        #expect(try Self.publish(shelf).files == 4)
        let origin = try String(decoding: LedgerReader(shelf.path).latestCheckpoint() ?? [], as: UTF8.self).prefix { $0 != "\n" }
        #expect(try Self.files(shelf.folder.file("out"))["cosigned"] == Array("\(origin)\n1\n2\n".utf8))
        try shelf.tamper("DELETE FROM cosignatures WHERE name = 'w1'")
        #expect(code { _ = try Self.publish(shelf) } == "published-differs")
        var bundle: [UInt8] = []
        try EntryBundle.append([UInt8](repeating: 7, count: 65_535), to: &bundle, "entry 1")
        #expect(bundle.count == 65_537 && EntryBundle.entries(bundle)?.first?.count == 65_535)
        #expect(code { try EntryBundle.append([UInt8](repeating: 7, count: 65_536), to: &bundle, "entry 2") } == "entry-too-large")
        #expect(EntryBundle.entries(Array(bundle.dropLast())) == nil && EntryBundle.entries([1]) == nil && EntryBundle.entries([])?.isEmpty == true)
    }

    /// A store that keeps what it is asked.
    final class Told: PublicationStore {
        let folder: PublishingFolder
        var reads: [String] = []
        var puts: [String] = []
        var path: String { folder.path }

        init(_ path: String) throws { folder = try PublishingFolder(path) }

        func read(_ name: String) throws(Refusal) -> [UInt8]? {
            reads.append(name)
            return try folder.read(name)
        }
        func put(_ name: String, _ bytes: [UInt8]) throws(Refusal) -> Bool {
            puts.append(name)
            return try folder.put(name, bytes)
        }
        func replace(_ name: String, _ bytes: [UInt8]) throws(Refusal) { try folder.replace(name, bytes) }
        func forget(_ names: [String]) throws(Refusal) { try folder.forget(names) }
        func sync() throws(Refusal) { try folder.sync() }
    }

    @Test func `only what is new is given to the store, and all of it where all is compared`() throws {
        let shelf = try Shelf()
        try shelf.grow(to: 700, by: 25)
        let path = shelf.folder.file("out")
        /// One run, and what it asked of the store, which is let go of after it.
        func run(comparesAll: Bool = false) throws -> (done: PublishStep.Done, reads: [String], puts: [String]) {
            let store = try Told(path)
            let done = try PublishStep.run(shelf.path, to: store, comparesAll: comparesAll)
            return (done, store.reads, store.puts)
        }
        _ = try run()
        // The log goes on by one entry with an artifact of its own.
        let artifact = Array("an envelope".utf8)
        let store = try shelf.open()
        let received = EntryData.bundleReceived(id: "0192f7a0-5c3e-7abc-8def-0123456789ab", envelope: Digest(of: artifact))
        try store.append([Draft(received, bundle: Digest(of: artifact), artifacts: [artifact])], now: Shelf.start)
        try store.close()
        let next = try run()
        #expect(next.done.before == 700 && next.done.size == 701)
        let new = ["artifact/\(Digest(of: artifact).hex)", "tile/entries/002.p/189", "checkpoints/002.p/189", "tile/0/002.p/189"]
        #expect(next.puts.sorted() == new.sorted())
        #expect(Set(next.reads) == ["checkpoint", "cosigned", "checkpoints/002.p/188"])
        let all = try run(comparesAll: true)
        #expect(all.done.files == 0)
        #expect(Set(all.puts).isSuperset(of: new + ["tile/entries/000", "tile/entries/001", "checkpoints/001", "tile/0/001"]))
        // A run that was stopped before the checkpoint is gone on with: what it wrote is compared.
        try Data(try #require(try LedgerReader(shelf.path).checkpoint(700))).write(to: URL(fileURLWithPath: path + "/checkpoint"))
        let resumed = try run()
        #expect(resumed.done.files == 1)
        #expect(resumed.puts.sorted() == new.sorted())
    }
}
