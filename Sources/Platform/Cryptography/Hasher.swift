// SPDX-License-Identifier: Apache-2.0

import CLibCrypto
import Glibc

/// SHA-256 by EVP with one fetched algorithm and one reused context: as fast as `openssl speed`.
public final class Hasher {
    private let context: OpaquePointer

    // Fetched once; EVP_MD objects are immutable and may be shared between threads (EVP_MD_fetch(3)).
    nonisolated(unsafe) private static let algorithm: OpaquePointer = {
        guard let md = EVP_MD_fetch(nil, "SHA2-256", nil) else { OpenSSLError.stop("EVP_MD_fetch") }
        return md
    }()

    public init() {
        guard let made = EVP_MD_CTX_new() else { OpenSSLError.stop("EVP_MD_CTX_new") }
        context = made
        if EVP_DigestInit_ex2(context, Self.algorithm, nil) != 1 { OpenSSLError.stop("EVP_DigestInit_ex2") }
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Starts anew, dropping whatever was fed.
    public func reset() {
        // The context keeps its algorithm where none is named.
        if EVP_DigestInit_ex2(context, nil, nil) != 1 { OpenSSLError.stop("EVP_DigestInit_ex2") }
    }

    public func update(_ bytes: UnsafeRawBufferPointer) {
        if EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) != 1 { OpenSSLError.stop("EVP_DigestUpdate") }
    }

    public func finish() -> Digest {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { output in
            guard let base = output.baseAddress, EVP_DigestFinal_ex(context, base, nil) == 1 else {
                OpenSSLError.stop("EVP_DigestFinal_ex")
            }
            return Digest(raw: base)
        }
    }

    public func digest(_ bytes: [UInt8]) -> Digest { bytes.withUnsafeBytes { digest($0) } }

    public func digest(_ bytes: UnsafeRawBufferPointer) -> Digest {
        reset()
        update(bytes)
        return finish()
    }

    /// Runs with this thread's own hasher.
    static func shared<Value>(_ body: (Hasher) -> Value) -> Value {
        if let stored = pthread_getspecific(key) {
            return body(Unmanaged<Hasher>.fromOpaque(stored).takeUnretainedValue())
        }
        let made = Hasher()
        pthread_setspecific(key, Unmanaged.passRetained(made).toOpaque())
        return body(made)
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { stored in
            if let stored { Unmanaged<Hasher>.fromOpaque(stored).release() }
        }
        return key
    }()
}
