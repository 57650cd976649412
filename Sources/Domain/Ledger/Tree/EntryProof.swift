// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// One entry of a ledger with the proof that it stands there, checked before it is given.
public struct EntryProof: Sendable {
    public let bytes: [UInt8]
    public let leaf: Digest
    /// The state that the proof leads to.
    public let checkpoint: Checkpoint
    public let proof: TlogProof
}

extension LedgerReader {
    /// Proves an entry, in O(log n) page reads: the checkpoint, the entry, and the tiles on its way to the root.
    /// - Parameter size: the checkpoint that the proof leads to; nil for the newest.
    /// - Throws: `checkpoint-unknown`, `entry-unknown` (the answer is no), `ledger-damaged`, `entry-missing`.
    public func proof(of seq: Int, at size: Int? = nil) throws(Refusal) -> EntryProof {
        try atOneMoment { () throws(Refusal) in try proofNow(seq, size) }
    }

    private func proofNow(_ seq: Int, _ size: Int?) throws(Refusal) -> EntryProof {
        let place = Place(file: path)
        guard let note = try cosignedNote(size) else {
            if let size { throw Refusal("checkpoint-unknown", .answerIsNo, "this ledger has no checkpoint of size \(size)", at: place) }
            throw Refusal(
                "ledger-damaged", .badData, "this ledger has no checkpoint", at: place, hint: "check it with: countersign audit verify")
        }
        let checkpoint = try Checkpoint(text: note.text, file: path)
        guard seq >= 0, seq < checkpoint.size, let bytes = try entry(seq) else {
            throw Refusal(
                "entry-unknown", .answerIsNo, "there is no entry \(seq): the ledger has entries 0 to \(checkpoint.size - 1)", at: place,
                hint: "countersign audit show lists the entries")
        }
        let hashes: [Digest]
        do {
            hashes = try MerkleProof.inclusion(of: seq, in: checkpoint.size) { try subtree(level: $0, index: $1) }
        } catch {
            throw (error as? Refusal) ?? Refusal("ledger-damaged", .badData, "the proof could not be made", at: place, hint: "run audit verify")
        }
        let leaf = MerkleHash.leaf(bytes)
        guard MerkleProof.isIncluded(leaf, at: seq, in: checkpoint.size, root: checkpoint.root, proof: hashes) else {
            throw Refusal("ledger-damaged", .badData, "the entries do not lead to the newest checkpoint", at: place, hint: "run audit verify")
        }
        return EntryProof(bytes: bytes, leaf: leaf, checkpoint: checkpoint, proof: TlogProof(index: seq, hashes: hashes, note: note))
    }
}
