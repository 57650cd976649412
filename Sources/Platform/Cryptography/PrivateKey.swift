// SPDX-License-Identifier: Apache-2.0

import CLibCrypto
public import StrictFormats

/// A private key in memory. OpenSSL holds and wipes it; nothing here prints or copies it.
public final class PrivateKey: @unchecked Sendable, CustomStringConvertible {
    public let publicKey: PublicKey
    // Signing with one EVP_PKEY from several threads is safe: each call has its own context (openssl-threads(7)).
    let key: OpaquePointer

    init(taking pointer: OpaquePointer) throws(Refusal) {
        do {
            publicKey = try PublicKey(taking: pointer)
        } catch {
            EVP_PKEY_free(pointer)
            throw error
        }
        key = pointer
    }

    deinit { EVP_PKEY_free(key) }

    public var description: String { "(private key of \(publicKey.id))" }

    public static func generate(_ type: KeyType) throws(Refusal) -> PrivateKey {
        let made = type == .ed25519 ? cs_keygen_ed25519() : cs_keygen_p256()
        guard let made else {
            throw Refusal("key-generation", .internalError, "OpenSSL made no key: \(OpenSSLError.take())")
        }
        return try PrivateKey(taking: made)
    }

    /// Signs a message: 64 bytes for Ed25519, a DER ECDSA-Sig-Value over SHA-256 for P-256.
    public func sign(_ message: [UInt8]) throws(Refusal) -> [UInt8] {
        try Signer(self).sign(message)
    }
}
