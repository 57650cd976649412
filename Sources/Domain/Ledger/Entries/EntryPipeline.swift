// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
import Threads

/// Decodes and hashes entries on other threads, while the caller's thread reads the file and judges.
///
/// Batches come back in the order in which they were put in. What is under way is bounded, so memory stays flat.
public struct EntryPipeline {
    /// Where an entry stands, and its hash.
    public struct Item: Sendable {
        public let seq: Int
        public let leaf: Digest
        /// The hashes over this entry's leaf and the 255 after it, where the tile that they make was read in one piece.
        public let tile: PerfectTile?
    }

    /// What was made of some rows.
    private struct Batch: Sendable {
        /// Last first: who judges takes them from the end, without a copy.
        var entries: [(item: Item, entry: Result<Entry, Refusal>)]
        /// What was judged: moved here, not copied, so that all of it is let go where it was made.
        var judged: [Entry] = []
    }

    public typealias Judge = (_ item: Item, _ entry: Entry) throws(Refusal) -> Void
    public typealias Unreadable = (_ item: Item, _ fault: Refusal) throws(Refusal) -> Void

    /// Entries as stored, each behind the byte that makes a leaf of it.
    private struct Rows: Sendable {
        var bytes: [UInt8] = []
        /// Each entry's number, and where its bytes end.
        var ends: [(seq: Int, end: Int)] = []

        func batch() -> Batch {
            let hasher = Hasher()
            return bytes.withUnsafeBufferPointer { buffer in
                func row(_ index: Int) -> UnsafeBufferPointer<UInt8> {
                    UnsafeBufferPointer(rebasing: buffer[(index == 0 ? 0 : ends[index - 1].end)..<ends[index].end])
                }
                let leaves = ends.indices.map { hasher.digest(UnsafeRawBufferPointer(row($0))) }
                let tile = isTile ? PerfectTile(leaves, with: hasher) : nil
                var decoder = EntryDecoder()
                return Batch(
                    entries: ends.indices.reversed().map { index in
                        (
                            Item(seq: ends[index].seq, leaf: leaves[index], tile: index == 0 ? tile : nil),
                            Result { () throws(Refusal) in try decoder.decode(UnsafeBufferPointer(rebasing: row(index).dropFirst())) }
                        )
                    })
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

    private let crew = Crew<Batch>()
    private var rows = Rows()

    private init() {}

    /// Gives every entry of a ledger to the judge, in the order of the rows, hashed and decoded.
    /// - Parameter unreadable: is given, in its place, what is wrong with an entry's bytes.
    public static func run(_ reader: LedgerReader, _ judge: Judge, unreadable: Unreadable) throws(Refusal) {
        Heap.growInLargeSteps()
        var pipeline = EntryPipeline()
        try reader.forEachEntryLent { seq, bytes throws(Refusal) in
            guard pipeline.put(seq, bytes) else { return }
            pipeline.submit()
            if pipeline.crew.count == maximumUnderWay { try pipeline.judgeOldest(judge, unreadable) }
        }
        if !pipeline.rows.ends.isEmpty { pipeline.submit() }
        while pipeline.crew.count > 0 { try pipeline.judgeOldest(judge, unreadable) }
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
        crew.submit { [rows] in rows.batch() }
        rows = Rows()
        rows.ends.reserveCapacity(TileRows.width)
        rows.bytes.reserveCapacity(capacity)
    }

    private func judgeOldest(_ judge: Judge, _ unreadable: Unreadable) throws(Refusal) {
        try crew.withOldest { batch throws(Refusal) in
            batch.judged.reserveCapacity(batch.entries.count)
            while let (item, result) = batch.entries.popLast() {
                switch consume result {
                case .success(let entry):
                    try judge(item, entry)
                    batch.judged.append(entry)
                case .failure(let fault): try unreadable(item, fault)
                }
            }
        }
    }
}
