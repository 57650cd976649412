// SPDX-License-Identifier: Apache-2.0

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

    /// Every key that a file holds, one a line, as `ledger vkey --all` prints them.
    static func readAll(_ given: String) throws(Refusal) -> [NoteVerifier] {
        if given.contains("+"), !FileReader.exists(given) { return [try NoteVerifier(text: given)] }
        let lines = try FileReader.read(given, limit: 65_536).split { $0 == 0x0A || $0 == 0x0D }
        guard !lines.isEmpty else { return [try read(given)] }
        var keys: [NoteVerifier] = []
        for line in lines { keys.append(try NoteVerifier(text: String(decoding: line, as: UTF8.self), file: given)) }
        return keys
    }
}

/// Which of some witnesses cosigned a note.
enum CosignedBy {
    /// - Parameter quorum: how many must have; nil for all.
    /// - Throws: `cosignature-invalid`, `cosignatures-missing` (the answer is no).
    static func check(_ note: SignedNote, by witnesses: [NoteVerifier], quorum: Int?, file: String?) throws(Refusal) -> [Cosignature] {
        var found: [Cosignature] = []
        var missing: [String] = []
        for witness in witnesses {
            guard let line = note.signatures.first(where: witness.isNamed(by:)) else {
                missing.append(SafeText.escaped(witness.name))
                continue
            }
            found.append(try Cosignature(line, of: note.text, by: witness, file: file))
        }
        guard Set(found.map(\.line.keyID)).count >= quorum ?? Set(witnesses.map(\.keyID)).count else {
            throw Refusal(
                "cosignatures-missing", .answerIsNo, "this checkpoint is not cosigned by \(missing.joined(separator: ", "))", at: Place(file: file),
                hint: "ask for a proof that leads to a checkpoint which they cosigned: countersign audit prove --size SIZE")
        }
        return found
    }
}
