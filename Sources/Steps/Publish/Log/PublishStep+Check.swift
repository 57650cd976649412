// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Ledger
import StrictFormats
import Trust

extension PublishStep {
    /// What was found of a ledger that is about to be published.
    struct Checked {
        /// The root at the size that was asked for; nil where the ledger never had it.
        let earlier: Digest?
        /// The last bundle of checkpoints as it was at that size.
        let notes: [UInt8]
        /// Every key that its trust roots ever gave the ledger.
        let verifiers: [NoteVerifier]
        /// The lines of witnesses, each of them verified.
        let cosignatures: [Int: [UInt8]]
    }

    /// Reads all of it before the first file is written: names are given for ever, so what is wrong must not get one.
    ///
    /// The entries lead to every checkpoint; each that is written, also anew with those of its bundle, is signed by the ledger's key of its time; and each
    /// cosignature is by a witness of one of its trust roots.
    /// - Throws: `ledger-damaged`.
    func check(earlier: Int?) throws(Refusal) -> Checked {
        let newest = moment.checkpoint
        let lines = try moment.cosignatures()
        var tree = MerkleFrontier()
        var decoder = EntryDecoder()
        var history: LedgerHistory?
        var earlierRoot: Digest?
        var notes: [UInt8] = []
        var cosigned: [Int: Digest] = [:]
        func take(_ seq: Int, _ bytes: [UInt8], _ checkpoints: inout ArraySlice<(size: Int, note: [UInt8])>) throws(Refusal) {
            guard seq == tree.size else { throw damaged("entry \(tree.size) is missing") }
            do throws(Refusal) {
                let entry = try decoder.decode(bytes)
                if history == nil {
                    history = try LedgerHistory(genesis: entry, artifact: moment.artifact)
                } else {
                    try history?.extend(entry, artifact: moment.artifact)
                }
            } catch {
                throw damaged("entry \(seq) does not hold: \(error.message)")
            }
            tree.append(MerkleHash.leaf(bytes, with: hasher), with: hasher)
            if tree.size == earlier { earlierRoot = tree.root(with: hasher) }
            while let current = checkpoints.first, current.size <= tree.size {
                guard current.size == tree.size else { throw damaged("a checkpoint of size \(current.size) stands where none can be") }
                if current.size > complete / TileRows.width * TileRows.width || current.size == newest.size {
                    try check(current.note, Checkpoint(origin: newest.origin, size: tree.size, root: tree.root(with: hasher)), history)
                }
                if lines[current.size] != nil { cosigned[current.size] = tree.root(with: hasher) }
                if let earlier, current.size <= earlier, (current.size - 1) / TileRows.width == earlier / TileRows.width {
                    try EntryBundle.append(current.note, to: &notes, "the checkpoint of size \(current.size)")
                }
                checkpoints.removeFirst()
            }
        }
        try moment.forEachPiece { piece throws(Refusal) in
            var checkpoints = piece.checkpoints[...]
            for (seq, bytes) in piece.entries { try take(seq, bytes, &checkpoints) }
        }
        guard tree.size == newest.size, tree.root(with: hasher) == newest.root else {
            throw damaged("the entries do not lead to the newest checkpoint")
        }
        let every = history?.chain.links.map { Witnesses(of: $0.root) } ?? []
        for (size, bytes) in lines.sorted(by: { $0.key < $1.key }) {
            guard let root = cosigned[size] else { throw damaged("a cosignature of size \(size) stands where no checkpoint is") }
            try check(bytes, of: Checkpoint(origin: newest.origin, size: size, root: root), by: every)
        }
        return Checked(earlier: earlierRoot, notes: notes, verifiers: history?.verifiers ?? [], cosignatures: lines)
    }

    private func check(_ note: [UInt8], _ expected: Checkpoint, _ history: LedgerHistory?) throws(Refusal) {
        do throws(Refusal) {
            guard try history?.checkpoint(note, size: expected.size, file: moment.path) == expected else {
                throw damaged("the checkpoint of size \(expected.size) signs another state than the entries have")
            }
        } catch  where error.code != "ledger-damaged" {
            throw damaged("the checkpoint of size \(expected.size) does not hold: \(error.message)")
        }
    }

    private func check(_ lines: [UInt8], of checkpoint: Checkpoint, by witnesses: [Witnesses]) throws(Refusal) {
        for line in lines.split(separator: 0x0A) {
            do throws(Refusal) {
                let signature = try NoteSignature(line: Array(line) + [0x0A])
                guard let witness = witnesses.compactMap({ $0.member(of: signature) }).first else {
                    throw Refusal("cosigner-unknown", .badData, "\(SafeText.escaped(signature.name)) is no witness of its trust root")
                }
                _ = try Cosignature(signature, of: checkpoint.text, by: witness.verifier)
            } catch {
                throw damaged("a cosignature of size \(checkpoint.size) does not hold: \(error.message)")
            }
        }
    }
}
