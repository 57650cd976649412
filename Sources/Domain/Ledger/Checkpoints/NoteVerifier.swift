// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// A verifier key of C2SP signed-note: `name+hash+base64(type ‖ key)`, Ed25519 (type 0x01).
public struct NoteVerifier: Sendable, Hashable {
    public let name: String
    public let key: PublicKey

    public init(name: String, key: PublicKey) {
        precondition(key.type == .ed25519)
        self.name = name
        self.key = key
    }

    /// SHA-256(name ‖ 0x0A ‖ type ‖ key)[0..<4].
    public var keyID: [UInt8] { Array(Digest(of: Array(name.utf8) + [0x0A, 0x01] + key.rawBytes).bytes.prefix(4)) }

    /// The text form, as `log.vkey`.
    public var text: String { "\(name)+\(Hex.encode(keyID))+\(Base64.encode([0x01] + key.rawBytes))" }

    public init(text: String, file: String? = nil) throws(Refusal) {
        func malformed() -> Refusal {
            Refusal(
                "vkey-malformed", .badData, "this is no verifier key of an Ed25519 log", at: Place(file: file),
                hint: "the form is NAME+HASH+BASE64 (C2SP signed-note)")
        }
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, SignedNote.isName(parts[0]), let blob = Base64.decode(String(parts[2])), blob.count == 33, blob[0] == 0x01 else {
            throw malformed()
        }
        // The DER of an Ed25519 SubjectPublicKeyInfo is this header and the 32 bytes (RFC 8410 §4).
        let header: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        self.init(name: String(parts[0]), key: try PublicKey(der: header + blob.dropFirst()))
        guard Hex.decode(parts[1]) == keyID else { throw malformed() }
    }

    /// Whether the note carries a valid signature line of this key.
    public func isSigned(_ note: SignedNote) -> Bool {
        let id = keyID
        let message = Array(note.text.utf8)
        let lines = note.signatures.filter { $0.name.hasSameBytes(as: name) && $0.keyID == id }
        return lines.count == 1 && key.isValid(signature: lines[0].signature, for: message)
    }
}
