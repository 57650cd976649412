// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Dispatch
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
            guard signed.signatures.count == 1, verifiers.contains(where: { $0.isSigned(signed) }) else { return .signature }
            return .holds
        } catch {
            return .malformed(error.message)
        }
    }
}

extension LedgerAudit {
    /// Checkpoints that are being looked at, oldest first.
    struct CheckpointsUnderWay {
        private let queue = DispatchQueue(label: "checkpoints", attributes: .concurrent)
        private var pending: [(size: Int, verdict: Alongside<CheckpointCheck.Verdict>)] = []
        private var first = 0
        private static let maximum = 256

        var isFull: Bool { pending.count - first >= Self.maximum }

        mutating func begin(_ check: CheckpointCheck) { pending.append((check.size, Alongside(on: queue) { check.verdict() })) }

        mutating func oldest() -> (size: Int, verdict: CheckpointCheck.Verdict)? {
            guard first < pending.count else { return nil }
            let (size, verdict) = pending[first]
            first += 1
            if first == pending.count || first > Self.maximum {
                pending.removeFirst(first)
                first = 0
            }
            return (size, verdict.value())
        }
    }

    func checkCheckpoint(_ size: Int, _ note: [UInt8], root: Digest) {
        remember(root, of: size)
        checkpoints.begin(CheckpointCheck(size: size, note: note, root: root, origin: origin, verifiers: writingVerifiers))
        if checkpoints.isFull { settleOldestCheckpoint() }
    }

    /// Waits for every checkpoint that is being looked at.
    func settleCheckpoints() { while settleOldestCheckpoint() {} }

    @discardableResult
    private func settleOldestCheckpoint() -> Bool {
        guard let (size, verdict) = checkpoints.oldest() else { return false }
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
        return true
    }

    /// The ledger keys that may sign now, by the ledger's own name.
    private var writingVerifiers: [NoteVerifier] {
        guard let origin else { return [] }
        return writingRoots.flatMap { $0.keys(of: .ledger) }.map { NoteVerifier(name: origin, key: $0) }
    }
}
