// SPDX-License-Identifier: Apache-2.0

public import Cryptography
import Dispatch
public import StrictFormats
import Threads

/// Decodes and hashes entries on other threads, while the caller's thread reads the file and judges.
///
/// Batches come back in the order in which they were put in. What is under way is bounded, so memory stays flat.
public struct EntryPipeline {
    /// One entry as stored, and what was made of it. One owner at a time: a worker, then who judges.
    public final class Item: @unchecked Sendable {
        public let seq: Int
        public let leaf: Digest
        private var outcome: Result<Entry, Refusal>?

        fileprivate init(_ row: Row, _ hasher: Hasher, _ decoder: inout EntryDecoder) {
            seq = row.seq
            leaf = MerkleHash.leaf(row.bytes, with: hasher)
            do throws(Refusal) {
                outcome = .success(try decoder.decode(row.bytes))
            } catch {
                outcome = .failure(error)
            }
        }

        /// Hands the entry out, once: it is moved, not copied.
        /// - Throws: what is wrong with its bytes.
        public func entry() throws(Refusal) -> Entry {
            guard let taken = outcome.take() else { preconditionFailure("an entry is taken once") }
            return try taken.get()
        }
    }

    fileprivate struct Row: Sendable {
        let seq: Int
        let bytes: [UInt8]
    }

    // Enough to make the hand-over cheap, little enough to keep what is under way small.
    private static let batchRows = 256
    private static let batchBytes = 256 << 10
    private static let maximumUnderWay = 16

    private let queue = DispatchQueue(label: "entries", attributes: .concurrent)
    private var rows: [Row] = []
    private var byteCount = 0
    private var underWay: [Alongside<[Item]>] = []

    private init() {}

    /// Gives every entry of a ledger to the judge, in the order of the rows, hashed and decoded.
    public static func run(_ reader: LedgerReader, _ judge: (Item) throws(Refusal) -> Void) throws(Refusal) {
        var pipeline = EntryPipeline()
        try reader.forEachEntry { seq, bytes throws(Refusal) in
            for item in pipeline.put(seq, bytes) { try judge(item) }
        }
        while let items = pipeline.drain() {
            for item in items { try judge(item) }
        }
    }

    /// Takes an entry in, and gives back the oldest batch when enough is under way.
    private mutating func put(_ seq: Int, _ bytes: [UInt8]) -> [Item] {
        rows.append(Row(seq: seq, bytes: bytes))
        byteCount += bytes.count
        guard rows.count == Self.batchRows || byteCount >= Self.batchBytes else { return [] }
        submit()
        return underWay.count == Self.maximumUnderWay ? underWay.removeFirst().value() : []
    }

    /// The oldest batch that was not given back yet; nil when there is none.
    private mutating func drain() -> [Item]? {
        if !rows.isEmpty { submit() }
        return underWay.isEmpty ? nil : underWay.removeFirst().value()
    }

    private mutating func submit() {
        underWay.append(
            Alongside(on: queue) { [rows] in
                let hasher = Hasher()
                var decoder = EntryDecoder()
                return rows.map { Item($0, hasher, &decoder) }
            })
        rows.removeAll(keepingCapacity: true)
        byteCount = 0
    }
}
