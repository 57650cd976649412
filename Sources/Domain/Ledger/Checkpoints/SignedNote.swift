// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import StrictFormats
import Trust

/// One signature line of a note: `— name base64(key id ‖ signature)`.
public struct NoteSignature: Sendable, Hashable {
    public let name: String
    public let keyID: [UInt8]
    public let signature: [UInt8]

    public init(name: String, keyID: [UInt8], signature: [UInt8]) {
        self.name = name
        self.keyID = keyID
        self.signature = signature
    }

    /// The line with its line feed.
    public var line: String { "\u{2014} \(name) \(Base64.encode(keyID + signature))\n" }
}

/// A C2SP signed note: a text, an empty line, signature lines.
public struct SignedNote: Sendable {
    /// With its final line feed; this is what is signed.
    public let text: String
    public let signatures: [NoteSignature]

    static let maximumBytes = 1 << 20
    static let maximumSignatures = 100

    public init(text: String, signatures: [NoteSignature]) {
        self.text = text
        self.signatures = signatures
    }

    /// Reads a note (C2SP signed-note): UTF-8, no control but the line feed and nothing else that a screen cannot
    /// show safely, one empty line before the signatures.
    /// - Throws: `note-malformed`.
    public init(_ bytes: [UInt8], file: String? = nil) throws(Refusal) {
        func malformed(_ message: String) -> Refusal {
            Refusal("note-malformed", .badData, message, at: Place(file: file), hint: "a note is a text, an empty line, and lines that begin with —")
        }
        guard bytes.count <= Self.maximumBytes else { throw malformed("this note is larger than \(Self.maximumBytes) bytes") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw malformed("this note is not valid UTF-8") }
        guard !bytes.contains(0x0D) else {
            throw malformed("this note holds carriage returns: its lines were changed on their way; ask for the file itself, not for its text")
        }
        guard !bytes.contains(where: { $0 < 0x20 && $0 != 0x0A }) else { throw malformed("this note holds a control character") }
        guard bytes.last == 0x0A else { throw malformed("this note does not end with a line feed: its end was cut off on its way") }
        guard let cut = Self.lastEmptyLine(bytes) else { throw malformed("this note has no signatures") }
        text = String(decoding: bytes[...cut], as: UTF8.self)
        // A note is printed as it stands.
        guard !bytes[...cut].contains(where: { $0 >= 0x7F }) || !text.unicodeScalars.contains(where: { $0 != "\n" && SafeText.isRefused($0) }) else {
            throw malformed("this note holds characters that cannot be shown safely")
        }
        var signatures: [NoteSignature] = []
        for line in bytes[(cut + 2)...].dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
            guard let signature = Self.signature(line) else {
                throw malformed("signature line \(signatures.count + 1) is malformed")
            }
            signatures.append(signature)
        }
        guard (1...Self.maximumSignatures).contains(signatures.count) else { throw malformed("this note has no signatures, or too many") }
        self.signatures = signatures
    }

    /// The index of the line feed that ends the text, where an empty line follows.
    private static func lastEmptyLine(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 3 else { return nil }
        for index in stride(from: bytes.count - 2, through: 1, by: -1) where bytes[index] == 0x0A && bytes[index - 1] == 0x0A { return index - 1 }
        return nil
    }

    /// One line without its line feed. Spaces are bytes here: to a reader of characters a space that carries an accent is none.
    /// - Parameter line: valid UTF-8.
    static func signature(_ line: ArraySlice<UInt8>) -> NoteSignature? {
        guard line.starts(with: dash), let space = line.dropFirst(dash.count).firstIndex(of: 0x20) else { return nil }
        let name = String(decoding: line[(line.startIndex + dash.count)..<space], as: UTF8.self)
        guard Names.isNoteName(name), let blob = Base64.decode(String(decoding: line[(space + 1)...], as: UTF8.self)), blob.count > 4
        else { return nil }
        return NoteSignature(name: name, keyID: Array(blob.prefix(4)), signature: Array(blob.dropFirst(4)))
    }

    private static let dash = Array("\u{2014} ".utf8)

    public var bytes: [UInt8] { Array((text + "\n" + signatures.map(\.line).joined()).utf8) }
}
