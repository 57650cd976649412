// SPDX-License-Identifier: Apache-2.0
// Who signed a bundle or an approval, under which roots, within which limits and windows.
import Cryptography
import DomainFixtures
import StrictFormats
import Testing
import Trust

@testable import Bundles

@Suite struct BundleSignatureTests {
    static func refusal(_ envelope: Envelope, in chain: TrustChain = TrustChain(TrustFixture.first)) throws -> Refusal {
        try #require(throws: Refusal.self) { try VerifiedBundle.verify(UnverifiedBundle(envelope), in: chain) }
    }

    static let payload = BundleFixture.payload().json

    @Test func `a bundle carries exactly one signature, by the preparer that it names`() throws {
        #expect(try Self.refusal(sealed(.bundle, JSONWriter.canonical(Self.payload), by: [])).code == "bundle-signatures")
        #expect(try Self.refusal(sealed(.bundle, Self.payload, by: Keys.dana, Keys.erin)).code == "bundle-signatures")
        #expect(try Self.refusal(sealed(.bundle, Self.payload, by: Keys.stranger)).code == "bundle-signer-unknown")
        // Another preparer signs it again, so that the first may approve.
        let resigned = try Self.refusal(sealed(.bundle, Self.payload, by: Keys.erin))
        #expect(resigned.code == "bundle-preparer")
        #expect(resigned.category == .notPermitted)
        let renamed = Self.payload.with([("/preparer/owner", "dana"), ("/preparer/keyid", Keys.erin.id.json)])
        #expect(try Self.refusal(sealed(.bundle, renamed, by: Keys.erin)).code == "bundle-preparer")
        let approver = Self.payload.with([("/preparer/owner", "alice"), ("/preparer/keyid", Keys.alice.id.json)])
        #expect(try Self.refusal(sealed(.bundle, approver, by: Keys.alice)).code == "bundle-preparer")
    }

    @Test func `no byte of a bundle can change`() throws {
        let good = try BundleFixture.signed(BundleFixture.payload())
        for index in stride(from: 0, to: good.payload.count, by: 41) {
            var payload = good.payload
            payload[index] ^= 1
            let refusal = try Self.refusal(Envelope(type: .bundle, payload: payload, signatures: good.signatures))
            #expect(refusal.code == "bundle-signature")
        }
        #expect(throws: Refusal.self) { try UnverifiedBundle(TrustFixture.first.envelope.bytes) }
    }

    @Test func `the root that it names is in the chain, and it holds under the newest too`() throws {
        let stranger = Self.payload.with("/trust/digest", BundleFixture.ledgerRoot.json)
        #expect(try Self.refusal(sealed(.bundle, stranger, by: Keys.dana)).code == "bundle-trust")
        let version = Self.payload.with("/trust/version", 2)
        #expect(try Self.refusal(sealed(.bundle, version, by: Keys.dana)).code == "bundle-trust")
        let bundle = try BundleFixture.signed(BundleFixture.payload())
        _ = try VerifiedBundle.verify(UnverifiedBundle(bundle), in: TrustFixture.chain([("/limits/maxValiditySeconds", 300_000)]))
        for (edits, code, part) in [
            (
                [("/limits/accounts", ["111111111111"])], "bundle-limits",
                "account 604183725190 is outside the limits of trust root version 2: 111111111111"
            ),
            ([("/limits/regions", ["eu-west-1"])], "bundle-limits", "Region us-east-1"),
            ([("/limits/partition", "aws-cn")], "bundle-limits", "partition aws"),
            ([("/limits/operations", ["put-key-policy"])], "bundle-limits", "operation create-key"),
            ([("/limits/operations", [])], "bundle-limits", "none"),
            ([("/limits/maxValiditySeconds", 259_199)], "bundle-limits", "a window of 3 days is outside"),
            (
                [("/roles/preparer/keys", .strings([Keys.erin.id.text])), ("/keys/\(Keys.dana.id.text)", nil)], "bundle-preparer",
                "no preparer of trust root version 2"
            ),
            ([("/keys/\(Keys.dana.id.text)/owner", "danielle")], "bundle-preparer", "dana with the key"),
        ] as [([(String, JSONValue?)], String, String)] {
            let refusal = try Self.refusal(bundle, in: TrustFixture.chain(edits))
            #expect(refusal.code == code)
            #expect(refusal.category == .notPermitted)
            #expect(refusal.message.contains(part))
        }
    }

    @Test func `the window is open from notBefore up to, but not at, expires`() throws {
        let bundle = try BundleFixture.verified()
        func code(_ time: String) -> String? {
            do throws(Refusal) { try bundle.checkWindow(at: date(time)) } catch { return error.code }
            return nil
        }
        #expect(code("2026-11-24T10:59:59Z") == "window-not-open")
        #expect(code("2026-11-24T11:00:00Z") == nil)
        #expect(code("2026-11-27T10:59:59Z") == nil)
        #expect(code("2026-11-27T11:00:00Z") == "window-over")
        let chain = try TrustFixture.chain([("/expires", "2026-11-25T00:00:00Z")])
        let expiring = try VerifiedBundle.verify(UnverifiedBundle(bundle.envelope), in: chain)
        let refusal = try #require(throws: Refusal.self) { try expiring.checkWindow(at: date("2026-11-25T00:00:00Z")) }
        #expect(refusal.code == "trust-expired")
    }
}

@Suite struct ApprovalTests {
    static func code(_ envelope: Envelope, for bundle: VerifiedBundle) throws -> String? {
        do { _ = try VerifiedApproval.verify(envelope, for: bundle) } catch let refusal { return (refusal as Refusal).code }
        return nil
    }

    @Test func `every rule of an approval, broken one by one`() throws {
        let bundle = try BundleFixture.verified()
        let good = try BundleFixture.statement(.approve, "bob", on: bundle)
        func code(_ edits: [(String, JSONValue?)], by key: PrivateKey = Keys.bob) throws -> String? {
            try Self.code(sealed(.approval, good.with(edits), by: key), for: bundle)
        }
        let other = JSONValue.string(BundleFixture.ledgerRoot.hex)
        #expect(try code([]) == nil)
        for (edits, expected) in [
            ([("/_type", "https://in-toto.io/Statement/v0.1")], "unexpected-value"),
            ([("/predicateType", "urn:countersign:approval:v2")], "unexpected-value"),
            ([("/subject", [])], "invalid-value"), ([("/subject/1", good.at("/subject/0"))], "invalid-value"),
            ([("/subject/0/digest/sha512", "00")], "unknown-member"),
            ([("/subject/0/digest/sha256", .string("sha256:" + BundleFixture.ledgerRoot.hex))], "invalid-value"),
            ([("/subject/0/digest/sha256", other)], "approval-other-bundle"),
            ([("/subject/0/name", .string(BundleFixture.otherID))], "approval-other-bundle"),
            ([("/subject/0/name", "x")], "invalid-value"), ([("/predicate/decision", "maybe")], "unexpected-value"),
            ([("/predicate/more", 1)], "unknown-member"),
            ([("/predicate/decision", "reject")], "invalid-value"), ([("/predicate/approver", "carol")], "approval-role"),
            ([("/predicate/review/version", -1)], "invalid-value"), ([("/predicate/trust/version", 2)], "approval-trust"),
            ([("/predicate/trust/digest", BundleFixture.ledgerRoot.json)], "approval-trust"),
            ([("/predicate/expires", "2026-11-27T11:00:01Z")], "approval-window"),
            ([("/predicate/created", "2026-11-27T11:00:00Z")], "approval-window"), ([("/predicate/reason", JSONValue(.null))], "wrong-type"),
        ] as [([(String, JSONValue?)], String)] {
            #expect(try code(edits) == expected, "\(edits)")
        }
        #expect(try code([("/predicate/reason", "any\u{202E} thing\n")]) == nil)
        #expect(try code([], by: Keys.alice) == "approval-role")
        #expect(try code([], by: Keys.stranger) == "approval-signer-unknown")
        #expect(try Self.code(sealed(.approval, good, by: Keys.bob, Keys.alice), for: bundle) == "approval-signatures")
        #expect(try Self.code(sealed(.approval, good.with("/predicate/approver", "dana"), by: Keys.dana), for: bundle) == "approval-by-preparer")
        let signed = try sealed(.approval, good, by: Keys.bob)
        var changed = signed.payload
        changed[changed.count / 2] ^= 1
        #expect(try Self.code(Envelope(type: .approval, payload: changed, signatures: signed.signatures), for: bundle) == "approval-signature")
    }

    @Test func `the preparer does not approve, with whatever key`() throws {
        // dana holds an approver key of her own too.
        let chain = try TrustFixture.only([("/keys/\(Keys.bob.id.text)/owner", "dana")])
        let bundle = try BundleFixture.verified(BundleFixture.payload(root: chain.first), in: chain)
        #expect(try Self.code(BundleFixture.approval(.approve, "dana", Keys.bob, on: bundle), for: bundle) == "approval-by-preparer")
        #expect(try Self.code(BundleFixture.approval(.reject, "dana", Keys.bob, on: bundle), for: bundle) == "approval-by-preparer")
    }

    @Test func `the owner of the ledger's key decides only where the root says so`() throws {
        for (mayApprove, expected) in [(false, "approval-by-executor"), (true, nil)] as [(Bool, String?)] {
            let chain = try TrustFixture.only([
                ("/keys/\(Keys.bob.id.text)/owner", "release-engineering"), ("/limits/executorMayApprove", .bool(mayApprove)),
            ])
            let bundle = try BundleFixture.verified(BundleFixture.payload(root: chain.first), in: chain)
            #expect(try Self.code(BundleFixture.approval(.approve, "release-engineering", Keys.bob, on: bundle), for: bundle) == expected)
        }
    }

    @Test func `an approval holds under both roots, a reject under either`() throws {
        let first = try BundleFixture.verified()
        let approve = try BundleFixture.approval(.approve, "bob", Keys.bob, on: first)
        let reject = try BundleFixture.approval(.reject, "bob", Keys.bob, on: first)
        // Without bob; with bob as another person; with bob's owner holding the ledger's key.
        for (edits, code) in [
            (
                [
                    ("/keys/\(Keys.bob.id.text)", nil), ("/roles/root", TrustFixture.role(2, Keys.alice, Keys.carol)),
                    ("/roles/approver", TrustFixture.role(2, Keys.alice, Keys.carol)),
                ], "approval-role"
            ),
            ([("/keys/\(Keys.bob.id.text)/owner", "robert")], "approval-role"),
            ([("/keys/\(Keys.exec.id.text)/owner", "bob")], "approval-by-executor"),
        ] as [([(String, JSONValue?)], String)] {
            let now = try VerifiedBundle.verify(UnverifiedBundle(first.envelope), in: TrustFixture.chain(edits))
            #expect(try Self.code(approve, for: now) == code)
            #expect(try Self.code(reject, for: now) == nil)
        }
        // Whatever a reject says of its own end.
        #expect(try Self.code(BundleFixture.approval(.reject, "bob", Keys.bob, on: first, expires: date("2030-01-01T00:00:00Z")), for: first) == nil)
        #expect(try Self.code(BundleFixture.approval(.reject, "bob", Keys.bob, on: first, expires: date("2020-01-01T00:00:00Z")), for: first) == nil)
    }

    @Test func `a key of a root between the bundle's and the newest counts for nothing`() throws {
        let without: [(String, JSONValue?)] = []
        let with: [(String, JSONValue?)] = [
            ("/keys/\(Keys.stranger.id.text)", TrustFixture.key(Keys.stranger, "frank").1),
            ("/roles/approver", TrustFixture.role(2, Keys.alice, Keys.bob, Keys.carol, Keys.stranger)),
        ]
        let bundle = try VerifiedBundle.verify(UnverifiedBundle(BundleFixture.signed(BundleFixture.payload())), in: TrustFixture.chain(with, without))
        #expect(try Self.code(BundleFixture.approval(.reject, "frank", Keys.stranger, on: bundle), for: bundle) == "approval-signer-unknown")
    }
}

@Suite struct CountingTests {
    static let now = date("2026-11-24T12:00:00Z")

    static func count(_ envelopes: [Envelope], for bundle: VerifiedBundle, at now: Instant = now) throws -> ApprovedBundle {
        try ApprovedBundle.count(envelopes.map { try VerifiedApproval.verify($0, for: bundle) }, for: bundle, at: now)
    }

    static func refusal(_ envelopes: [Envelope], for bundle: VerifiedBundle, at now: Instant = now) throws -> Refusal {
        try #require(throws: Refusal.self) { try count(envelopes, for: bundle, at: now) }
    }

    @Test func `two people approve; twice the same person, or twice the same file, is one`() throws {
        let bundle = try BundleFixture.verified()
        let alice = try BundleFixture.approval(.approve, "alice", Keys.alice, on: bundle)
        let again = try BundleFixture.approval(.approve, "alice", Keys.alice, on: bundle, [("/predicate/reason", "again")])
        let carol = try BundleFixture.approval(.approve, "carol", Keys.carol, on: bundle)
        let approved = try Self.count([carol, alice], for: bundle)
        #expect(approved.owners == ["alice", "carol"])
        #expect(approved.approvals.map(\.digest) == [alice, carol].map(\.payloadDigest).sorted())
        #expect(approved.reviewText == (try Review(of: bundle)).text)
        for few in [[], [alice], [alice, alice], [alice, again]] {
            let refusal = try Self.refusal(few, for: bundle)
            #expect(refusal.code == "approvals-missing")
            #expect(refusal.category == .notPermitted)
        }
        #expect(try Self.refusal([alice], for: bundle).message == "1 of 2 approvers: alice; could still approve: bob, carol")
    }

    @Test func `one reject vetoes, also after its own end`() throws {
        let bundle = try BundleFixture.verified()
        let good = try [("alice", Keys.alice), ("carol", Keys.carol)].map { try BundleFixture.approval(.approve, $0.0, $0.1, on: bundle) }
        let reject = try BundleFixture.approval(
            .reject, "bob", Keys.bob, on: bundle, expires: date("2026-11-24T11:31:00Z"), [("/predicate/reason", "wrong\u{202E} account")])
        let refusal = try Self.refusal(good + [reject], for: bundle)
        #expect(refusal.code == "vetoed")
        #expect(refusal.message == "bob rejected this bundle: wrong\\u{202e} account")
    }

    @Test func `an approval that ended counts no more, at the very second`() throws {
        let bundle = try BundleFixture.verified()
        let alice = try BundleFixture.approval(.approve, "alice", Keys.alice, on: bundle)
        let carol = try BundleFixture.approval(.approve, "carol", Keys.carol, on: bundle, expires: date("2026-11-24T12:00:00Z"))
        _ = try Self.count([alice, carol], for: bundle, at: date("2026-11-24T11:59:59Z"))
        #expect(try Self.refusal([alice, carol], for: bundle).code == "approvals-missing")
    }

    @Test func `the thresholds of both roots are reached`() throws {
        let bundle = try VerifiedBundle.verify(
            UnverifiedBundle(BundleFixture.signed(BundleFixture.payload())), in: TrustFixture.chain([("/roles/approver/threshold", 3)]))
        let two = try [("alice", Keys.alice), ("carol", Keys.carol)].map { try BundleFixture.approval(.approve, $0.0, $0.1, on: bundle) }
        #expect(try Self.refusal(two, for: bundle).message.hasPrefix("2 of 3 approvers"))
        _ = try Self.count(two + [BundleFixture.approval(.approve, "bob", Keys.bob, on: bundle)], for: bundle)
    }

    @Test func `the review that they name is one, known, and the one that is rendered here`() throws {
        let bundle = try BundleFixture.verified()
        let right = try Review(of: bundle).reference
        func two(_ a: ReviewReference, _ b: ReviewReference) throws -> [Envelope] {
            [
                try BundleFixture.approval(.approve, "alice", Keys.alice, on: bundle, review: a),
                try BundleFixture.approval(.approve, "carol", Keys.carol, on: bundle, review: b),
            ]
        }
        let other = ReviewReference(version: 2, digest: BundleFixture.ledgerRoot)
        let none = ReviewReference(version: 0, digest: BundleFixture.ledgerRoot)
        let future = ReviewReference(version: 4, digest: BundleFixture.ledgerRoot)
        #expect(try Self.refusal(two(right, other), for: bundle).code == "approvals-differ")
        #expect(try Self.refusal(two(other, other), for: bundle).code == "review-differs")
        #expect(try Self.refusal(two(none, none), for: bundle).code == "review-version-unknown")
        #expect(try Self.refusal(two(future, future), for: bundle).code == "review-version-unknown")
    }

    @Test func `outside of the window nothing is counted`() throws {
        let bundle = try BundleFixture.verified()
        let two = try [("alice", Keys.alice), ("carol", Keys.carol)].map { try BundleFixture.approval(.approve, $0.0, $0.1, on: bundle) }
        #expect(try Self.refusal(two, for: bundle, at: date("2026-11-24T10:59:59Z")).code == "window-not-open")
        #expect(try Self.refusal(two, for: bundle, at: date("2026-11-27T11:00:00Z")).code == "window-over")
    }
}

@Suite struct EndpointRuleTests {
    @Test(arguments: [
        ("https://kms.us-east-1.amazonaws.com", true), ("https://kms-fips.us-east-1.amazonaws.com", true), ("https://kms.us-east-1.api.aws", true),
        ("https://kms-fips.us-east-1.api.aws", true), ("https://kms.example.com:8443", true), ("https://kms.us-east-2.amazonaws.com", false),
        ("https://kms.us-east-1.amazonaws.com.cn", false), ("http://kms.us-east-1.amazonaws.com", false),
        ("https://kms.us-east-1.amazonaws.com:443", false),
        ("https://kms.us-east-1.amazonaws.com.evil.example", false), ("https://kms.us-east-1.amazonaws.com/", false),
        ("https://sts.us-east-1.amazonaws.com", false),
        ("https://\u{212A}ms.us-east-1.amazonaws.com", false),
    ]) func `AWS's own hosts of the target, or what the root lists`(endpoint: String, isAllowed: Bool) throws {
        let limits = try TrustFixture.only([("/limits/endpoints", ["https://kms.example.com:8443"])]).first.root.limits
        #expect(EndpointRule.isAllowed(endpoint, service: "kms", target: BundleFixture.target, limits: limits) == isAllowed)
    }

    @Test func `China has its own domain`() throws {
        let target = Target(
            partition: "aws-cn", account: BundleFixture.account, region: "cn-north-1", executor: "arn:aws-cn:iam::604183725190:role/x")
        let limits = TrustFixture.first.root.limits
        #expect(EndpointRule.isAllowed("https://kms.cn-north-1.amazonaws.com.cn", service: "kms", target: target, limits: limits))
        #expect(!EndpointRule.isAllowed("https://kms.cn-north-1.amazonaws.com", service: "kms", target: target, limits: limits))
    }
}
