// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
public import Trust

/// What an approver reads: a pure function of the bundle's payload bytes, the payload bytes of the trust root that it
/// names, and the review's version. No clock, locale, width or colour.
public struct Review: Sendable {
    public let version: Int
    public let text: String

    public var digest: Digest { Digest(ofText: text) }
    public var reference: ReviewReference { ReviewReference(version: version, digest: digest) }

    /// The version that this release writes. Earlier ones stay renderable for ever; 0 means that no text was kept.
    public static let currentVersion = 1

    /// Renders a version.
    /// - Throws: `review-version-unknown` (not permitted).
    public init(of payload: BundlePayload, digest: Digest, root: TrustRoot, rootDigest: Digest, version: Int = currentVersion) throws(Refusal) {
        guard version == 1 else {
            throw Refusal(
                "review-version-unknown", .notPermitted, "this release renders review version \(Self.currentVersion), not \(version)",
                hint: version == 0 ? "version 0 means that no text was kept" : "use the release that the approvers used, or a later one")
        }
        self.version = version
        text = try ReviewV1(payload: payload, digest: digest, root: root, rootDigest: rootDigest).render()
    }

    /// The current review of a verified bundle.
    public init(of bundle: VerifiedBundle) throws(Refusal) { try self.init(of: bundle, version: Self.currentVersion) }

    public init(of bundle: VerifiedBundle, version: Int) throws(Refusal) {
        try self.init(of: bundle.payload, digest: bundle.digest, root: bundle.root.root, rootDigest: bundle.root.reference.digest, version: version)
    }

    /// Renders the named review again and compares.
    /// - Returns: its text.
    /// - Throws: `review-version-unknown`, `review-differs` (not permitted).
    public static func check(_ reference: ReviewReference, of bundle: VerifiedBundle) throws(Refusal) -> String {
        let review = try Review(of: bundle, version: reference.version)
        guard review.digest == reference.digest else {
            throw Refusal(
                "review-differs", .notPermitted,
                "the approvers saw a review with the digest \(reference.digest); here the same bundle renders as \(review.digest)",
                hint: "one of the machines shows something else than the bundle says; find out which before anything else")
        }
        return review.text
    }
}
