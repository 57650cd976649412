// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Ledger
import StrictFormats
import Trust

extension LedgerAudit {
    /// A size that a quorum of the witnesses of the root in force cosigned, and when, by their clocks.
    private struct Quorum {
        let size: Int
        let time: Instant
    }

    /// Every cosignature is by a witness of one of the ledger's trust roots and verifies for the state that the entries have;
    /// every send that asks for it had a quorum over its intent before (formats.md §6, §9).
    /// - Returns: the largest size with a quorum under the root in force there; 0 for none.
    func checkCosignatures() throws(Refusal) -> Int {
        let every = rootsSince.map { Witnesses(of: $0.root) }
        var quorums: [Quorum] = []
        var current: (size: Int, valid: [Cosignature])?
        func close() {
            guard let (size, valid) = current else { return }
            // The root in force at a size is the newest that its entries brought.
            guard let root = rootsSince.last(where: { $0.seq < size })?.root else { return }
            if let time = Witnesses(of: root).quorumTime(valid) { quorums.append(Quorum(size: size, time: time)) }
        }
        try reader.forEachCosignature { size, name, line throws(Refusal) in
            if current?.size != size {
                close()
                current = (size, [])
            }
            if let cosignature = cosignature(size, name, line, every) { current?.valid.append(cosignature) }
        }
        close()
        checkWitnessedSends(quorums)
        return quorums.last?.size ?? 0
    }

    /// One row: nil, and a finding, where it is not what it should be.
    private func cosignature(_ size: Int, _ name: String, _ bytes: [UInt8], _ every: [Witnesses]) -> Cosignature? {
        let shown = SafeText.escaped(name)
        guard every.contains(where: { $0.members.contains { $0.verifier.name.hasSameBytes(as: name) } }) else {
            error("cosigner-unknown", nil, "a cosignature of size \(size) by \(shown), which is no witness of the trust root")
            return nil
        }
        guard let origin, let root = cosignedRoots[size] else {
            error("cosignature-size", nil, "\(shown) cosigned size \(size), of which there is no checkpoint here")
            return nil
        }
        do throws(Refusal) {
            let line = try NoteSignature(line: bytes)
            guard line.name.hasSameBytes(as: name) else {
                error("cosignature-invalid", nil, "the cosignature of size \(size) that stands under \(shown) is by \(SafeText.escaped(line.name))")
                return nil
            }
            guard let witness = every.compactMap({ $0.member(of: line) }).first else {
                error("cosigner-unknown", nil, "a cosignature of size \(size) by another key of \(shown) than the trust root lists")
                return nil
            }
            return try Cosignature(line, of: Checkpoint(origin: origin, size: size, root: root).text, by: witness.verifier)
        } catch {
            self.error(
                "cosignature-invalid", nil,
                "\(shown) did not cosign the first \(size) entries as they stand here: the line was changed, or the entries were")
            return nil
        }
    }

    /// Clocks may differ by as much as an execution allows (formats.md §9).
    private static let slack = 300

    private func checkWitnessedSends(_ quorums: [Quorum]) {
        for send in witnessedSends {
            let over = quorums.filter { send.intent < $0.size && $0.size <= send.seq }
            if over.isEmpty {
                error(
                    "sent-unwitnessed", send.seq,
                    "entry \(send.seq) sends although no quorum of witnesses had cosigned a checkpoint that holds its intent (entry \(send.intent))")
            } else if !over.contains(where: { $0.time - send.time <= Self.slack }) {
                error(
                    "sent-unwitnessed", send.seq,
                    "entry \(send.seq) sends at \(send.time); by their own clocks the witnesses cosigned its intent later")
            }
        }
    }

    /// A note held elsewhere may carry cosignatures: those of known witnesses must hold, others say nothing (C2SP signed-note).
    func checkSinceCosignatures(_ note: SignedNote, _ file: String) {
        for (_, root) in rootsSince {
            do throws(Refusal) {
                _ = try Witnesses(of: root).cosignatures(on: note, file: file)
            } catch {
                self.error("since-cosignature", nil, "\(SafeText.escaped(file)): \(error.message)")
                return
            }
        }
    }

    /// Keeps the note beside this ledger's own of the same size, where there is one that contradicts it and both are signed by one key
    /// of the log.
    /// - Returns: whether there is. Another key's, or one that says something else than the entries, is none: the findings say so.
    func keepFork(_ note: SignedNote, _ size: Int, _ keys: [PublicKey]) throws(Refusal) -> Bool {
        guard let origin, let bytes = try reader.checkpoint(size), let stored = try? SignedNote(bytes),
            let fork = Fork.proven(note, stored, by: keys.map { NoteVerifier(name: origin, key: $0) })
        else { return false }
        forks.append(fork)
        return true
    }
}
