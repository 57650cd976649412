// SPDX-License-Identifier: Apache-2.0

import StrictFormats
import Testing

@testable import Cryptography

@Suite struct DigestTests {
    @Test func `the digest of abc is the one FIPS 180-4 prints`() {
        #expect(Digest(ofText: "abc").text == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Digest(of: []).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            Digest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)).hex
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `a digest comes back from its text, its hex and its bytes`() throws {
        for number in 0..<200 {
            let digest = Digest(ofText: "\(number)")
            var text: [UInt8] = [1]
            digest.appendText(to: &text)
            #expect(text == [1] + Array(digest.text.utf8) && digest.text == "sha256:" + digest.hex)
            #expect(Digest(text: digest.text) == digest && Digest(hex: digest.hex) == digest && Digest(bytes: digest.bytes) == digest)
            #expect(try Digest(json: digest.json) == digest)
            var copied = [UInt8](repeating: 0, count: 32)
            copied.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { digest.copy(to: base) } }
            #expect(copied == digest.bytes)
        }
    }

    @Test func `the order is that of the bytes`() throws {
        let digests = (0..<500).map { Digest(ofText: "\($0)") }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
        for position in 0..<32 {
            var low = [UInt8](repeating: 0x7F, count: 32)
            var high = low
            (low[position], high[position]) = (0x7F, 0x80)
            if position < 31 { (low[position + 1], high[position + 1]) = (0xFF, 0x00) }
            let (a, b) = (try #require(Digest(bytes: low)), try #require(Digest(bytes: high)))
            #expect(a < b && !(b < a) && a != b)
        }
    }

    @Test func `each of the 64 places takes the sixteen lower-case digits and nothing else`() {
        let good = Array(Digest(ofText: "places").text.utf8)
        let digits = Array("0123456789abcdef".utf8)
        for place in 7..<71 {
            for byte in UInt8(0)..<0x80 {
                var text = good
                text[place] = byte
                let read = Digest(text: String(decoding: text, as: UTF8.self))
                #expect((read != nil) == digits.contains(byte))
                if let read { #expect(Array(read.text.utf8) == text) }
            }
        }
    }

    @Test(arguments: [
        "", "sha256:", "sha256:ba78", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha256:BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
        "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha256:ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        " sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ])
    func `any other text is no digest`(text: String) throws {
        #expect(Digest(text: text) == nil)
        let refusal = try isRefused("invalid-value", .badData) { _ = try Digest(json: .string(text)) }
        #expect(refusal.hint == "a digest is sha256: and 64 lower-case hexadecimal digits")
    }

    @Test func `a digest has 32 bytes`() {
        for count in [0, 31, 33, 64] { #expect(Digest(bytes: [UInt8](repeating: 0, count: count)) == nil) }
    }

    @Test func `parts give the digest of the whole`() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        let hasher = Hasher()
        for cut in [0, 1, 63, 64, 65, 999, 1_000] {
            hasher.reset()
            bytes[..<cut].withUnsafeBytes { hasher.update($0) }
            bytes[cut...].withUnsafeBytes { hasher.update($0) }
            #expect(hasher.finish() == Digest(of: bytes))
        }
    }

    @Test func `threads do not disturb one another`() async {
        let expected = (0..<50).map { Digest(ofText: "\($0)").hex }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<20).allSatisfy { _ in (0..<50).map { Digest(ofText: "\($0)").hex } == expected } }
            }
            for await same in group { #expect(same) }
        }
    }

    @Test(.enabled(if: Reference.present, Reference.absence), arguments: ["create-key", "put-key-policy"])
    func `the fingerprint is that of the reference`(name: String) throws {
        let bundle = try #require(try Reference.json("expected.json")["bundles"]?[name])
        let digest = try #require(Digest(text: bundle["digest"]?.stringValue ?? ""))
        let words = try #require(bundle["fingerprint"]?.arrayValue).compactMap(\.stringValue)
        #expect(digest.fingerprint == words && words.count == 16)
        #expect(digest.confirmation == words.prefix(2).joined(separator: " "))
    }

    /// RFC 4231 §4; the fifth case shows 128 bits alone.
    @Test(arguments: [
        (String(repeating: "0b", count: 20), "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        ("4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (String(repeating: "aa", count: 20), String(repeating: "dd", count: 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            "0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (String(repeating: "0c", count: 20), "546573742057697468205472756e636174696f6e", "a3b6167473100ee06e0c796c2955552b"),
        (
            String(repeating: "aa", count: 131),
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            String(repeating: "aa", count: 131),
            "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c61726765722074"
                + "68616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365"
                + "642062792074686520484d414320616c676f726974686d2e",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ])
    func `HMAC-SHA-256 is that of the standard`(key: String, message: String, expected: String) throws {
        let code = MessageAuthentication.hmacSHA256(key: try #require(Hex.decode(key)), try #require(Hex.decode(message)))
        #expect(code.count == 32)
        #expect(Hex.encode(code).hasPrefix(expected))
    }

    @Test func `an empty key and an empty message have a code too`() {
        #expect(Hex.encode(MessageAuthentication.hmacSHA256(key: [], [])) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func `random ids are lower-case UUIDs of version 4 and differ`() throws {
        let ids = (0..<500).map { _ in SecureRandom.uuid() }
        #expect(Set(ids).count == 500)
        let form = try Regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
        for id in ids { #expect(try form.wholeMatch(in: id) != nil) }
        #expect(SecureRandom.bytes(0).isEmpty && SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }
}
