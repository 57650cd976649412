// SPDX-License-Identifier: Apache-2.0
// Requests, pins and expectations follow from the stated change, byte for byte.
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Bundles

@Suite(.enabled(if: SharedVectors.areHere)) struct ReferenceDerivationTests {
    @Test func `every change kind derives the requests, pins and expectations of the reference`() throws {
        let all = try #require(JSONDocument(SharedVectors.bytes("reference/derivations.json"), rules: .general).root.arrayValue)
        #expect(all.count == 14)
        var kinds: Set<String> = []
        for vector in all {
            let target = try Target(json: try #require(vector["target"]))
            let change = try Change(json: try #require(vector["change"]), target: target)
            kinds.insert(change.kind.rawValue)
            let derived = Derivation(
                id: try #require(vector["id"]?.stringValue), target: target, change: change, policy: vector["policy"]?["document"]?.stringValue)
            let requests = JSONValue.array(derived.requests.map(PlannedRequest.json))
            let expectations = JSONValue.array(derived.expectations.map(\.json))
            #expect(JSONWriter.canonicalText(requests) == JSONWriter.canonicalText(try #require(vector["requests"])), "\(change.kind)")
            #expect(JSONWriter.canonicalText(expectations) == JSONWriter.canonicalText(try #require(vector["expectations"])), "\(change.kind)")
        }
        #expect(kinds.count == 14)
    }

    @Test(arguments: [("create-key", "trust-v1.json"), ("put-key-policy", "trust-v2.json")])
    func `the reference bundles verify, write back to the byte, and have their digests, fingerprints and pins`(name: String, trust: String) throws {
        let chain = try ReferenceFiles.chain()
        let bytes = try SharedVectors.bytes("reference/\(name).bundle.json")
        let bundle = try VerifiedBundle.verify(UnverifiedBundle(bytes), in: chain)
        #expect(JSONWriter.canonical(bundle.payload.json) == bundle.envelope.payload)
        let expected = try #require(JSONDocument(SharedVectors.bytes("reference/expected.json"), rules: .authored).root["bundles"]?[name])
        #expect(bundle.digest.text == expected["digest"]?.stringValue)
        #expect(bundle.payload.id == expected["id"]?.stringValue)
        #expect(bundle.payload.created.text == expected["created"]?.stringValue)
        #expect(bundle.digest.fingerprint == expected["fingerprint"]?.arrayValue?.compactMap(\.stringValue))
        for request in bundle.payload.derivation.requests { #expect(request.pin.text == expected["pins"]?[request.name]?.stringValue) }
    }

    @Test func `bodies with the bound key have the sent pins of the reference`() throws {
        let bundle = try VerifiedBundle.verify(UnverifiedBundle(SharedVectors.bytes("reference/create-key.bundle.json")), in: ReferenceFiles.chain())
        let sent = try #require(JSONDocument(SharedVectors.bytes("reference/expected.json"), rules: .authored).root["sent"])
        for request in bundle.payload.derivation.requests {
            let body = try request.body(with: [.keyID: BundleFixture.keyID], in: bundle.payload.target)
            #expect(Pin.digest(service: request.service, target: request.target, body: body).text == sent[request.name]?.stringValue)
        }
    }

    @Test func `the reference's approvals hold, and its reject vetoes`() throws {
        let chain = try ReferenceFiles.chain()
        let first = try VerifiedBundle.verify(
            UnverifiedBundle(SharedVectors.bytes("reference/create-key.bundle.json")), in: TrustChainPrefix.first(chain))
        let approvals = try ["alice", "carol"].map {
            try VerifiedApproval.verify(try Envelope(SharedVectors.bytes("reference/create-key.\($0).approve.json")), for: first)
        }
        #expect(approvals.map(\.statement.approver) == ["alice", "carol"])
        let unknown = try #require(throws: Refusal.self) { try ApprovedBundle.count(approvals, for: first, at: date("2026-11-24T12:00:00Z")) }
        #expect(unknown.code == "review-version-unknown")
        let second = try VerifiedBundle.verify(UnverifiedBundle(SharedVectors.bytes("reference/put-key-policy.bundle.json")), in: chain)
        let bob = try VerifiedApproval.verify(try Envelope(SharedVectors.bytes("reference/put-key-policy.bob.approve.json")), for: second)
        let carol = try VerifiedApproval.verify(try Envelope(SharedVectors.bytes("reference/put-key-policy.carol.reject.json")), for: second)
        let veto = try #require(throws: Refusal.self) { try ApprovedBundle.count([bob, carol], for: second, at: date("2026-11-24T14:30:00Z")) }
        #expect(veto.code == "vetoed")
    }
}

@Suite struct BindingTests {
    static let rotation = BundleFixture.payload().derivation.requests[1]

    @Test func `a bound key id replaces the placeholder once and nothing else`() throws {
        #expect(Self.rotation.body == #"{"KeyId":"{{keyId}}","RotationPeriodInDays":365}"#)
        #expect(
            try Self.rotation.body(with: [.keyID: BundleFixture.keyID], in: BundleFixture.target)
                == #"{"KeyId":"\#(BundleFixture.keyID)","RotationPeriodInDays":365}"#)
        let mrk = "mrk-" + String(repeating: "0123456789abcdef", count: 2)
        #expect(try Self.rotation.body(with: [.keyID: mrk], in: BundleFixture.target).contains(mrk))
        let first = BundleFixture.payload().derivation.requests[0]
        #expect(try first.body(with: [.keyID: BundleFixture.keyID], in: BundleFixture.target) == first.body)
    }

    @Test(arguments: [
        "", "DED25D8B-061c-4933-9e3e-1a86bb8d3ae3", "ded25d8b-061c-4933-9e3e-1a86bb8d3ae", "ded25d8b-061c-4933-9e3e-1a86bb8d3ae3 ", "mrk-0123",
        "{{keyId}}",
        "ded25d8b-061c-4933-9e3e-1a86bb8d3ae3\",\"x\":\"", "alias/x", "mrk-\u{301}0123456789abcdef0123456789abcdef", BundleFixture.keyARN,
        "ded25d8b061c49339e3e1a86bb8d3ae3",
    ]) func `what has not the form of a key id is not put into a body`(value: String) throws {
        let refusal = try #require(throws: Refusal.self) { try Self.rotation.body(with: [.keyID: value], in: BundleFixture.target) }
        #expect(refusal.code == "binding-malformed")
        #expect(refusal.category == .badData)
    }

    @Test func `a binding that no answer gave is our own mistake`() throws {
        let refusal = try #require(throws: Refusal.self) { try Self.rotation.body(with: [:], in: BundleFixture.target) }
        #expect(refusal.code == "binding-missing")
    }

    @Test(arguments: [#"{"KeyId":"{{keyId}}","Other":"{{keyId}}"}"#, #"{"KeyId":"x"}"#, #"{"KeyId":"a {{keyId}}"}"#])
    func `a placeholder stands exactly once, as a whole value`(body: String) throws {
        let request = PlannedRequest(name: "x", service: "kms", target: "TrentService.X", body: body, binds: [], uses: [.keyID])
        let refusal = try #require(throws: Refusal.self) { try request.body(with: [.keyID: BundleFixture.keyID], in: BundleFixture.target) }
        #expect(refusal.code == "binding-places")
    }

    @Test func `a key ARN is bound only for the bundle's partition, Region and account`() {
        #expect(Binding.keyARN.accepts(BundleFixture.keyARN, in: BundleFixture.target))
        for (old, new) in [
            ("aws:", "aws-cn:"), ("us-east-1", "us-east-2"), ("604183725190", "604183725191"), ("key/", "alias/"), ("key/", "key/\u{301}"),
        ] {
            #expect(!Binding.keyARN.accepts(BundleFixture.keyARN.replacing(old, with: new), in: BundleFixture.target))
        }
    }

    @Test func `a pin covers the lengths, so that no byte can move from one part to the next`() {
        #expect(Pin.digest(service: "kms", target: "T.X", body: "{}") == Digest(ofText: "countersign/request/v1 3 kms 3 T.X 2 {}"))
        #expect(Pin.digest(service: "é", target: "", body: "") == Digest(ofText: "countersign/request/v1 2 é 0  0 "))
    }
}

/// The reference's trust roots.
enum ReferenceFiles {
    static func chain() throws -> TrustChain {
        try TrustChain(
            files: try ["trust-v1.json", "trust-v2.json"].map { try Envelope(SharedVectors.bytes("reference/\($0)"), expecting: .trustRoot) }
        ) { _ in nil }
    }
}

enum TrustChainPrefix {
    static func first(_ chain: TrustChain) -> TrustChain { TrustChain(chain.first) }
}
