// SPDX-License-Identifier: Apache-2.0
// Who signed a root, rotation by both thresholds, chains and pins.
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing
import Trust

@Suite struct ChainTests {
    static func refusal(_ body: () throws -> Void) throws -> Refusal { try #require(throws: Refusal.self) { try body() } }

    static func code(_ body: () throws -> Void) throws -> String { try refusal(body).code }

    static func first(by keys: [PrivateKey], _ edits: [(String, JSONValue?)] = []) throws -> Envelope {
        try sealed(.trustRoot, JSONWriter.canonical(TrustFixture.payload().with(edits)), by: keys)
    }

    static func resigned(_ envelope: Envelope, _ signatures: [EnvelopeSignature]) -> Envelope {
        Envelope(type: envelope.type, payload: envelope.payload, signatures: signatures)
    }

    // MARK: signatures

    @Test func `one owner is not enough, whatever number of keys signs`() throws {
        #expect(try Self.code { _ = try VerifiedTrustRoot.verify(Self.first(by: [Keys.alice]), previous: nil) } == "trust-not-signed")
        let both = try Self.first(by: [Keys.alice, Keys.bob], [("/keys/\(Keys.bob.id.text)/owner", "alice")])
        let refusal = try Self.refusal { _ = try VerifiedTrustRoot.verify(both, previous: nil) }
        #expect(refusal.code == "trust-not-signed")
        #expect(refusal.category == .notPermitted)
        #expect(refusal.message == "its own root threshold is not reached: 1 of 2 owners of role root: alice; could still sign: carol")
    }

    @Test func `signatures that are unknown, repeated or of another role count for nothing and are notes`() throws {
        let good = try Self.first(by: [Keys.alice, Keys.carol])
        let more = try Self.first(by: [Keys.alice, Keys.carol, Keys.stranger, Keys.dana])
        let repeated = Self.resigned(good, good.signatures + [good.signatures[0]])
        let repeatedWrong = Self.resigned(good, good.signatures + [EnvelopeSignature(keyID: Keys.alice.id, signature: [0])])
        #expect(try VerifiedTrustRoot.verify(good, previous: nil).notes.isEmpty)
        #expect(
            try VerifiedTrustRoot.verify(more, previous: nil).notes == [
                "signature by \(Keys.stranger.id) not counted: unknown key", "signature by \(Keys.dana.id) not counted: key is not of this role",
            ])
        for envelope in [repeated, repeatedWrong] {
            #expect(try VerifiedTrustRoot.verify(envelope, previous: nil).notes == ["signature by \(Keys.alice.id) not counted: repeated"])
        }
        let alone = try Self.first(by: [Keys.alice, Keys.alice])
        #expect(try Self.code { _ = try VerifiedTrustRoot.verify(alone, previous: nil) } == "trust-not-signed")
    }

    @Test func `a wrong signature by a known key refuses the root`() throws {
        let good = try Self.first(by: [Keys.alice, Keys.carol, Keys.bob])
        for index in 0..<3 {
            var signatures = good.signatures
            signatures[index] = EnvelopeSignature(keyID: signatures[index].keyID, signature: good.signatures[(index + 1) % 3].signature)
            #expect(try Self.code { _ = try VerifiedTrustRoot.verify(Self.resigned(good, signatures), previous: nil) } == "trust-signature-wrong")
        }
        let empty = Self.resigned(good, [])
        #expect(try Self.code { _ = try VerifiedTrustRoot.verify(empty, previous: nil) } == "trust-not-signed")
    }

    @Test func `what is signed is the DSSE pre-authentication encoding`() throws {
        #expect(
            PreAuthEncoding.message(type: "http://example.com/HelloWorld", payload: Array("hello world".utf8))
                == Array("DSSEv1 29 http://example.com/HelloWorld 11 hello world".utf8))
        #expect(PreAuthEncoding.message(type: "é", payload: []) == Array("DSSEv1 2 é 0 ".utf8))
        let good = TrustFixture.first.envelope
        #expect(good.message == Array("DSSEv1 38 application/vnd.countersign.trust+json \(good.payload.count) ".utf8) + good.payload)
        for (index, key) in [Keys.alice, Keys.carol].enumerated() {
            #expect(key.publicKey.isValid(signature: good.signatures[index].signature, for: good.message))
        }
    }

    // MARK: rotation

    /// Version 2 in which bob and a stranger hold the root role, alice and carol no longer do.
    static func rotated(by keys: [PrivateKey]) throws -> Envelope {
        let payload = TrustFixture.payload(version: 2, previous: TrustFixture.first.envelope.payloadDigest).with([
            ("/keys/\(Keys.stranger.id.text)", TrustFixture.key(Keys.stranger, "frank").1),
            ("/roles/root", TrustFixture.role(2, Keys.bob, Keys.stranger)),
        ])
        return try sealed(.trustRoot, JSONWriter.canonical(payload), by: keys)
    }

    @Test func `a new version is signed by both thresholds`() throws {
        func verify(_ keys: PrivateKey...) throws -> VerifiedTrustRoot {
            try VerifiedTrustRoot.verify(Self.rotated(by: keys), previous: TrustFixture.first)
        }
        #expect(try Self.refusal { _ = try verify(Keys.alice, Keys.carol) }.message.hasPrefix("its own root threshold"))
        #expect(try Self.refusal { _ = try verify(Keys.bob, Keys.stranger) }.message.hasPrefix("version 1's root threshold"))
        #expect(try Self.code { _ = try verify(Keys.bob, Keys.alice) } == "trust-not-signed")
        // bob counts for both; a signature that counts under one version is no note.
        let whole = try verify(Keys.bob, Keys.alice, Keys.stranger)
        #expect(whole.notes.isEmpty)
        #expect(whole.root.version == 2)
    }

    @Test func `a new version names the one before, its number and its origin`() throws {
        for edits: [(String, JSONValue?)] in [
            [("/version", 3)], [("/previous", .string("sha256:" + String(repeating: "1", count: 64)))], [("/origin", "example.com/other")],
        ] {
            let envelope = try TrustFixture.next(TrustFixture.first, edits)
            let refusal = try Self.refusal { _ = try VerifiedTrustRoot.verify(envelope, previous: TrustFixture.first) }
            #expect(refusal.code == "trust-link")
            #expect(refusal.category == .notPermitted)
        }
        let second = try TrustFixture.next(TrustFixture.first)
        #expect(try Self.code { _ = try VerifiedTrustRoot.verify(second, previous: nil) } == "trust-unlinked")
        #expect(try VerifiedTrustRoot.verify(second, previous: nil, trustedDigest: second.payloadDigest).root.version == 2)
        #expect(
            try Self.code { _ = try VerifiedTrustRoot.verify(second, previous: nil, trustedDigest: TrustFixture.first.envelope.payloadDigest) }
                == "trust-unlinked")
    }

    // MARK: pins

    @Test func `files make one chain in any order, and pins are obeyed`() throws {
        let chain = try TrustFixture.chain([("/limits/maxValiditySeconds", 1000)], [("/limits/maxValiditySeconds", 2000)])
        let (one, two, three) = (chain.links[0], chain.links[1], chain.links[2])
        let other = try VerifiedTrustRoot.verify(Self.first(by: [Keys.bob, Keys.carol], [("/limits/maxValiditySeconds", 5)]), previous: nil)
        func answer(_ roots: [VerifiedTrustRoot], _ pin: TrustReference?) throws -> String {
            do throws(Refusal) {
                return "\(try TrustChain(files: roots.map(\.envelope)) { origin in origin == TrustFixture.origin ? pin : nil }.newest.root.version)"
            } catch {
                #expect(error.category == .notPermitted || error.code == "trust-missing")
                return error.code
            }
        }
        let none: TrustReference? = nil
        let table: [([VerifiedTrustRoot], TrustReference?, String)] = [
            ([one], none, "1"), ([three, one, two], none, "3"), ([one, one, two], none, "2"), ([], none, "trust-missing"),
            ([two], none, "trust-unlinked"), ([one, three], none, "trust-link"), ([one, other], none, "trust-link"),
            ([one], one.reference, "1"), ([one, two], one.reference, "2"), ([two], two.reference, "2"), ([three, two], two.reference, "3"),
            ([one], two.reference, "trust-older-than-pin"), ([one, two], three.reference, "trust-older-than-pin"),
            ([three], two.reference, "trust-unlinked"), ([two], one.reference, "trust-unlinked"),
            ([other], one.reference, "trust-contradicts-pin"),
            ([one, two], TrustReference(version: 2, digest: one.envelope.payloadDigest), "trust-contradicts-pin"),
            ([two, three], TrustReference(version: 2, digest: one.envelope.payloadDigest), "trust-unlinked"),
        ]
        for (index, row) in table.enumerated() { #expect(try answer(row.0, row.1) == row.2, "row \(index)") }
    }

    @Test func `the pins file is read strictly and written canonically`() throws {
        let digest = String(repeating: "ab", count: 32)
        let text = #"{"example.com/a":{"digest":"sha256:\#(digest)","version":1}}"#
        var pins = try Pins(Array(text.utf8), file: "pins.json")
        #expect(pins["example.com/a"] == TrustReference(version: 1, digest: try #require(Digest(hex: digest))))
        #expect(pins["example.com/b"] == nil)
        #expect(pins.bytes == Array((text + "\n").utf8))
        pins["example.com/a"] = TrustReference(version: 2, digest: try #require(Digest(hex: digest)))
        #expect(String(decoding: pins.bytes, as: UTF8.self).contains(#""version":2"#))
        for (bad, code, pointer) in [
            (#"{"example.com/a":{"digest":"sha256:\#(digest)"}}"#, "missing-member", "/example.com~1a"),
            (#"{"example.com/a":{"digest":"sha256:\#(digest)","version":0}}"#, "invalid-value", "/example.com~1a/version"),
            (#"{"Example":{"digest":"sha256:\#(digest)","version":1}}"#, "pins-origin", "/Example"), ("[]", "wrong-type", ""),
        ] {
            let refusal = try Self.refusal { _ = try Pins(Array(bad.utf8), file: "pins.json") }
            #expect(refusal.code == code)
            #expect(refusal.place.pointer == pointer)
            #expect(refusal.place.file == "pins.json")
        }
        let twice = #"{"a":{"digest":"sha256:\#(digest)","version":1},"a":{"digest":"sha256:\#(digest)","version":2}}"#
        #expect(throws: Refusal.self) { try Pins(Array(twice.utf8)) }
    }
}

@Suite(.enabled(if: SharedVectors.areHere)) struct ReferenceRootTests {
    @Test func `the reference's versions 1 and 2 verify with their digests, and version 2 not without version 1`() throws {
        let one = try Envelope(SharedVectors.bytes("reference/trust-v1.json"), expecting: .trustRoot)
        let two = try Envelope(SharedVectors.bytes("reference/trust-v2.json"), expecting: .trustRoot)
        let first = try VerifiedTrustRoot.verify(one, previous: nil)
        let second = try VerifiedTrustRoot.verify(two, previous: first)
        #expect(first.reference.digest.text == "sha256:fad696de36cba8cba61c2e666c167b08257b50f18763e9cb1b903756139da493")
        #expect(second.reference.digest.text == "sha256:01a4572addb745ad688a7ed6f3f05210d5655c8bca5fe3af721776b1051c0990")
        #expect(first.notes + second.notes == [])
        for root in [first, second] {
            #expect(JSONWriter.canonical(root.root.json) == root.envelope.payload)
            #expect(Envelope(type: .trustRoot, payload: root.envelope.payload, signatures: root.envelope.signatures).bytes == root.envelope.bytes)
        }
        let refusal = try #require(throws: Refusal.self) { try VerifiedTrustRoot.verify(two, previous: nil) }
        #expect(refusal.code == "trust-unlinked")
        #expect(try TrustChain(files: [two, one]) { _ in nil }.newest.root.version == 2)
    }
}
