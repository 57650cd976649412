// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
import Trust

/// What a key signs: the type byte of C2SP signed-note.
public enum NoteKeyKind: UInt8, Sendable, CaseIterable {
    /// The note's text itself, as a log does (Ed25519).
    case plain = 0x01
    /// A checkpoint and the time, as a witness does (C2SP tlog-cosignature, `cosignature/v1`).
    case cosignature = 0x04
}

/// A verifier key of C2SP signed-note: `name+hash+base64(type ‖ key)`, Ed25519.
public struct NoteVerifier: Sendable, Hashable {
    public let name: String
    public let key: PublicKey
    public let kind: NoteKeyKind

    public init(name: String, key: PublicKey, kind: NoteKeyKind = .plain) {
        precondition(key.type == .ed25519)
        self.name = name
        self.key = key
        self.kind = kind
    }

    /// SHA-256(name ‖ 0x0A ‖ type ‖ key)[0..<4].
    public var keyID: [UInt8] { Array(Digest(of: Array(name.utf8) + [0x0A, kind.rawValue] + key.rawBytes).bytes.prefix(4)) }

    /// The text form, as `log.vkey`.
    public var text: String { "\(name)+\(Hex.encode(keyID))+\(Base64.encode([kind.rawValue] + key.rawBytes))" }

    /// Reads the text form.
    /// - Parameter kind: whose key it must be: a log's, or a witness's.
    /// - Throws: `vkey-malformed`.
    public init(text: String, kind: NoteKeyKind = .plain, file: String? = nil) throws(Refusal) {
        func malformed() -> Refusal {
            Refusal(
                "vkey-malformed", .badData, "this is no verifier key of an Ed25519 \(kind == .plain ? "log" : "witness")", at: Place(file: file),
                hint: "the form is NAME+HASH+BASE64 (C2SP signed-note)")
        }
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, Names.isNoteName(String(parts[0])), let blob = Base64.decode(String(parts[2])), blob.count == 33,
            blob[0] == kind.rawValue
        else { throw malformed() }
        // The DER of an Ed25519 SubjectPublicKeyInfo is this header and the 32 bytes (RFC 8410 §4).
        let header: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        self.init(name: String(parts[0]), key: try PublicKey(der: header + blob.dropFirst()), kind: kind)
        guard Hex.decode(parts[1]) == keyID else { throw malformed() }
    }

    /// Whether a signature line is said to be by this key. Name and key id alone say so; both can be imitated.
    public func isNamed(by line: NoteSignature) -> Bool { line.name.hasSameBytes(as: name) && line.keyID == keyID }

    /// Whether the note carries exactly one line of this log's key, and it is valid.
    public func isSigned(_ note: SignedNote) -> Bool {
        precondition(kind == .plain, "a witness's line is read as a Cosignature")
        let lines = note.signatures.filter(isNamed(by:))
        return lines.count == 1 && key.isValid(signature: lines[0].signature, for: Array(note.text.utf8))
    }
}
