// SPDX-License-Identifier: Apache-2.0

import CLibCrypto
public import StrictFormats

/// A public key: its type, its SubjectPublicKeyInfo DER (RFC 5280 §4.1.2.7), and its id, the SHA-256 of that DER.
public final class PublicKey: @unchecked Sendable {
    public let type: KeyType
    public let der: [UInt8]
    public let id: Digest
    // An EVP_PKEY is reference-counted and, for verification, immutable (openssl-threads(7)).
    private let key: OpaquePointer

    /// Reads a SubjectPublicKeyInfo and accepts only its one canonical form.
    /// - Throws: `key-malformed`, `key-type-unknown`.
    public init(der: [UInt8]) throws(Refusal) {
        let malformed = Refusal(
            "key-malformed", .badData, "this is no SubjectPublicKeyInfo of a known form",
            hint: "keys are ed25519 or ecdsa-p256 (named curve, uncompressed point)")
        guard der.count <= 512 else { throw malformed }
        guard let parsed = Self.ed25519(der) ?? Self.decode(der) else {
            ERR_clear_error()
            throw malformed
        }
        guard let type = Self.type(of: parsed) else {
            EVP_PKEY_free(parsed)
            throw Refusal(
                "key-type-unknown", .badData, "this key is neither Ed25519 nor ECDSA P-256",
                hint: "make one with: countersign key generate --type ed25519 --out FILE")
        }
        key = parsed
        self.type = type
        self.der = der
        id = Digest(of: der)
        // OpenSSL keeps the form that it read (compressed or hybrid points, curves written out), so encoding again
        // proves nothing: the one form of each type is stated here.
        guard der.starts(with: Self.header(type)), der.count == Self.header(type).count + (type == .ed25519 ? 32 : 64) else { throw malformed }
    }

    convenience init(taking pointer: OpaquePointer) throws(Refusal) {
        guard let der = Self.encode(pointer) else {
            throw Refusal("key-malformed", .badData, "this key has no public half: \(OpenSSLError.take())")
        }
        try self.init(der: der)
    }

    /// Reads a PEM `PUBLIC KEY`.
    public convenience init(pem text: String, file: String? = nil) throws(Refusal) {
        let pem = try PEM(text, file: file)
        guard pem.label == "PUBLIC KEY" else {
            throw Refusal(
                "pem-label", .badData, "this PEM block is a \"\(SafeText.escaped(pem.label))\", not a PUBLIC KEY", at: Place(file: file),
                hint: pem.label.contains("PRIVATE") ? "give the .pub file; a private key has no business here" : nil)
        }
        do {
            try self.init(der: pem.bytes)
        } catch {
            throw error.inFile(file)
        }
    }

    deinit { EVP_PKEY_free(key) }

    public var pem: String { PEM(label: "PUBLIC KEY", bytes: der).text }

    /// The 32 raw bytes of an Ed25519 key, the 65 of an uncompressed P-256 point: what makes two keys the same.
    public var rawBytes: [UInt8] { Array(der.suffix(type == .ed25519 ? 32 : 65)) }

    /// Whether the signature over the message is by this key. Ed25519: 64 bytes; P-256: a DER ECDSA-Sig-Value.
    public func isValid(signature: [UInt8], for message: [UInt8]) -> Bool {
        if type == .ed25519, signature.count != 64 { return false }
        guard let context = EVP_MD_CTX_new() else { OpenSSLError.stop("EVP_MD_CTX_new") }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        let digest = type == .ed25519 ? nil : EVP_sha256()
        guard EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// The one form of an Ed25519 key is a fixed header and 32 bytes: OpenSSL needs no decoder for it, whose set-up costs
    /// more than all the rest of reading a trust root.
    private static func ed25519(_ der: [UInt8]) -> OpaquePointer? {
        let header = header(.ed25519)
        guard der.count == header.count + 32, der.starts(with: header) else { return nil }
        return der.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap { EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, $0 + header.count, 32) }
        }
    }

    private static func decode(_ der: [UInt8]) -> OpaquePointer? {
        der.withUnsafeBufferPointer { buffer in
            var pointer = buffer.baseAddress
            return d2i_PUBKEY(nil, &pointer, buffer.count)
        }
    }

    /// All bytes before the key itself (RFC 8410 §4; RFC 5480 §2.1.1 with prime256v1, and 04 for an uncompressed point).
    private static func header(_ type: KeyType) -> [UInt8] {
        switch type {
        case .ed25519: [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        case .ecdsaP256:
            [
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
                0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
            ]
        }
    }

    static func type(of key: OpaquePointer) -> KeyType? {
        if EVP_PKEY_is_a(key, "ED25519") == 1 { return .ed25519 }
        guard EVP_PKEY_is_a(key, "EC") == 1 else { return nil }
        var name = [CChar](repeating: 0, count: 64)
        var length = 0
        guard EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1 else { return nil }
        let curve = String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return curve == "prime256v1" || curve == "P-256" ? .ecdsaP256 : nil
    }

    private static func encode(_ key: OpaquePointer) -> [UInt8]? {
        var raw = [UInt8](repeating: 0, count: 32)
        var count = raw.count
        if EVP_PKEY_is_a(key, "ED25519") == 1, EVP_PKEY_get_raw_public_key(key, &raw, &count) == 1, count == 32 { return header(.ed25519) + raw }
        let length = i2d_PUBKEY(key, nil)
        guard length > 0 else { return nil }
        var output = [UInt8](repeating: 0, count: Int(length))
        let written = output.withUnsafeMutableBufferPointer { buffer in
            var pointer = buffer.baseAddress
            return i2d_PUBKEY(key, &pointer)
        }
        return written == length ? output : nil
    }
}

extension PublicKey: Hashable {
    public static func == (left: PublicKey, right: PublicKey) -> Bool { left.der == right.der }
    public func hash(into hasher: inout Swift.Hasher) { hasher.combine(id) }
}
