// SPDX-License-Identifier: Apache-2.0

import Bundles
import KeyPolicies
import Rehearsal
import StrictFormats

/// The proof that CloudTrail can write for a trail under a key's policy, demanded before a trail is attached (formats.md §4).
///
/// It is made from the policy that a person read; what the key has at the execution, UpdateTrail itself checks once more.
enum TrailProof {
    /// - Throws: `trail-proof` (bad data), naming every statement that keeps CloudTrail from writing.
    static func check(_ policy: BasePolicy?, key: String, trail: String, place: Place) throws(Refusal) {
        guard let policy else { return }
        let document = try PolicyDocument(text: policy.document)
        let findings = CloudTrailProof.findings(document, key: key, trail: trail)
        guard findings.isEmpty else {
            throw Refusal(
                "trail-proof", .badData, "it is not proven that CloudTrail can write for \(trail) with the policy that \(key) has", at: place,
                details: findings.map(PolicyReview.line), hint: "change the key's policy first, in a bundle of its own")
        }
    }
}
