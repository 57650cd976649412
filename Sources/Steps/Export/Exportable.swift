// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats
import Trust

/// What infrastructure code can say of a bundle: a new key, or the policy of one that exists.
enum Exportable {
    case newKey(NewKey)
    case policy(key: String, document: String)

    struct NewKey {
        let alias: String
        let description: String
        let rotationDays: Int
        /// The change's tags, and first the one with the bundle's id (formats.md §4).
        let tags: [Tag]
        let document: String
    }

    /// - Throws: `export-kind` (bad data) for a bundle without a policy.
    init(_ bundle: VerifiedBundle) throws(Refusal) {
        let payload = bundle.payload
        switch (payload.change, payload.policy) {
        case (.createKey(let alias, let description, let rotationDays, let tags), let policy?):
            self = .newKey(
                NewKey(
                    alias: alias, description: description, rotationDays: rotationDays,
                    tags: [Tag(key: "countersign:change", value: payload.id)] + tags, document: policy.document))
        case (.putKeyPolicy(let key), let policy?): self = .policy(key: key, document: policy.document)
        default:
            throw Refusal(
                "export-kind", .badData, "a bundle that does \(payload.change.kind.rawValue) holds no policy to export",
                at: Place(file: bundle.envelope.file),
                hint: "create-key and put-key-policy can be exported; run the others with: countersign execute")
        }
    }

    var document: String {
        switch self {
        case .newKey(let key): key.document
        case .policy(_, let document): document
        }
    }
}

/// Days that an exported key waits in PendingDeletion: the longest that KMS offers (ScheduleKeyDeletion, PendingWindowInDays).
let deletionWindowDays = 30
