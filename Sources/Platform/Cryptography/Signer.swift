// SPDX-License-Identifier: Apache-2.0

import CLibCrypto
public import StrictFormats

/// Signs one message after another with one key: OpenSSL looks the algorithm up once, not for each (EVP_DigestSignInit(3)).
///
/// Not thread-safe: one context, one owner.
public final class Signer {
    public let key: PrivateKey
    private let context: OpaquePointer

    /// - Throws: `signing` where OpenSSL refuses the key.
    public init(_ key: PrivateKey) throws(Refusal) {
        guard let context = EVP_MD_CTX_new() else { OpenSSLError.stop("EVP_MD_CTX_new") }
        self.key = key
        self.context = context
        guard EVP_DigestSignInit(context, nil, key.publicKey.type == .ed25519 ? nil : EVP_sha256(), nil, key.key) == 1 else { throw Self.failed() }
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Signs a message: 64 bytes for Ed25519, a DER ECDSA-Sig-Value over SHA-256 for P-256.
    /// - Throws: `signing`.
    public func sign(_ message: [UInt8]) throws(Refusal) -> [UInt8] {
        // No key, no digest: the context begins anew with its own.
        guard EVP_DigestSignInit(context, nil, nil, nil, nil) == 1 else { throw Self.failed() }
        var length = Int(EVP_PKEY_get_size(key.key))
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else { throw Self.failed() }
        signature.removeLast(signature.count - length)
        return signature
    }

    private static func failed() -> Refusal { Refusal("signing", .internalError, "OpenSSL did not sign: \(OpenSSLError.take())") }
}
