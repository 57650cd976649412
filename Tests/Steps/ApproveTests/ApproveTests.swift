// SPDX-License-Identifier: Apache-2.0
import Bundles
import Cryptography
import DomainFixtures
import StrictFormats
import Testing
import Trust

@testable import Approve

@Suite struct ApproveTests {
    static let now = date("2026-11-24T12:00:00Z")

    func step(_ payload: BundlePayload = BundleFixture.payload(), in chain: TrustChain = TrustChain(TrustFixture.first)) throws -> ApproveStep {
        try ApproveStep(BundleFixture.verified(payload, in: chain))
    }

    func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch let refusal { return (refusal as? Refusal)?.code }
        return nil
    }

    @Test(arguments: [Keys.alice, Keys.bob, Keys.carol]) func `an approval names the bundle, the review, the root and the person`(key: PrivateKey)
        throws
    {
        let step = try step()
        let envelope = try step.decide(.approve, reason: "", with: key, now: Self.now)
        let statement = try envelope.decodePayload(ApprovalStatement.init(json:))
        let owner = try step.approver(holding: key.publicKey)
        #expect(
            statement
                == ApprovalStatement(
                    bundleID: BundleFixture.id, bundle: step.bundle.digest, decision: .approve, approver: owner, reason: "",
                    review: step.review.reference,
                    trust: TrustFixture.first.reference, created: Self.now, expires: BundleFixture.expires))
        #expect(envelope.signatures.count == 1)
        #expect(key.publicKey.isValid(signature: envelope.signatures[0].signature, for: envelope.message))
        #expect(try VerifiedApproval.verify(Envelope(envelope.bytes), for: step.bundle).statement == statement)
        #expect(JSONWriter.canonical(statement.json) == envelope.payload)
    }

    @Test func `it may end earlier than its bundle, never later, and not before it is made`() throws {
        let step = try step()
        func decided(_ expires: Instant) throws -> Envelope { try step.decide(.approve, reason: "", with: Keys.bob, now: Self.now, expires: expires) }
        #expect(try decided(Self.now + 3600).decodePayload(ApprovalStatement.init(json:)).expires == Self.now + 3600)
        #expect(code { _ = try decided(BundleFixture.expires + 1) } == "approval-window")
        #expect(code { _ = try decided(Self.now) } == "approval-window")
    }

    @Test func `the local clock must lie in the window to approve, not to reject`() throws {
        let step = try step()
        for (time, expected) in [("2026-11-24T10:59:59Z", "window-not-open"), ("2026-11-27T11:00:00Z", "window-over")] {
            let refusal = try #require(throws: Refusal.self) { try step.decide(.approve, reason: "", with: Keys.bob, now: date(time)) }
            #expect(refusal.code == expected && refusal.category == .notPermitted)
            #expect(refusal.hint?.contains("this machine's clock says \(time); if it is wrong, say the right time with --now TIME") == true)
            let reject = try step.decide(.reject, reason: "no", with: Keys.bob, now: date(time))
            #expect(try VerifiedApproval.verify(reject, for: step.bundle).statement.decision == .reject)
        }
    }

    @Test func `a reject states its reason, whatever characters it holds`() throws {
        let step = try step()
        #expect(code { _ = try step.decide(.reject, reason: "", with: Keys.bob, now: Self.now) } == "reason-missing")
        let reject = try step.decide(.reject, reason: "wrong\n\u{202E}account", with: Keys.bob, now: Self.now)
        #expect(try reject.decodePayload(ApprovalStatement.init(json:)).reason == "wrong\n\u{202E}account")
    }

    @Test func `neither the preparer, nor the executor, nor a stranger decides`() throws {
        let step = try step()
        for key in [Keys.dana, Keys.erin, Keys.exec, Keys.stranger] {
            let refusal = try #require(throws: Refusal.self) { try step.decide(.approve, reason: "", with: key, now: Self.now) }
            #expect(refusal.code == "approval-role" && refusal.category == .notPermitted)
            #expect(refusal.hint == "approvers: alice, bob, carol")
        }
        let preparer = try TrustFixture.only([("/keys/\(Keys.bob.id.text)/owner", "dana")])
        let own = try self.step(BundleFixture.payload(root: preparer.first), in: preparer)
        for decision in Decision.allCases {
            #expect(code { _ = try own.decide(decision, reason: "x", with: Keys.bob, now: Self.now) } == "approval-by-preparer")
        }
        let executor = try TrustFixture.only([("/keys/\(Keys.bob.id.text)/owner", "release-engineering")])
        let alike = try self.step(BundleFixture.payload(root: executor.first), in: executor)
        #expect(code { _ = try alike.decide(.approve, reason: "", with: Keys.bob, now: Self.now) } == "approval-by-executor")
    }

    @Test func `who is no approver under the newest root does not approve; nor under an expired one`() throws {
        let first = try BundleFixture.verified()
        let renamed = try VerifiedBundle.verify(
            UnverifiedBundle(first.envelope), in: TrustFixture.chain([("/keys/\(Keys.bob.id.text)/owner", "robert")]))
        #expect(code { _ = try ApproveStep(renamed).decide(.approve, reason: "", with: Keys.bob, now: Self.now) } == "approval-role")
        let expired = try VerifiedBundle.verify(UnverifiedBundle(first.envelope), in: TrustFixture.chain([("/expires", "2026-11-24T11:59:59Z")]))
        #expect(code { _ = try ApproveStep(expired).decide(.approve, reason: "", with: Keys.bob, now: Self.now) } == "trust-expired")
    }
}
