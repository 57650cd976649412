// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
import Threads

/// Decodes and hashes entries on other threads, while the caller's thread reads the file and judges.
///
/// Batches come back in the order in which they were put in. What is under way is bounded, so memory stays flat.
public struct EntryPipeline {
    /// One entry as stored, and what was made of it.
    public struct Item: Sendable {
        public let seq: Int
        public let leaf: Digest
        private var entry: Result<Entry, Refusal>?
        /// The hashes over this entry's leaf and the 255 after it, where the tile that they make was read in one piece.
        public let tile: PerfectTile?

        fileprivate init(seq: Int, leaf: Digest, entry: Result<Entry, Refusal>, tile: PerfectTile?) {
            (self.seq, self.leaf, self.entry, self.tile) = (seq, leaf, entry, tile)
        }

        /// Hands out the entry, or what is wrong with its bytes: once, as it is moved.
        public mutating func take() -> Result<Entry, Refusal> {
            guard let taken = entry.take() else { preconditionFailure("an entry is taken once") }
            return taken
        }
    }

    /// Entries as stored, each behind the byte that makes a leaf of it.
    private struct Rows: Sendable {
        var bytes: [UInt8] = []
        /// Each entry's number, and where its bytes end.
        var ends: [(seq: Int, end: Int)] = []

        /// Last first: who judges takes them from the end, without a copy.
        func items() -> [Item] {
            let hasher = Hasher()
            return bytes.withUnsafeBufferPointer { buffer in
                func row(_ index: Int) -> UnsafeBufferPointer<UInt8> {
                    UnsafeBufferPointer(rebasing: buffer[(index == 0 ? 0 : ends[index - 1].end)..<ends[index].end])
                }
                let leaves = ends.indices.map { hasher.digest(UnsafeRawBufferPointer(row($0))) }
                let tile = isTile ? PerfectTile(leaves, with: hasher) : nil
                var decoder = EntryDecoder()
                return ends.indices.reversed().map { index in
                    Item(
                        seq: ends[index].seq, leaf: leaves[index],
                        entry: Result { () throws(Refusal) in try decoder.decode(UnsafeBufferPointer(rebasing: row(index).dropFirst())) },
                        tile: index == 0 ? tile : nil)
                }
            }
        }

        private var isTile: Bool {
            guard ends.count == TileRows.width, let first = ends.first?.seq, first >= 0, first % TileRows.width == 0 else { return false }
            return ends.indices.allSatisfy { ends[$0].seq == first &+ $0 }
        }
    }

    // A tile's entries make the hand-over cheap; where they are long, what is under way is kept small.
    private static let batchBytes = 512 << 10
    private static let maximumUnderWay = 32

    private let crew = Crew<[Item]>()
    private var rows = Rows()

    private init() {}

    /// Gives every entry of a ledger to the judge, in the order of the rows, hashed and decoded.
    public static func run(_ reader: LedgerReader, _ judge: (inout Item) throws(Refusal) -> Void) throws(Refusal) {
        Heap.growInLargeSteps()
        var pipeline = EntryPipeline()
        try reader.forEachEntryLent { seq, bytes throws(Refusal) in
            guard pipeline.put(seq, bytes) else { return }
            pipeline.submit()
            if pipeline.crew.count == maximumUnderWay { try pipeline.judgeOldest(judge) }
        }
        if !pipeline.rows.ends.isEmpty { pipeline.submit() }
        while pipeline.crew.count > 0 { try pipeline.judgeOldest(judge) }
    }

    /// Takes an entry in; true when a tile ends, or enough is gathered.
    private mutating func put(_ seq: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        rows.bytes.append(MerkleHash.leafPrefix)
        rows.bytes.append(contentsOf: bytes)
        rows.ends.append((seq, rows.bytes.count))
        return seq % TileRows.width == TileRows.width - 1 || rows.ends.count == TileRows.width || rows.bytes.count >= Self.batchBytes
    }

    private mutating func submit() {
        let capacity = rows.bytes.count + 4096
        crew.submit { [rows] in rows.items() }
        rows = Rows()
        rows.ends.reserveCapacity(TileRows.width)
        rows.bytes.reserveCapacity(capacity)
    }

    private func judgeOldest(_ judge: (inout Item) throws(Refusal) -> Void) throws(Refusal) {
        var items = crew.oldest()
        while !items.isEmpty {
            try judge(&items[items.count - 1])
            items.removeLast()
        }
    }
}
