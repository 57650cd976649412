// SPDX-License-Identifier: Apache-2.0
// How many pages of the file an append, a proof and a consistency proof touch: they grow with the tree's height, not with the ledger.
import Cryptography
import DomainFixtures
import StrictFormats
import Testing

@testable import Ledger

@Suite struct PageReadTests {
    private static let sizes = [1_000, 70_000]

    /// A ledger of that many entries, written as it would be, but for what they say and for its pace.
    private static func bench(_ size: Int) throws -> Bench {
        let bench = try Bench()
        let filler = [UInt8](repeating: UInt8(ascii: "x"), count: 500)
        let door = try SQLiteDoor(bench.path, .write)
        let hasher = Hasher()
        var tiles = TileRows()
        let genesis = try #require(try LedgerReader(bench.path).entry(0))
        _ = tiles.append(MerkleHash.leaf(genesis, with: hasher), with: hasher)
        try door.transaction { () throws(Refusal) in
            let entry = try door.prepare("INSERT INTO entries (seq, bytes) VALUES (?1, ?2)")
            let tile = try door.prepare("INSERT OR REPLACE INTO tiles (level, idx, bytes) VALUES (?1, ?2, ?3)")
            for seq in 1..<size {
                let bytes = Array("\(seq)".utf8) + filler
                try entry.run(.integer(seq), .blob(bytes))
                for row in tiles.append(MerkleHash.leaf(bytes, with: hasher), with: hasher) {
                    try tile.run(.integer(row.level), .integer(row.index), .blob(row.bytes))
                }
            }
            let note = try Checkpoint(origin: "example.com/org-cloudtrail/ledger", size: size, root: tiles.root(with: hasher)).signed(by: Keys.exec)
            try door.prepare("INSERT INTO checkpoints (size, note) VALUES (?1, ?2)").run(.integer(size), .blob(note.bytes))
        }
        try door.close()
        return bench
    }

    /// The most pages that one of some questions reads, each asked of a ledger that was just opened.
    private static func most<Question>(_ bench: Bench, _ questions: [Question], _ ask: (LedgerReader, Question) throws -> Void) throws -> Int {
        var most = 0
        for question in questions {
            let reader = try LedgerReader(bench.path)
            try ask(reader, question)
            most = max(most, reader.door.pagesRead)
        }
        return most
    }

    @Test func `a proof reads pages in proportion to the tree's height`() throws {
        var proofs: [Int] = []
        var consistencies: [Int] = []
        var counts: [Int] = []
        for size in Self.sizes {
            let bench = try Self.bench(size)
            let entries = [0, 1, 255, 256, size / 3, size / 2, size - 257, size - 2, size - 1]
            proofs.append(
                try Self.most(bench, entries) { reader, entry in
                    let proven = try reader.proof(of: entry)
                    #expect(proven.checkpoint.size == size && proven.proof.index == entry)
                    let log = NoteVerifier(name: proven.checkpoint.origin, key: Keys.exec.publicKey)
                    let checked = try proven.proof.check(leaf: proven.leaf, by: log)
                    #expect(checked.size == size)
                })
            consistencies.append(
                try Self.most(bench, [1, 2, 255, 257, size / 3, size - 300, size - 1]) { reader, old in
                    let proof = try reader.consistency(from: old, to: size)
                    let (before, after) = (try reader.root(of: old), try reader.root(of: size))
                    #expect(MerkleProof.isConsistent(from: old, root: before, to: size, root: after, proof: proof))
                })
            counts.append(
                try Self.most(bench, [size]) { reader, size in
                    let count = try reader.count()
                    #expect(count == size)
                })
        }
        // The last, partial tile's entries (at most 255, 7 or 8 a page) and, for each of the tiles on the way (one a level), its
        // own pages and those above it: 70 times the entries are one level more.
        #expect(proofs[0] <= 60 && proofs[1] <= proofs[0] + 25, "\(proofs)")
        #expect(consistencies[0] <= 110 && consistencies[1] <= consistencies[0] + 45, "\(consistencies)")
        #expect(counts[0] <= 8 && counts[1] <= 9, "\(counts)")
    }

    @Test func `an append touches pages in proportion to the tree's height`() throws {
        let bench = try Bench()
        let store = try bench.open()
        var touched: [Int] = []
        for size in [1_000, 20_000] {
            while store.size < size {
                try store.append((store.size..<min(size, store.size + 4_000)).map { Bench.refused($0) }, now: Bench.start)
            }
            var most = 0
            for number in 0..<300 {
                let before = store.reader.door.pagesRead + store.reader.door.pagesWritten
                try store.append([Bench.refused(number)], now: Bench.start)
                most = max(most, store.reader.door.pagesRead + store.reader.door.pagesWritten - before)
            }
            touched.append(most)
        }
        // Three tables' last leaves, what splits above them, and a tile of two overflow pages on each of two levels, once in 256.
        #expect(touched[0] <= 20 && touched[1] <= touched[0] + 6, "\(touched)")
        try store.close()
    }
}
