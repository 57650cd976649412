// SPDX-License-Identifier: Apache-2.0

import StrictFormats
import Testing

@testable import Cryptography

@Suite struct PublicKeyTests {
    @Test(.enabled(if: Reference.present, Reference.absence), arguments: Reference.keys) func `the ids are those of the reference`(name: String)
        throws
    {
        let expected = try Reference.json("expected.json")["keys"]?[name]?.stringValue
        let key = try Reference.publicKey(name)
        #expect(key.id.text == expected)
        #expect(key.type == (name == "carol" ? .ecdsaP256 : .ed25519))
        #expect(Array(key.pem.utf8) == (try Reference.bytes("keys/\(name).pub")))
        let folder = try KeyFolder()
        let file = try folder.file("key.pem", try Reference.bytes("keys/\(name).pem"))
        #expect(try KeyFile.read(file, passphrase: neverAsked).publicKey == key)
    }

    @Test(arguments: KeyType.allCases) func `a key comes back from its DER and its PEM`(type: KeyType) throws {
        let key = try PrivateKey.generate(type).publicKey
        #expect(key.type == type)
        #expect(try PublicKey(der: key.der) == key)
        #expect(try PublicKey(pem: key.pem) == key)
        #expect(key.id == Digest(of: key.der))
        #expect(key.der.count == (type == .ed25519 ? 44 : 91))
        #expect(key.rawBytes.count == (type == .ed25519 ? 32 : 65) && key.der.suffix(key.rawBytes.count) == key.rawBytes[...])
    }

    @Test(arguments: KeyType.allCases) func `bytes too many or too few are refused`(type: KeyType) throws {
        let der = try PrivateKey.generate(type).publicKey.der
        for other in [[], der + [0], Array(der.dropLast()), [0] + der, [UInt8](repeating: 0x30, count: 600)] {
            _ = try isRefused("key-malformed", .badData) { _ = try PublicKey(der: other) }
        }
    }

    @Test func `a point that is not on the curve is refused`() throws {
        var der = try PrivateKey.generate(.ecdsaP256).publicKey.der
        der[90] ^= 1
        _ = try isRefused("key-malformed", .badData) { _ = try PublicKey(der: der) }
    }

    /// One key in other forms, made by the openssl command: a compressed and a hybrid point, and a curve written out.
    @Test(
        .enabled(if: OpenSSLCommand.path != nil, OpenSSLCommand.absence), .timeLimit(.minutes(5)),
        arguments: [
            ["-conv_form", "compressed"], ["-conv_form", "hybrid"], ["-param_enc", "explicit"],
        ])
    func `a P-256 key has one form`(form: [String]) throws {
        let folder = try KeyFolder()
        let key = try PrivateKey.generate(.ecdsaP256).publicKey
        let file = try folder.file("k.pub", Array(key.pem.utf8))
        let der = try OpenSSLCommand.run("ec", "-pubin", "-in", file, form[0], form[1], "-pubout", "-outform", "DER")
        #expect(der != key.der)
        _ = try isRefused("key-malformed", .badData) { _ = try PublicKey(der: der) }
    }

    @Test(
        .enabled(if: OpenSSLCommand.path != nil, OpenSSLCommand.absence), .timeLimit(.minutes(5)),
        arguments: [
            ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"], ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
            ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["X25519"], ["ED448"],
        ])
    func `a key of another type is refused`(algorithm: [String]) throws {
        let folder = try KeyFolder()
        let pem =
            algorithm.count == 1
            ? try OpenSSLCommand.run("genpkey", "-algorithm", algorithm[0])
            : try OpenSSLCommand.run("genpkey", "-algorithm", algorithm[0], algorithm[1], algorithm[2])
        let file = try folder.file("k.pem", pem)
        let der = try OpenSSLCommand.run("pkey", "-in", file, "-pubout", "-outform", "DER")
        _ = try isRefused("key-type-unknown", .badData) { _ = try PublicKey(der: der) }
        let refusal = try isRefused("key-type-unknown", .badData) { _ = try KeyFile.read(file, passphrase: neverAsked) }
        #expect(refusal.place.file == file)
    }

    @Test func `another PEM block is no public key, and a private one is warned of`() throws {
        let text = PEM(label: "PRIVATE KEY", bytes: [1, 2, 3]).text
        let refusal = try isRefused("pem-label", .badData) { _ = try PublicKey(pem: text, file: "k.pem") }
        #expect(refusal.place.file == "k.pem" && refusal.hint == "give the .pub file; a private key has no business here")
        #expect(try isRefused("pem-label", .badData) { _ = try PublicKey(pem: PEM(label: "CERTIFICATE", bytes: []).text) }.hint == nil)
    }
}
