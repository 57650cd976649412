// SPDX-License-Identifier: Apache-2.0
import Cryptography
import DomainFixtures
import StrictFormats
import Testing
import Trust

@Suite struct EnvelopeTests {
    static let keyID = "sha256:" + String(repeating: "0", count: 64)

    static func text(
        payload: String = "aGk=", type: String = "application/vnd.countersign.bundle+json", keyid: String = keyID, sig: String = "AAEC",
        more: String = ""
    ) -> String {
        #"{"payload":"\#(payload)","payloadType":"\#(type)","signatures":[{"keyid":"\#(keyid)","sig":"\#(sig)"}]\#(more)}"#
    }

    @Test(arguments: [
        text(), text() + "\n", " \n" + text().replacing(",", with: " ,\r\n\t") + " \n\n", text(payload: "-_-_"), text(sig: "+/+/"),
        #"{"signatures":[],"payloadType":"application/vnd.in-toto+json","payload":""}"#,
    ]) func `white space, order and either base64 alphabet are read`(text: String) throws {
        let envelope = try Envelope(Array(text.utf8))
        #expect(envelope.bytes == Array(text.utf8))
        #expect(envelope.payloadDigest == Digest(of: envelope.payload))
        #expect(envelope.envelopeDigest == Digest(ofText: text))
    }

    @Test(
        arguments: [
            ("", "json-empty", nil), (text() + "x", "json-trailing", nil), (text() + text(), "json-trailing", nil),
            ("\u{FEFF}" + text(), "json-byte-order-mark", nil),
            ("[]", "wrong-type", ""), (text(more: #","x":1"#), "unknown-member", "/x"), (text(more: #","payload":"""#), "json-duplicate", nil),
            (text(payload: "aGk"), "invalid-value", "/payload"), (text(payload: "aGl="), "invalid-value", "/payload"),
            (text(payload: "aG k="), "invalid-value", "/payload"),
            (text(payload: "+_+_"), "invalid-value", "/payload"), (text(payload: "aGk=\\n"), "invalid-value", "/payload"),
            (text(sig: "AA=="), nil, nil),
            (text(sig: "AB=="), "invalid-value", "/signatures/0/sig"), (text(type: "text/plain"), "unexpected-value", "/payloadType"),
            (text(keyid: "alice"), "invalid-value", "/signatures/0/keyid"), (text(keyid: keyID.uppercased()), "invalid-value", "/signatures/0/keyid"),
            (#"{"payload":"","payloadType":"application/vnd.in-toto+json"}"#, "missing-member", ""),
            (#"{"payload":null,"payloadType":"application/vnd.in-toto+json","signatures":[]}"#, "wrong-type", "/payload"),
            (text().replacing(#""sig""#, with: #""cert":"","sig""#), "unknown-member", "/signatures/0/cert"),
        ] as [(String, String?, String?)]) func `nothing unknown, nothing after, nothing that is not canonical base64`(
            text: String, code: String?, pointer: String?
        ) throws
    {
        guard let code else {
            _ = try Envelope(Array(text.utf8), file: "e.json")
            return
        }
        let refusal = try #require(throws: Refusal.self) { try Envelope(Array(text.utf8), file: "e.json") }
        #expect(refusal.code.hasPrefix(code.hasPrefix("json-") ? "json-" : code))
        if let pointer { #expect(refusal.place.pointer == pointer) }
        #expect(refusal.place.file == "e.json")
        #expect(refusal.category == .badData)
    }

    @Test func `another type than the one expected is named`() throws {
        let refusal = try #require(throws: Refusal.self) { try Envelope(Array(Self.text().utf8), expecting: .approval) }
        #expect(refusal.code == "envelope-type")
        #expect(refusal.message == "this is a bundle, not an approval")
    }

    @Test func `65 signatures and five million bytes are too much`() throws {
        let one = EnvelopeSignature(keyID: try #require(Digest(text: Self.keyID)), signature: [1])
        #expect(try Envelope(Envelope(type: .approval, payload: [], signatures: Array(repeating: one, count: 64)).bytes).signatures.count == 64)
        #expect(throws: Refusal.self) { try Envelope(Envelope(type: .approval, payload: [], signatures: Array(repeating: one, count: 65)).bytes) }
        let large = Array(Self.text().utf8) + [UInt8](repeating: 0x20, count: 5_000_000)
        #expect(throws: Refusal.self) { try Envelope(large) }
    }

    @Test(arguments: [
        "{\"a\": 1}", "{\"b\":1,\"a\":2}", "{\"a\":1.0}", "{\"a\":1}\n", "{\"a\":\"\\u0061\"}", "\u{FEFF}{}", "{\"a\":9007199254740992}",
        "{\"a\":1,\"a\":1}",
    ])
    func `a payload that is not its own canonical form is refused, though signed`(payload: String) throws {
        let envelope = try sealed(.trustRoot, Array(payload.utf8), by: [Keys.alice, Keys.carol])
        let refusal = try #require(throws: Refusal.self) { try VerifiedTrustRoot.verify(envelope, previous: nil) }
        #expect(refusal.code.hasPrefix("json-"))
        #expect(refusal.message.hasPrefix("in the payload: "))
    }

    @Test func `an envelope is written as one canonical line and a line feed`() throws {
        let envelope = Envelope(
            type: .approval, payload: [0xFB, 0xFF],
            signatures: [EnvelopeSignature(keyID: try #require(Digest(text: Self.keyID)), signature: [0xFF, 0xFE])])
        #expect(
            String(decoding: envelope.bytes, as: UTF8.self)
                == #"{"payload":"+/8=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"\#(Self.keyID)","sig":"//4="}]}"# + "\n")
    }
}
