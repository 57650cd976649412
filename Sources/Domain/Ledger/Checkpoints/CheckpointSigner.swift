// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// Signs one checkpoint of a log after another: the key's name and id are worked out once.
final class CheckpointSigner {
    private let origin: String
    private let signer: Signer
    private let keyID: [UInt8]

    /// The key's name is the log's origin (C2SP tlog-checkpoint).
    /// - Throws: `signing`.
    init(origin: String, key: PrivateKey) throws(Refusal) {
        self.origin = origin
        signer = try Signer(key)
        keyID = NoteVerifier(name: origin, key: key.publicKey).keyID
    }

    /// - Throws: `signing`.
    func note(size: Int, root: Digest) throws(Refusal) -> SignedNote {
        let text = Checkpoint(origin: origin, size: size, root: root).text
        return SignedNote(text: text, signatures: [NoteSignature(name: origin, keyID: keyID, signature: try signer.sign(Array(text.utf8)))])
    }
}
