// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

extension LedgerReader {
    /// The checkpoint of a size joined with its stored cosignatures, in the order of the witnesses' names.
    /// - Parameter size: nil for the newest.
    /// - Returns: nil where there is no checkpoint of that size.
    public func cosignedNote(_ size: Int? = nil) throws(Refusal) -> SignedNote? {
        let stored: [UInt8]?
        if let size { stored = try checkpoint(size) } else { stored = try latestCheckpoint() }
        guard let stored else { return nil }
        let note = try SignedNote(stored, file: path)
        let state = try Checkpoint(text: note.text, file: path)
        return SignedNote(text: note.text, signatures: note.signatures + (try cosignatureLines(state.size)))
    }

    /// The stored cosignature lines of a size; whose they are and whether they hold is another question.
    public func cosignatureLines(_ size: Int) throws(Refusal) -> [NoteSignature] {
        var lines: [NoteSignature] = []
        for (_, bytes) in try cosignatures(size) { lines.append(try NoteSignature(line: bytes, file: path)) }
        return lines
    }
}

extension NoteSignature {
    /// Reads one whole line with its line feed.
    /// - Throws: `cosignature-malformed`.
    public init(line: [UInt8], file: String? = nil) throws(Refusal) {
        guard line.last == 0x0A, String(validating: line, as: UTF8.self) != nil, let signature = SignedNote.signature(line.dropLast()),
            Array(signature.line.utf8) == line
        else {
            throw Refusal(
                "cosignature-malformed", .badData, "this is no signature line of a note", at: Place(file: file),
                hint: "a line is: — NAME BASE64 (C2SP signed-note)")
        }
        self = signature
    }

    /// Reads what a witness answers: signature lines alone (C2SP tlog-witness).
    public static func lines(_ bytes: [UInt8], file: String? = nil) throws(Refusal) -> [NoteSignature] {
        guard bytes.count <= SignedNote.maximumBytes else {
            throw Refusal("cosignature-malformed", .badData, "this file is too large to hold cosignatures", at: Place(file: file))
        }
        var lines: [NoteSignature] = []
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: true) { lines.append(try NoteSignature(line: line + [0x0A], file: file)) }
        guard (1...SignedNote.maximumSignatures).contains(lines.count) else {
            throw Refusal(
                "cosignature-malformed", .badData, "this file holds no cosignatures, or too many", at: Place(file: file),
                hint: "give what the witness answered, or the cosigned note")
        }
        return lines
    }
}
