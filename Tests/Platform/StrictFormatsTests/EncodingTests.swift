// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StrictFormats

@Suite struct EncodingTests {
    /// RFC 4648 §10.
    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")])
    func `base64 is that of the standard`(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "=", "==", "====", "Z===", "Zm=v", "=g==", "Z g=", "Zg==\n", "\nZg==", "Zm9v\nZm9v", "Zm9v====",
        "Zg==Zg==", "Zm-v", "Zm_v",
        "é===", "Zm9\u{0}", "Zg=A",
    ])
    func `base64 that is not canonical is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func `the URL-safe form is taken only where it is allowed, and never mixed`() {
        #expect(Base64.encode([0xFB, 0xFF, 0xBE]) == "+/++")
        #expect(Base64.decode("-_--") == nil)
        #expect(Base64.decode("-_--", urlSafe: true) == [0xFB, 0xFF, 0xBE])
        #expect(Base64.decode("+/++", urlSafe: true) == [0xFB, 0xFF, 0xBE])
        #expect(Base64.decode("-_8=", urlSafe: true) == [0xFB, 0xFF])
        #expect(Base64.decode("-_9=", urlSafe: true) == nil)
        #expect(Base64.decode("-_8", urlSafe: true) == nil)
        // RFC 4648 has two alphabets; a text in both at once is in neither.
        #expect(Base64.decode("-/++", urlSafe: true) == nil)
        #expect(Base64.decode("+_++", urlSafe: true) == nil)
    }

    @Test func `bytes of any length come back from base64, and every text has one spelling`() {
        var random = SeededGenerator(for: "base64")
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let text = Base64.encode(bytes)
            #expect(Base64.decode(text) == bytes)
            var other = Array(text.utf8)
            guard !other.isEmpty else { continue }
            other[Int.random(in: 0..<other.count, using: &random)] ^= 1
            if let decoded = Base64.decode(String(decoding: other, as: UTF8.self)) { #expect(decoded != bytes) }
        }
    }

    @Test(arguments: ["0", "0G", "AB", "aB", "0x", " 00", "00 ", "é"]) func `hexadecimal is lower case and whole`(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func `all bytes come back from hexadecimal`() {
        let all = Array(UInt8.min ... .max)
        #expect(Hex.encode(all).hasPrefix("000102") && Hex.encode(all).hasSuffix("fdfeff"))
        #expect(Hex.decode(Hex.encode(all)) == all)
    }

    @Test(arguments: [0, 1, 47, 48, 49, 96, 1000]) func `a PEM block comes back, 64 characters a line`(count: Int) throws {
        let pem = PEM(label: "PUBLIC KEY", bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0) })
        #expect(try PEM(pem.text) == pem)
        #expect(try PEM(pem.text + "\n\n") == pem)
        #expect(try PEM(pem.text.split(separator: "\n").joined(separator: "\r\n")) == pem)
        #expect(pem.text.split(separator: "\n").allSatisfy { $0.utf8.count <= 64 })
    }

    @Test(arguments: [
        "", "\n", "Zg==", "-----BEGIN A-----", "-----BEGIN A-----\nZg==\n", "-----BEGIN A-----\nZg==\n-----END B-----\n",
        "x\n-----BEGIN A-----\nZg==\n-----END A-----\n",
        "-----BEGIN A-----\nZg==\n-----END A-----\nx\n", "-----BEGIN A-----\nZg=\n-----END A-----\n", "-----BEGIN A-----\nZ g==\n-----END A-----\n",
        "-----BEGIN A-----\nZh==\n-----END A-----\n", "----BEGIN A-----\nZg==\n-----END A-----\n",
        "-----BEGIN A-----\nZg==\n-----END A-----\n-----BEGIN A-----\nZg==\n-----END A-----\n",
        "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nZg==\n-----END A-----\n",
    ])
    func `what is not one whole PEM block is refused`(text: String) throws {
        let refusal = try #require(throws: Refusal.self) { try PEM(text, file: "k.pem") }
        #expect(refusal.code == "pem-malformed" && refusal.category == .badData && refusal.place.file == "k.pem")
    }

    /// The examples of arXiv:0901.4016: IPv4 addresses as proquints.
    @Test(arguments: [
        ([127, 0, 0, 1], "lusab babad"), ([63, 84, 220, 193], "gutih tugad"), ([63, 118, 7, 35], "gutuk bisog"),
        ([140, 98, 193, 141], "mudof sakat"),
        ([64, 255, 6, 200], "haguz biram"), ([128, 30, 52, 45], "mabiv gibot"), ([147, 67, 119, 2], "natag lisaf"),
        ([212, 58, 253, 68], "tibup zujah"),
        ([216, 35, 68, 215], "tobog higil"), ([216, 68, 232, 21], "todah vobij"), ([198, 81, 129, 136], "sinid makam"),
        ([12, 110, 110, 204], "budov kuras"),
    ])
    func `proquints are those of the paper`(bytes: [UInt8], words: String) {
        #expect(Proquints.words(bytes).joined(separator: " ") == words)
    }
}
