// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import StrictFormats
public import Trust

/// A verified bundle that enough different people approved, that nobody rejected, at a moment within all windows.
///
/// What submits takes this type and nothing less.
public struct ApprovedBundle: Sendable {
    public let bundle: VerifiedBundle
    /// Those that count, in the order of their payload digests.
    public let approvals: [VerifiedApproval]
    /// Their distinct owners, sorted.
    public let owners: [String]
    /// The one review that all of them name.
    public let review: ReviewReference
    /// The text of that review, as rendered here.
    public let reviewText: String

    /// Counts approvals; the only way to make this value.
    /// - Parameters:
    ///   - approvals: approvals and rejects, each verified for this bundle.
    ///   - reviews: where the review may stand already.
    /// - Throws: `vetoed`, `approvals-missing`, `approvals-differ`, `review-…`, `assertion-failed`, and what the windows throw (not permitted).
    public static func count(
        _ approvals: [VerifiedApproval], for bundle: VerifiedBundle, at now: Instant, reviews: ReviewShelf = ReviewShelf()
    ) throws(Refusal) -> ApprovedBundle {
        try bundle.checkWindow(at: now)
        if let reject = approvals.first(where: { $0.statement.decision == .reject }) {
            throw Refusal(
                "vetoed", .notPermitted, "\(reject.statement.approver) rejected this bundle: \(SafeText.escaped(reject.statement.reason))",
                at: Place(file: reject.envelope.file), hint: "a rejected bundle is never executed; prepare a new one")
        }
        var seen: Set<Digest> = []
        let counted = approvals.filter { $0.statement.expires > now && seen.insert($0.digest).inserted }.sorted { $0.digest < $1.digest }
        let owners = Set(counted.map(\.statement.approver)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for root in [bundle.root.root, bundle.newest.root] {
            let threshold = root.role(.approver).threshold
            guard owners.count >= threshold else {
                let executors = root.limits.executorMayApprove ? [] : root.owners(of: .ledger)
                let open = root.owners(of: .approver).filter {
                    !owners.contains($0) && $0 != bundle.payload.preparerOwner && !executors.contains($0)
                }
                throw Refusal(
                    "approvals-missing", .notPermitted,
                    "\(owners.count) of \(threshold) approvers\(owners.isEmpty ? "" : ": \(owners.joined(separator: ", "))"); could still approve: \(open.joined(separator: ", "))",
                    at: Place(file: bundle.envelope.file),
                    hint: "each of them runs: countersign-airgap approve BUNDLE --trust TRUST --key KEY --out APPROVAL")
            }
        }
        let named = Set(counted.map(\.statement.review))
        guard let review = named.first, named.count == 1 else {
            throw Refusal(
                "approvals-differ", .notPermitted, "the approvers saw different reviews of this bundle",
                hint: "all of them review with the same release")
        }
        let rendered = try reviews.check(review, of: bundle)
        try rendered.demandPromises(at: Place(file: bundle.envelope.file))
        return ApprovedBundle(bundle: bundle, approvals: counted, owners: owners, review: review, reviewText: rendered.text)
    }
}
