// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
public import Trust

/// What an approver reads: a pure function of the bundle's payload bytes, the payload bytes of the trust root that it
/// names, and the review's version. No clock, locale, width or colour.
public struct Review: Sendable {
    public let version: Int
    public let text: String
    /// What is proven of the policy, from version 2 on; nil where the change sets none.
    public let evidence: PolicyEvidence?

    public var digest: Digest { Digest(ofText: text) }
    public var reference: ReviewReference { ReviewReference(version: version, digest: digest) }

    /// The version that this release writes. Earlier ones stay renderable for ever; 0 means that no text was kept.
    public static let currentVersion = 3

    /// Renders a version.
    /// - Throws: `review-version-unknown` (not permitted).
    public init(of payload: BundlePayload, digest: Digest, root: TrustRoot, rootDigest: Digest, version: Int = currentVersion) throws(Refusal) {
        guard (1...Self.currentVersion).contains(version) else {
            throw Refusal(
                "review-version-unknown", .notPermitted, "this release renders review versions 1 to \(Self.currentVersion), not \(version)",
                hint: version == 0 ? "version 0 means that no text was kept" : "use the release that the approvers used, or a later one")
        }
        self.version = version
        let policies = version < 2 ? nil : try ReadPolicies(payload)
        let first = ReviewV1(payload: payload, digest: digest, root: root, rootDigest: rootDigest, policies: policies)
        (text, evidence) = version == 1 ? (try first.render(), nil) : try ReviewV2.render(first, version: version)
    }

    /// The current review of a verified bundle.
    public init(of bundle: VerifiedBundle) throws(Refusal) { try self.init(of: bundle, version: Self.currentVersion) }

    public init(of bundle: VerifiedBundle, version: Int) throws(Refusal) {
        try self.init(of: bundle.payload, digest: bundle.digest, root: bundle.root.root, rootDigest: bundle.root.reference.digest, version: version)
    }

    /// Renders the named review again and compares.
    /// - Returns: the review.
    /// - Throws: `review-version-unknown`, `review-differs` (not permitted).
    public static func check(_ reference: ReviewReference, of bundle: VerifiedBundle) throws(Refusal) -> Review {
        let review = try Review(of: bundle, version: reference.version)
        guard review.digest == reference.digest else {
            throw Refusal(
                "review-differs", .notPermitted,
                "the approvers saw a review with the digest \(reference.digest); here the same bundle renders as \(review.digest)",
                hint: "one of the machines shows something else than the bundle says; find out which before anything else")
        }
        return review
    }

    /// From version 2 on an approval says that the policy keeps what was promised; a bundle that does not is nobody's to approve.
    /// - Throws: `assertion-failed` (not permitted).
    public func demandPromises(at place: Place) throws(Refusal) { try evidence?.demandPromises(.notPermitted, at: place) }
}
