// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
public import Ledger
public import StrictFormats

/// A verifier key (C2SP signed-note) as it is given on a command line: its text, or a file that holds it.
public enum VerifierKey {
    public static func read(_ given: String, kind: NoteKeyKind = .plain) throws(Refusal) -> NoteVerifier {
        if given.contains("+"), !FileReader.exists(given) { return try NoteVerifier(text: given, kind: kind) }
        let bytes = try FileReader.read(given, limit: 4096)
        return try NoteVerifier(text: String(decoding: bytes.filter { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self), kind: kind, file: given)
    }
}

extension VerifierKey {
    /// A log's verifier keys: each given as its text or as a file, which may hold several, a line each (`ledger vkey --all`).
    /// - Returns: each key once, in the order given.
    public static func readAll(_ given: [String]) throws(Refusal) -> [NoteVerifier] {
        var keys: [NoteVerifier] = []
        func add(_ key: NoteVerifier) { if !keys.contains(key) { keys.append(key) } }
        for text in given {
            if text.contains("+"), !FileReader.exists(text) {
                add(try NoteVerifier(text: text))
                continue
            }
            let lines = try FileReader.read(text, limit: 1 << 20).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
            // A file without a line is no key: the same words as for one that is malformed.
            for line in lines.isEmpty ? [[]] : lines { add(try NoteVerifier(text: String(decoding: line, as: UTF8.self), file: text)) }
        }
        return keys
    }
}

/// Which of some witnesses cosigned a note.
enum CosignedBy {
    /// - Parameters:
    ///   - witnesses: a key that stands there twice counts once.
    ///   - quorum: how many must have; nil for all.
    ///   - again: the command that makes the proof anew, without its size.
    /// - Throws: `quorum-too-large` (usage), `cosignature-invalid`, `cosignatures-missing` (the answer is no).
    static func check(
        _ note: SignedNote, by given: [NoteVerifier], quorum: Int?, file: String?, again: String
    ) throws(Refusal) -> [Cosignature] {
        var keys: Set<PublicKey> = []
        let witnesses = given.filter { keys.insert($0.key).inserted }
        guard quorum ?? 0 <= witnesses.count else {
            throw Refusal(
                "quorum-too-large", .usage, "--quorum \(quorum ?? 0) asks for more witnesses than the \(witnesses.count) different ones given",
                hint: "the same key twice counts once: give --witness-key for each")
        }
        var found: [Cosignature] = []
        var missing: [String] = []
        for witness in witnesses {
            guard let line = note.signatures.first(where: witness.isNamed(by:)) else {
                missing.append(SafeText.escaped(witness.name))
                continue
            }
            found.append(try Cosignature(line, of: note.text, by: witness, file: file))
        }
        guard found.count >= quorum ?? witnesses.count else {
            throw Refusal(
                "cosignatures-missing", .answerIsNo, "this checkpoint is not cosigned by \(missing.joined(separator: ", "))", at: Place(file: file),
                hint: "ask for a proof that leads to a checkpoint which they cosigned: \(again) --size SIZE")
        }
        return found
    }
}
