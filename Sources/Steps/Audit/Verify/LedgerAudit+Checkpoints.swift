// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Ledger
import StrictFormats
import Threads
import Trust

/// A stored checkpoint, and what it must say. It is read and its signature verified on another thread; nothing of it changes how entries are judged.
struct CheckpointCheck: Sendable {
    let size: Int
    let note: [UInt8]
    /// The root of the entries themselves.
    let root: Digest
    let origin: String?
    /// Of the ledger keys that may write at this size.
    let verifiers: [NoteVerifier]
    /// The same bytes were verified before.
    let isProven: Bool

    enum Verdict: Sendable {
        case holds, differs, signature
        case malformed(String)
    }

    func verdict() -> Verdict {
        do throws(Refusal) {
            let signed = try SignedNote(note)
            let checkpoint = try Checkpoint(text: signed.text)
            guard checkpoint.size == size, checkpoint.root == root, origin.map({ checkpoint.origin.hasSameBytes(as: $0) }) ?? false else {
                return .differs
            }
            guard signed.signatures.count == 1, isProven || verifiers.contains(where: { $0.isSigned(signed) }) else { return .signature }
            return .holds
        } catch {
            return .malformed(error.message)
        }
    }
}

extension LedgerAudit {
    /// Checkpoints that are being looked at, at most.
    private static let checkpointsUnderWay = 256

    func checkCheckpoint(_ size: Int, _ note: [UInt8], root: Digest) {
        remember(root, of: size)
        keeper?.take(size, note, root: root, with: hasher)
        let isProven = size <= keeper?.provenSize ?? 0
        let check = CheckpointCheck(
            size: size, note: note, root: root, origin: origin, verifiers: isProven ? [] : verifiers(writing: size - 1), isProven: isProven)
        checkpoints.submit { (check.size, check.verdict()) }
        if checkpoints.count == Self.checkpointsUnderWay { settleOldestCheckpoint() }
    }

    /// Waits for every checkpoint that is being looked at.
    func settleCheckpoints() { while checkpoints.count > 0 { settleOldestCheckpoint() } }

    private func settleOldestCheckpoint() {
        let (size, verdict) = checkpoints.oldest()
        switch verdict {
        case .holds: previousCheckpoint = size
        case .differs:
            // Every later state differs too: the first says where, the others are counted.
            differingCheckpoints += 1
            guard differingCheckpoints == 1 else { break }
            let suspects = previousCheckpoint == size - 1 ? "entry \(size - 1)" : "one of entries \(previousCheckpoint) to \(size - 1)"
            error(
                "checkpoint-differs", size - 1,
                "\(suspects) was changed, or the checkpoint of size \(size) was: it signs another state than these entries have")
        case .signature:
            error("checkpoint-signature", size - 1, "the checkpoint of size \(size) does not carry the ledger key's valid signature alone")
        case .malformed(let message): error("checkpoint-malformed", size - 1, "the checkpoint of size \(size): \(message)")
        }
    }

    /// The ledger keys that may sign the checkpoint right after an entry, by the ledger's own name.
    private func verifiers(writing seq: Int) -> [NoteVerifier] {
        guard let origin else { return [] }
        return roots(writing: seq).flatMap { $0.keys(of: .ledger) }.map { NoteVerifier(name: origin, key: $0) }
    }
}
