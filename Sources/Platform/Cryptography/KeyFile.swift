// SPDX-License-Identifier: Apache-2.0

import CLibCrypto
import Files
public import StrictFormats

/// Private key files: PKCS#8 PEM (RFC 5958), encrypted by PBES2 with scrypt (RFC 7914) and AES-256-CBC.
public enum KeyFile {
    /// scrypt cost: N = 2^14, r = 8, p = 5 (OWASP's choice for 16 MiB), a fraction of a second for each use of a key.
    /// A larger N needs more than the 32 MiB that OpenSSL allows scrypt when it opens a PKCS#8 file, its own command included.
    private static let scrypt = (n: UInt64(1 << 14), r: UInt64(8), p: UInt64(5))

    /// Reads and, where it is encrypted, decrypts a key file.
    /// - Parameter passphrase: asked only if the file is encrypted.
    /// - Throws: `key-file-exposed`, `key-file-malformed`, `passphrase-wrong`, and what reading throws.
    public static func read(
        _ path: String, passphrase: (_ path: String) throws(Refusal) -> SecretBytes
    ) throws(Refusal) -> PrivateKey {
        var bytes: [UInt8]
        do throws(Refusal) {
            bytes = try PrivateFile.read(path)
        } catch {
            // Everybody may read a public half: of that file its mode is not what is wrong.
            guard error.code == "key-file-exposed", try isPublicHalf(path) else { throw error }
            throw noPrivateKey(path, isPublic: true)
        }
        defer { SecretBytes.wipe(&bytes) }
        let encrypted = contains(bytes, "-----BEGIN ENCRYPTED PRIVATE KEY-----")
        guard encrypted || contains(bytes, "-----BEGIN PRIVATE KEY-----") else {
            throw noPrivateKey(path, isPublic: contains(bytes, "PUBLIC KEY"))
        }
        let key: OpaquePointer?
        if encrypted {
            guard let sealed = block(bytes, { PEM_read_bio_PKCS8($0, nil, nobody, nil) }) else { throw malformed(path) }
            defer { X509_SIG_free(sealed) }
            key = open(sealed, try passphrase(path))
            if key == nil {
                ERR_clear_error()
                throw Refusal(
                    "passphrase-wrong", .notPermitted, "the passphrase does not open this key", at: Place(file: path),
                    hint: "check the passphrase, its first line alone where it comes from a file, and that this is the right key")
            }
        } else {
            guard let info = block(bytes, { PEM_read_bio_PKCS8_PRIV_KEY_INFO($0, nil, nobody, nil) }) else { throw malformed(path) }
            defer { PKCS8_PRIV_KEY_INFO_free(info) }
            key = privateKey(info)
        }
        guard let key else { throw malformed(path) }
        do {
            return try PrivateKey(taking: key)
        } catch {
            throw error.inFile(path)
        }
    }

    private static func noPrivateKey(_ path: String, isPublic: Bool) -> Refusal {
        Refusal(
            "key-file-malformed", .badData, "this is no PKCS#8 private key in PEM", at: Place(file: path),
            hint: isPublic
                ? "this is the public half; give the file without .pub" : "make one with: countersign key generate --type ed25519 --out FILE")
    }

    /// Whether a file that others may read is a public key, and holds no private one.
    private static func isPublicHalf(_ path: String) throws(Refusal) -> Bool {
        var bytes = try FileReader.read(path)
        defer { SecretBytes.wipe(&bytes) }
        return contains(bytes, "-----BEGIN PUBLIC KEY-----") && !contains(bytes, "PRIVATE KEY")
    }

    /// Looks for a text without making a copy of the secret around it.
    private static func contains(_ bytes: [UInt8], _ text: StaticString) -> Bool {
        text.withUTF8Buffer { wanted in
            bytes.count >= wanted.count && (0...(bytes.count - wanted.count)).contains { bytes[$0..<($0 + wanted.count)].elementsEqual(wanted) }
        }
    }

    private static func malformed(_ path: String) -> Refusal {
        Refusal("key-file-malformed", .badData, "this key cannot be read: \(OpenSSLError.take())", at: Place(file: path))
    }

    /// A block with an encryption header of its own (RFC 1421) must not make OpenSSL ask the terminal.
    private static let nobody: @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = { _, _, _, _ in -1 }

    /// The first PEM block of the kind that is read.
    private static func block(_ bytes: [UInt8], _ read: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        bytes.withUnsafeBytes { buffer in
            guard let bio = BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count)) else { return nil }
            defer { BIO_free(bio) }
            return read(bio)
        }
    }

    /// Decrypts with the passphrase as it is: PEM_read_bio_PrivateKey(3) would stop at a NUL and at 1024 bytes.
    private static func open(_ sealed: OpaquePointer, _ passphrase: SecretBytes) -> OpaquePointer? {
        let info = passphrase.withBytes { secret in
            secret.withMemoryRebound(to: CChar.self) { PKCS8_decrypt(sealed, $0.baseAddress, Int32($0.count)) }
        }
        guard let info else { return nil }
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        return privateKey(info)
    }

    /// An Ed25519 key stands in its PKCS#8 as it is (RFC 8410 §7): 04 20 and 32 bytes, no parameters. OpenSSL's decoders,
    /// slow to set up, are for every other form.
    private static func privateKey(_ info: OpaquePointer) -> OpaquePointer? {
        var type: OpaquePointer?
        var bytes: UnsafePointer<UInt8>?
        var count: Int32 = 0
        var algorithm: UnsafePointer<X509_ALGOR>?
        guard PKCS8_pkey_get0(&type, &bytes, &count, &algorithm, info) == 1, OBJ_obj2nid(type) == NID_ED25519,
            algorithm?.pointee.parameter == nil, count == 34, let bytes, bytes[0] == 0x04, bytes[1] == 0x20
        else { return EVP_PKCS82PKEY(info) }
        return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, bytes + 2, 32)
    }

    /// Writes the key with mode 0600, and its public half as PEM beside it (`PATH.pub`). Overwrites nothing.
    public static func write(_ key: PrivateKey, to path: String, passphrase: SecretBytes?) throws(Refusal) {
        try FileWriter.checkAbsent(path)
        try FileWriter.checkAbsent(path + ".pub")
        var bytes = try encode(key, passphrase)
        defer { SecretBytes.wipe(&bytes) }
        try FileWriter.write(bytes, to: path, mode: 0o600)
        try FileWriter.write(Array(key.publicKey.pem.utf8), to: path + ".pub")
    }

    private static func encode(_ key: PrivateKey, _ passphrase: SecretBytes?) throws(Refusal) -> [UInt8] {
        func failed() -> Refusal { Refusal("key-writing", .internalError, "OpenSSL did not write the key: \(OpenSSLError.take())") }
        guard let info = EVP_PKEY2PKCS8(key.key), let bio = BIO_new(BIO_s_secmem() ?? BIO_s_mem()) else { throw failed() }
        defer {
            PKCS8_PRIV_KEY_INFO_free(info)
            BIO_free(bio)
        }
        if let passphrase {
            guard let algorithm = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nil, 0, nil, scrypt.n, scrypt.r, scrypt.p) else { throw failed() }
            let sealed = passphrase.withBytes { secret in
                secret.withMemoryRebound(to: CChar.self) {
                    PKCS8_set0_pbe($0.baseAddress, Int32($0.count), info, algorithm)
                }
            }
            guard let sealed else { throw failed() }
            defer { X509_SIG_free(sealed) }
            guard PEM_write_bio_PKCS8(bio, sealed) == 1 else { throw failed() }
        } else {
            guard PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, info) == 1 else { throw failed() }
        }
        var data: UnsafeMutablePointer<CChar>?
        let length = cs_bio_mem_data(bio, &data)
        guard length > 0, let data else { throw failed() }
        return UnsafeBufferPointer(start: data, count: length).map { UInt8(bitPattern: $0) }
    }
}
