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
                "entry-unknown", .answerIsNo, "there is no entry \(seq): the ledger has \(EntryWords.span(0, checkpoint.size - 1))", at: place,
                hint: "countersign audit show lists the entries")
        }
        let leaf = MerkleHash.leaf(bytes)
        let hashes = try path(of: leaf, at: seq, in: checkpoint)
        return EntryProof(bytes: bytes, leaf: leaf, checkpoint: checkpoint, proof: TlogProof(index: seq, hashes: hashes, note: note))
    }

    /// The hashes that lead from a leaf to a checkpoint's root (RFC 6962 §2.1.1), checked before they are given.
    /// - Throws: `ledger-damaged`, `entry-missing`.
    public func path(of leaf: Digest, at seq: Int, in checkpoint: Checkpoint) throws(Refusal) -> [Digest] {
        func damaged(_ message: String) -> Refusal {
            Refusal("ledger-damaged", .badData, message, at: Place(file: path), hint: "run audit verify")
        }
        let hashes: [Digest]
        do {
            hashes = try MerkleProof.inclusion(of: seq, in: checkpoint.size) { try subtree(level: $0, index: $1) }
        } catch {
            throw (error as? Refusal) ?? damaged("the proof of entry \(seq) could not be made")
        }
        guard MerkleProof.isIncluded(leaf, at: seq, in: checkpoint.size, root: checkpoint.root, proof: hashes) else {
            throw damaged("the entries do not lead to the newest checkpoint")
        }
        return hashes
    }
}
