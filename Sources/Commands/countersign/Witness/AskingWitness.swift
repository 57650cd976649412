// SPDX-License-Identifier: Apache-2.0

import AWS
import Cryptography
import Ledger
import StrictFormats

/// Asks one witness over HTTP (C2SP tlog-witness add-checkpoint) for the newest checkpoint of a ledger.
struct AskingWitness {
    let ledger: String
    let witnesses: Witnesses
    let transport: any Transport

    /// - Returns: the lines by witnesses of the trust root; those of others are passed over.
    /// - Throws: `witness-unreachable` (unavailable), `witness-answer` and `witness-refused` (the answer is no).
    func ask(_ url: WitnessURL) throws(Refusal) -> [NoteSignature] {
        guard let stored = try LedgerReader.steady(ledger, { reader throws(Refusal) in try reader.latestCheckpoint() }) else {
            throw Refusal("ledger-damaged", .badData, "this ledger has no checkpoint", at: Place(file: ledger))
        }
        let note = try SignedNote(stored, file: ledger)
        let size = try Checkpoint(text: note.text, file: ledger).size
        var old = 0
        // A witness that others ask too may be further each time; after three rounds it is theirs.
        for _ in 1...3 {
            // Each time for this checkpoint: what the ledger holds up to it stays as it is while witnesses are waited for.
            let proof = try LedgerReader.steady(ledger) { reader throws(Refusal) in try reader.consistency(from: old, to: size) }
            let answer = try send(try WitnessRequest(old: old, proof: proof, note: note).bytes, url)
            switch answer.status {
            case 200: return try lines(answer.body, url)
            case 409:
                let text = String(decoding: answer.body, as: UTF8.self)
                guard answer.headers.first(named: "Content-Type") == "text/x.tlog.size", text.hasSuffix("\n"), let next = Int(text.dropLast()),
                    next >= 0,
                    "\(next)\n".hasSameBytes(as: text)
                else { throw unexpected(answer, url) }
                guard next <= size else {
                    throw Refusal(
                        "ledger-shorter", .notPermitted,
                        "the witness \(SafeText.escaped(url.text)) has cosigned \(next) entries of this ledger; it has \(size)",
                        at: Place(file: ledger), hint: "this may be an old copy: find the newest ledger file")
                }
                old = next
            default: throw unexpected(answer, url)
            }
        }
        throw Refusal(
            "witness-busy", .tryAgain, "the witness \(SafeText.escaped(url.text)) moved on each time it was asked", hint: "try again")
    }

    private func send(_ body: [UInt8], _ url: WitnessURL) throws(Refusal) -> HTTPAnswer {
        switch transport.send(url.request(body)) {
        case .answered(let answer): return answer
        case .notSent(let trouble), .unclear(let trouble, _):
            throw Refusal(
                "witness-unreachable", .unavailable, "the witness \(SafeText.escaped(url.text)) does not answer: \(SafeText.escaped(trouble.words))",
                hint: trouble.kind == .certificate ? trouble.certificateHint : "nothing is lost: ask again")
        }
    }

    private func lines(_ body: [UInt8], _ url: WitnessURL) throws(Refusal) -> [NoteSignature] {
        let known = try NoteSignature.lines(body).filter { witnesses.member(of: $0) != nil }
        guard !known.isEmpty else {
            throw Refusal(
                "cosigner-unknown", .notPermitted,
                "\(SafeText.escaped(url.text)) cosigned as no witness of trust root version \(witnesses.version)",
                hint: "witnesses stand in the trust root, in the witness role, with their names and keys")
        }
        return known
    }

    private func unexpected(_ answer: HTTPAnswer, _ url: WitnessURL) -> Refusal {
        let said = SafeText.escaped(String(decoding: answer.body.prefix(200), as: UTF8.self).split(separator: "\n").first.map(String.init) ?? "")
        return Refusal(
            "witness-refused", .answerIsNo,
            "the witness \(SafeText.escaped(url.text)) did not cosign: status \(answer.status)\(said.isEmpty ? "" : ": \(said)")",
            hint: answer.status == 422
                ? "what it cosigned before is not how this ledger begins: the ledger, or an older copy of it, was rewritten; audit verify --since"
                : "does it know this ledger's verifier key (countersign ledger vkey LEDGER)?")
    }
}
