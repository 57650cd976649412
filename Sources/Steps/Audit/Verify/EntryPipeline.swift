// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Dispatch
import Ledger
import StrictFormats
import Threads

/// Decodes and hashes entries on other threads, while the caller's thread reads the file and judges.
///
/// Batches come back in the order in which they were put in. What is under way is bounded, so memory stays flat.
struct EntryPipeline {
    /// One entry as stored, and what was made of it. One owner at a time: a worker, then who judges.
    final class Item: @unchecked Sendable {
        let seq: Int
        let leaf: Digest
        private var outcome: Result<Entry, Refusal>?

        init(_ row: Row, _ hasher: Hasher) {
            seq = row.seq
            leaf = MerkleHash.leaf(row.bytes, with: hasher)
            do throws(Refusal) {
                outcome = .success(try Entry(row.bytes))
            } catch {
                outcome = .failure(error)
            }
        }

        /// Hands the entry out, once: it is moved, not copied.
        func entry() throws(Refusal) -> Entry {
            guard let taken = outcome.take() else { preconditionFailure("an entry is taken once") }
            return try taken.get()
        }
    }

    struct Row: Sendable {
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

    /// Takes an entry in, and gives back the oldest batch when enough is under way.
    mutating func put(_ seq: Int, _ bytes: [UInt8]) -> [Item] {
        rows.append(Row(seq: seq, bytes: bytes))
        byteCount += bytes.count
        guard rows.count == Self.batchRows || byteCount >= Self.batchBytes else { return [] }
        submit()
        return underWay.count == Self.maximumUnderWay ? underWay.removeFirst().value() : []
    }

    /// The oldest batch that was not given back yet; nil when there is none.
    mutating func drain() -> [Item]? {
        if !rows.isEmpty { submit() }
        return underWay.isEmpty ? nil : underWay.removeFirst().value()
    }

    private mutating func submit() {
        underWay.append(
            Alongside(on: queue) { [rows] in
                let hasher = Hasher()
                return rows.map { Item($0, hasher) }
            })
        rows.removeAll(keepingCapacity: true)
        byteCount = 0
    }
}
