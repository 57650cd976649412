// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import StrictFormats
public import Trust

/// Reviews that were rendered already. An execution asks for the same one before every send, and it is a pure function of what it is kept by:
/// the bundle's payload, the root that it names, the version.
public final class ReviewShelf {
    private struct Key: Hashable {
        let bundle: Digest
        let root: Digest
        let version: Int
    }

    private var reviews: [Key: Review] = [:]

    public init() {}

    /// `Review.check`, rendering what was not rendered yet.
    /// - Throws: `review-version-unknown`, `review-differs` (not permitted).
    public func check(_ reference: ReviewReference, of bundle: VerifiedBundle) throws(Refusal) -> Review {
        let key = Key(bundle: bundle.digest, root: bundle.root.reference.digest, version: reference.version)
        if let review = reviews[key], review.digest == reference.digest { return review }
        let review = try Review.check(reference, of: bundle)
        reviews[key] = review
        return review
    }
}
