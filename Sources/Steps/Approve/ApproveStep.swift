// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import Cryptography
public import StrictFormats
public import Trust

/// Makes an approval or a reject of a bundle that was reviewed.
public struct ApproveStep {
    public let bundle: VerifiedBundle
    public let review: Review

    /// Renders the review that the decision will name.
    public init(_ bundle: VerifiedBundle) throws(Refusal) {
        self.bundle = bundle
        review = try Review(of: bundle)
    }

    /// Who the holder of a key is, as an approver of this bundle.
    /// - Throws: `approval-role`, `approval-by-preparer`, `approval-by-executor` (not permitted), before anything is signed.
    public func approver(holding key: PublicKey) throws(Refusal) -> String {
        guard let trusted = bundle.root.root.key(key.id), bundle.root.root.holds(key.id, .approver) else {
            throw Refusal(
                "approval-role", .notPermitted, "the key \(key.id) is no approver's under trust root version \(bundle.root.root.version)",
                hint: "approvers: \(bundle.root.root.owners(of: .approver).joined(separator: ", "))")
        }
        return trusted.owner
    }

    /// Signs the decision.
    /// - Parameters:
    ///   - now: this machine's time, or the one that the person stated.
    ///   - expires: the bundle's expiry unless asked for an earlier one.
    public func decide(_ decision: Decision, reason: String, with key: PrivateKey, now: Instant, expires: Instant? = nil) throws(Refusal) -> Envelope
    {
        let owner = try approver(holding: key.publicKey)
        if decision == .approve {
            try bundle.checkWindow(at: now)
            try review.demandPromises(at: Place(file: bundle.envelope.file))
        }
        guard decision == .approve || !reason.isEmpty else {
            throw Refusal("reason-missing", .usage, "a reject states its reason", hint: "--reason TEXT")
        }
        let statement = ApprovalStatement(
            bundleID: bundle.payload.id, bundle: bundle.digest, decision: decision, approver: owner, reason: reason, review: review.reference,
            trust: bundle.payload.trust, created: now, expires: expires ?? bundle.payload.expires)
        let payload = JSONWriter.canonical(statement.json)
        let signature = try key.sign(PreAuthEncoding.message(type: PayloadType.approval.rawValue, payload: payload))
        let envelope = Envelope(type: .approval, payload: payload, signatures: [EnvelopeSignature(keyID: key.publicKey.id, signature: signature)])
        // What was made is checked as every reader will check it.
        _ = try VerifiedApproval.verify(envelope, for: bundle)
        return envelope
    }
}
