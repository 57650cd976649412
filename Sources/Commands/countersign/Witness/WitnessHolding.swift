// SPDX-License-Identifier: Apache-2.0

import AWS
import Cryptography
import Ledger
import OfflineCommands
import StrictFormats

/// What a witness that refused to cosign shows to monitors (C2SP tlog-witness), held against this ledger.
struct WitnessHolding {
    let ledger: String
    let transport: any Transport

    /// Two notes, both signed by a key of this ledger, that cannot both be true.
    struct Contradiction {
        let url: String
        let theirs: SignedNote
        let ours: SignedNote
        /// Where both are of one size; else nobody can lead from one to the other, which two notes alone do not show.
        let fork: Fork?

        var bytes: [UInt8] { theirs.bytes + [0x0A] + ours.bytes }
        var text: String { SignedNote.sideBySide(theirs, ours, titles: ("cosigned by the witness", "in this ledger")) }
        var json: JSONValue {
            .object([
                ("url", .string(url)), ("fork", .bool(fork != nil)),
                ("notes", .strings([theirs, ours].map { String(decoding: $0.bytes, as: UTF8.self) })),
            ])
        }
    }

    /// - Returns: nil where the witness shows nothing, or nothing that contradicts this ledger.
    /// - Throws: what reading the ledger throws; what a witness shows is nobody's trouble but its own.
    func contradiction(_ url: WitnessURL) throws(Refusal) -> Contradiction? {
        let logs = try LedgerReader.steady(ledger) { reader throws(Refusal) in try reader.verifiers() }
        guard let origin = logs.first?.name, case .answered(let answer) = transport.send(url.monitored(originHash: Digest(ofText: origin).hex)),
            answer.status == 200, let (theirs, state, log) = Self.read(answer.body, logs)
        else { return nil }
        return try LedgerReader.steady(ledger) { reader throws(Refusal) in
            guard let newest = try reader.latestCheckpoint() else { return nil }
            let ours = try SignedNote(try reader.checkpoint(state.size) ?? newest, file: ledger)
            let here = try Checkpoint(text: ours.text, file: ledger)
            if here.size == state.size {
                return here.root == state.root
                    ? nil : Contradiction(url: url.text, theirs: theirs, ours: ours, fork: Fork.proven(theirs, ours, by: [log]))
            }
            guard state.size < here.size, try reader.root(of: state.size) != state.root else { return nil }
            return Contradiction(url: url.text, theirs: theirs, ours: ours, fork: nil)
        }
    }

    /// A note that a key of this ledger signed.
    private static func read(_ body: [UInt8], _ logs: [NoteVerifier]) -> (SignedNote, Checkpoint, NoteVerifier)? {
        do throws(Refusal) {
            let note = try SignedNote(body)
            guard let log = logs.first(where: { $0.isSigned(note) }) else { return nil }
            let state = try Checkpoint(text: note.text)
            return state.origin.hasSameBytes(as: log.name) ? (note, state, log) : nil
        } catch {
            return nil
        }
    }
}

extension WitnessHolding.Contradiction {
    /// - Parameter evidence: the file that both notes are kept in.
    func refusal(evidence: String?) -> Refusal {
        if let fork { return ForkWords.refusal(fork, evidence: evidence) }
        return Refusal(
            "witness-contradicts", .answerIsNo,
            "the witness \(SafeText.escaped(url)) cosigned a state, signed by this ledger's key, with which this ledger does not begin",
            details: evidence.map { ["both signed notes are kept in \(SafeText.escaped($0))"] } ?? [],
            hint:
                "stop using this ledger, keep both notes, and find the ledger file that leads from one to the other: audit consistency OLD NEW --ledger FILE"
        )
    }
}
