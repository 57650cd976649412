// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
import Trust

/// A C2SP tlog-checkpoint: the state of a log, in a signed note.
public struct Checkpoint: Sendable, Hashable {
    public let origin: String
    public let size: Int
    public let root: Digest

    public init(origin: String, size: Int, root: Digest) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads the note's text. Extension lines are refused (formats.md §6), and sizes that no number of these formats can be: a note's size is somebody
    /// else's until its signature holds.
    /// - Throws: `checkpoint-malformed`.
    public init(text: String, file: String? = nil) throws(Refusal) {
        func malformed(_ message: String) -> Refusal { Refusal("checkpoint-malformed", .badData, message, at: Place(file: file)) }
        // By bytes, as the specification counts lines.
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(Substring($0)) }
        guard lines.count == 4, lines[3].isEmpty else { throw malformed("a checkpoint has exactly three lines: origin, size, root") }
        guard Names.isOrigin(lines[0]) else { throw malformed("\"\(SafeText.escaped(lines[0]))\" is no origin") }
        guard let size = Int(lines[1]), (0...JSONValue.largestInteger).contains(size), "\(size)".hasSameBytes(as: lines[1]) else {
            throw malformed("\"\(SafeText.escaped(lines[1]))\" is no size")
        }
        guard let bytes = Base64.decode(lines[2]), let root = Digest(bytes: bytes) else {
            throw malformed("the third line is no SHA-256 in base64")
        }
        self.init(origin: lines[0], size: size, root: root)
    }

    public var text: String { "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n" }

    /// Signs it with the ledger's key; the key's name is the origin.
    public func signed(by key: PrivateKey) throws(Refusal) -> SignedNote {
        try CheckpointSigner(origin: origin, key: key).note(size: size, root: root)
    }

    /// Reads a note and demands the log's own signature.
    /// - Throws: `checkpoint-signature` (not permitted).
    public static func verified(_ bytes: [UInt8], by key: PublicKey, file: String? = nil) throws(Refusal) -> Checkpoint {
        let note = try SignedNote(bytes, file: file)
        let checkpoint = try Checkpoint(text: note.text, file: file)
        guard NoteVerifier(name: checkpoint.origin, key: key).isSigned(note) else {
            throw Refusal(
                "checkpoint-signature", .notPermitted, "this checkpoint is not signed by the ledger key \(key.id)", at: Place(file: file),
                hint: "take it from the ledger itself: countersign ledger checkpoint LEDGER")
        }
        return checkpoint
    }
}
