// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import Cryptography
public import StrictFormats
public import Trust

/// The signed record that a plan is exactly what was approved: what the ledger takes in (docs/formats/plan-checked.md).
public enum PlanRecord {
    /// - Parameters:
    ///   - plan: the digest of the plan's bytes.
    ///   - tool: program and version.
    /// - Throws: `plan-checked-role` (not permitted) for a key that the trust root does not list; `plan-not-exact` (the answer is no) for another answer.
    public static func sign(
        _ check: PlanCheck, of plan: Digest, against approved: ApprovedBundle, with key: PrivateKey, tool: String, now: Instant
    ) throws(Refusal) -> Envelope {
        guard check.isExactlyApproved else {
            throw Refusal(
                "plan-not-exact", .answerIsNo, "the plan is not exactly what was approved; nothing was signed",
                hint: "countersign check-plan says why")
        }
        let bundle = approved.bundle
        let statement = PlanCheckedStatement(
            bundleID: bundle.payload.id, bundle: bundle.digest, checker: try VerifiedPlanCheck.checker(holding: key.publicKey.id, of: bundle),
            plan: plan, approvals: approved.approvals.map(\.digest), trust: bundle.newest.reference, created: now, tool: tool)
        let payload = JSONWriter.canonical(statement.json)
        let signature = try key.sign(PreAuthEncoding.message(type: PayloadType.approval.rawValue, payload: payload))
        let envelope = Envelope(type: .approval, payload: payload, signatures: [EnvelopeSignature(keyID: key.publicKey.id, signature: signature)])
        // What was made is checked as every reader will check it.
        _ = try VerifiedPlanCheck.verify(envelope, for: bundle, approvals: approved.approvals, recorded: now)
        return envelope
    }
}
