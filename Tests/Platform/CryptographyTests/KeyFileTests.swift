// SPDX-License-Identifier: Apache-2.0

import Foundation
import StrictFormats
import Testing

@testable import Cryptography

@Suite(.timeLimit(.minutes(10))) struct KeyFileTests {
    private static let passphrase = "correct horse battery staple"

    private func secret(_ text: String) -> SecretBytes { SecretBytes(Array(text.utf8)) }

    @Test(arguments: KeyType.allCases) func `a key comes back from its file, which only its owner can reach`(type: KeyType) throws {
        let folder = try KeyFolder()
        let key = try PrivateKey.generate(type)
        try KeyFile.write(key, to: "\(folder.path)/k", passphrase: nil)
        #expect(try folder.mode("k") == 0o600 && folder.mode("k.pub") == 0o644)
        #expect(try folder.bytes("k.pub") == Array(key.publicKey.pem.utf8))
        let again = try KeyFile.read("\(folder.path)/k", passphrase: neverAsked)
        #expect(again.publicKey == key.publicKey)
        #expect(key.publicKey.isValid(signature: try again.sign([1]), for: [1]))
    }

    @Test(arguments: KeyType.allCases) func `an encrypted key opens with its passphrase and no other`(type: KeyType) throws {
        let folder = try KeyFolder()
        let path = "\(folder.path)/k"
        let key = try PrivateKey.generate(type)
        try KeyFile.write(key, to: path, passphrase: secret(Self.passphrase))
        var asked: [String] = []
        let again = try KeyFile.read(path) { (path: String) throws(Refusal) -> SecretBytes in
            asked.append(path)
            return secret(Self.passphrase)
        }
        #expect(again.publicKey == key.publicKey && asked == [path])
        for wrong in ["", "x", Self.passphrase + " ", String(Self.passphrase.dropLast())] {
            let refusal = try isRefused("passphrase-wrong", .notPermitted) { _ = try KeyFile.read(path) { _ in secret(wrong) } }
            #expect(refusal.message == "the passphrase does not open this key" && refusal.place.file == path)
        }
        _ = try isRefused("no-terminal", .configuration) {
            _ = try KeyFile.read(path) { (path: String) throws(Refusal) -> SecretBytes in
                throw Refusal("no-terminal", .configuration, "nobody to ask")
            }
        }
    }

    @Test(arguments: ["x", "pässword 🔑", String(repeating: "long ", count: 200), String(repeating: "longer ", count: 200), "a\u{0}b"])
    func `a passphrase of any length and content is taken whole`(passphrase: String) throws {
        let folder = try KeyFolder()
        let path = "\(folder.path)/k"
        let key = try PrivateKey.generate(.ed25519)
        try KeyFile.write(key, to: path, passphrase: secret(passphrase))
        #expect(try KeyFile.read(path) { _ in secret(passphrase) }.publicKey == key.publicKey)
        _ = try isRefused("passphrase-wrong", .notPermitted) { _ = try KeyFile.read(path) { _ in secret(passphrase + "!") } }
        _ = try isRefused("passphrase-wrong", .notPermitted) { _ = try KeyFile.read(path) { _ in secret(String(passphrase.dropLast())) } }
    }

    @Test(.enabled(if: OpenSSLCommand.path != nil, OpenSSLCommand.absence), arguments: KeyType.allCases)
    func `the openssl command reads our files`(type: KeyType) throws {
        let folder = try KeyFolder()
        let key = try PrivateKey.generate(type)
        try KeyFile.write(key, to: "\(folder.path)/plain", passphrase: nil)
        try KeyFile.write(key, to: "\(folder.path)/sealed", passphrase: secret(Self.passphrase))
        #expect(try OpenSSLCommand.run("pkey", "-in", "\(folder.path)/plain", "-pubout", "-outform", "DER") == key.publicKey.der)
        let opened = try OpenSSLCommand.run(
            "pkey", "-in", "\(folder.path)/sealed", "-passin", "env:TEST_PASSPHRASE", "-pubout", "-outform", "DER", passphrase: Self.passphrase)
        #expect(opened == key.publicKey.der)
        let pkcs8 = try OpenSSLCommand.run("pkcs8", "-in", "\(folder.path)/sealed", "-passin", "env:TEST_PASSPHRASE", passphrase: Self.passphrase)
        #expect(String(decoding: pkcs8, as: UTF8.self).hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(try OpenSSLCommand.run("pkey", "-pubin", "-in", "\(folder.path)/plain.pub", "-outform", "DER") == key.publicKey.der)
    }

    @Test(.enabled(if: OpenSSLCommand.path != nil, OpenSSLCommand.absence))
    func `an encrypted file says PBES2, scrypt and AES-256-CBC`() throws {
        let folder = try KeyFolder()
        try KeyFile.write(try PrivateKey.generate(.ed25519), to: "\(folder.path)/k", passphrase: secret(Self.passphrase))
        let shown = String(decoding: try OpenSSLCommand.run("asn1parse", "-in", "\(folder.path)/k"), as: UTF8.self)
        let objects = shown.matches(of: /OBJECT +:(.+)/).map { String($0.output.1) }
        #expect(objects == ["PBES2", "scrypt", "aes-256-cbc"])
        // N = 2^14, r = 8, p = 5
        let numbers = shown.matches(of: /INTEGER +:(.+)/).map { String($0.output.1) }
        #expect(numbers == ["4000", "08", "05"])
    }

    @Test(.enabled(if: OpenSSLCommand.path != nil, OpenSSLCommand.absence), arguments: [["ED25519"], ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]])
    func `we read the openssl command's files`(algorithm: [String]) throws {
        let folder = try KeyFolder()
        let pem =
            algorithm.count == 1
            ? try OpenSSLCommand.run("genpkey", "-algorithm", algorithm[0])
            : try OpenSSLCommand.run("genpkey", "-algorithm", algorithm[0], algorithm[1], algorithm[2])
        let plain = try folder.file("plain", pem)
        let der = try OpenSSLCommand.run("pkey", "-in", plain, "-pubout", "-outform", "DER")
        #expect(try KeyFile.read(plain, passphrase: neverAsked).publicKey.der == der)
        for options in [["-v2", "aes-256-cbc"], ["-scrypt", "-v2", "aes-128-cbc"]] {
            let sealed =
                options.count == 2
                ? try OpenSSLCommand.run(
                    "pkcs8", "-topk8", "-in", plain, "-passout", "env:TEST_PASSPHRASE", options[0], options[1], passphrase: Self.passphrase)
                : try OpenSSLCommand.run(
                    "pkcs8", "-topk8", "-in", plain, "-passout", "env:TEST_PASSPHRASE", options[0], options[1], options[2],
                    passphrase: Self.passphrase)
            let file = try folder.file("sealed", sealed)
            #expect(try KeyFile.read(file) { _ in secret(Self.passphrase) }.publicKey.der == der)
        }
    }

    @Test(.enabled(if: OpenSSLCommand.path != nil, OpenSSLCommand.absence)) func `a P-256 key with its curve written out is refused`() throws {
        let folder = try KeyFolder()
        let pem = try OpenSSLCommand.run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit")
        let file = try folder.file("k", pem)
        #expect(try isRefused("key-malformed", .badData) { _ = try KeyFile.read(file, passphrase: neverAsked) }.place.file == file)
    }

    @Test func `a file that others can reach is not opened`() throws {
        let folder = try KeyFolder()
        try KeyFile.write(try PrivateKey.generate(.ed25519), to: "\(folder.path)/k", passphrase: nil)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(folder.path)/k")
        _ = try isRefused("key-file-exposed", .notPermitted) { _ = try KeyFile.read("\(folder.path)/k", passphrase: neverAsked) }
    }

    @Test func `neither half overwrites anything`() throws {
        let folder = try KeyFolder()
        let key = try PrivateKey.generate(.ed25519)
        _ = try folder.file("a", [1])
        _ = try folder.file("b.pub", [2])
        for name in ["a", "b"] {
            _ = try isRefused("output-exists", .cannotCreate) { try KeyFile.write(key, to: "\(folder.path)/\(name)", passphrase: nil) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a", "b.pub"])
        try KeyFile.write(key, to: "\(folder.path)/c", passphrase: nil)
        #expect(try KeyFile.read("\(folder.path)/c", passphrase: neverAsked).publicKey == key.publicKey)
    }

    @Test(arguments: [
        "", "no key", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
    ])
    func `what is no PKCS#8 key is refused and nobody is asked`(text: String) throws {
        let folder = try KeyFolder()
        let file = try folder.file("k", Array(text.utf8))
        #expect(try isRefused("key-file-malformed", .badData) { _ = try KeyFile.read(file, passphrase: neverAsked) }.place.file == file)
    }

    @Test func `the public half in place of the private one is named`() throws {
        let folder = try KeyFolder()
        let file = try folder.file("k.pub", Array(try PrivateKey.generate(.ed25519).publicKey.pem.utf8))
        let refusal = try isRefused("key-file-malformed", .badData) { _ = try KeyFile.read(file, passphrase: neverAsked) }
        #expect(refusal.hint == "this is the public half; give the file without .pub")
        // As it stands beside its key: for everybody to read.
        for mode in [0o644, 0o664, 0o444] {
            #expect(chmod(file, mode_t(mode)) == 0)
            #expect(try isRefused("key-file-malformed", .badData) { _ = try KeyFile.read(file, passphrase: neverAsked) } == refusal)
        }
        // A file that holds a private key besides is exposed, whatever else is in it.
        let both = try folder.file("both", Array(try (PrivateKey.generate(.ed25519).publicKey.pem + "-----BEGIN PRIVATE KEY-----\n").utf8))
        #expect(chmod(both, 0o644) == 0)
        _ = try isRefused("key-file-exposed", .notPermitted) { _ = try KeyFile.read(both, passphrase: neverAsked) }
    }

    @Test func `no secret stands in any text that an error or a value gives`() throws {
        let folder = try KeyFolder()
        let path = "\(folder.path)/k"
        let key = try PrivateKey.generate(.ed25519)
        try KeyFile.write(key, to: path, passphrase: nil)
        let body = try PEM(String(decoding: try folder.bytes("k"), as: UTF8.self))
        let secrets = [Self.passphrase, Base64.encode(body.bytes), Hex.encode(body.bytes.suffix(32)), Base64.encode(Array(body.bytes.suffix(32)))]
        for name in [path, path + ".pub"] { try FileManager.default.removeItem(atPath: name) }
        try KeyFile.write(key, to: path, passphrase: secret(Self.passphrase))

        var texts: [String] = []
        func note(_ value: Any) {
            var dumped = ""
            dump(value, to: &dumped)
            texts += ["\(value)", String(reflecting: value), dumped]
        }
        note(key)
        note(secret(Self.passphrase))
        note(try #require(throws: Refusal.self) { try KeyFile.read(path) { _ in secret(Self.passphrase + "x") } })
        note(try #require(throws: Refusal.self) { try KeyFile.write(key, to: path, passphrase: secret(Self.passphrase)) })
        let damaged = try folder.file("damaged", Array(body.text.replacing("END PRIVATE", with: "END  PRIVATE").utf8))
        note(try #require(throws: Refusal.self) { try KeyFile.read(damaged, passphrase: neverAsked) })
        let exposed = try folder.file("exposed", Array(body.text.utf8), mode: 0o644)
        note(try #require(throws: Refusal.self) { try KeyFile.read(exposed, passphrase: neverAsked) })
        note(try #require(throws: Refusal.self) { try PublicKey(pem: body.text) })
        note(try #require(throws: Refusal.self) { try PublicKey(der: body.bytes) })
        for text in texts {
            for secret in secrets { #expect(!text.contains(secret), "\(text)") }
        }
        #expect("\(secret(Self.passphrase))" == "(secret)")
        #expect("\(key)" == "(private key of \(key.publicKey.id))")
    }

    @Test func `secret bytes are taken over and wiped`() {
        var bytes: [UInt8] = [1, 2, 3]
        let secret = SecretBytes(consuming: &bytes)
        #expect(bytes.isEmpty && secret.count == 3)
        #expect(secret.withBytes { Array($0) } == [1, 2, 3])
        #expect(SecretBytes([]).withBytes { $0.count } == 0)
    }
}
