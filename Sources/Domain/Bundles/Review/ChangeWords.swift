// SPDX-License-Identifier: Apache-2.0
// The words of review version 1 for changes, requests and expectations. Fixed for ever, like ReviewV1.

import Cryptography
import StrictFormats
import Trust

enum ChangeWords {
    private static func quoted(_ text: String) -> String { ReviewText.quoted(text) }

    /// Whether a change takes something away from its users.
    static func isDestructive(_ change: Change) -> Bool {
        switch change {
        case .disableKey, .scheduleDeletion, .revokeGrant, .moveAlias: true
        default: false
        }
    }

    static func summary(_ change: Change, place: String) -> String {
        switch change {
        case .createKey(let alias, _, let days, _):
            "A NEW KEY is made \(place), with the policy below, rotated every \(days) days, and published under the name \(alias)."
        case .putKeyPolicy(let key): "THE POLICY IS REPLACED of the key \(key) \(place)."
        case .setRotation(let key, let days): "THE ROTATION IS SET to every \(days) days for the key \(key) \(place)."
        case .addAlias(let alias, let key): "A NAME IS ADDED: \(alias) will lead to the key \(key) \(place)."
        case .moveAlias(let alias, let from, let key):
            "A NAME IS MOVED: \(alias) will lead to the key \(key), no longer to \(from), \(place)."
        case .setTags(let key, let tags, let removed):
            "TAGS ARE CHANGED of the key \(key) \(place): \(tags.count) set, \(removed.count) removed."
        case .setDescription(let key, let text): "THE DESCRIPTION IS CHANGED of the key \(key) \(place), to \(quoted(text))."
        case .attachTrail(let key, let trail): "A TRAIL IS TOLD TO ENCRYPT with the key \(key): the trail \(trail), \(place)."
        case .disableKey(let key): "THE KEY IS DISABLED: \(key) \(place). While it is, CloudTrail cannot write and nobody can read."
        case .enableKey(let key): "THE KEY IS ENABLED: \(key) \(place)."
        case .scheduleDeletion(let key, let days, let reason):
            "THE KEY IS DESTROYED in \(days) days: \(key) \(place). What it encrypted can then never be read again. Reason: \(quoted(reason))"
        case .cancelDeletion(let key): "THE DELETION IS CANCELLED of the key \(key) \(place), and the key is enabled."
        case .revokeGrant(let key, let grant): "A GRANT IS REVOKED on the key \(key) \(place): \(grant)."
        case .acknowledge(let events, let reason):
            "NOTHING IS CHANGED: \(events.count) event(s) made outside of this process are explained: \(events.joined(separator: ", ")). Reason: \(quoted(reason))"
        }
    }

    /// What a request means, in sentences.
    static func request(_ request: PlannedRequest, of payload: BundlePayload) -> [String] {
        switch (request.name, payload.change) {
        case ("create-key", .createKey(_, let description, _, let tags)):
            return [
                "makes a symmetric key for encrypting and decrypting (SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT), whose material AWS KMS makes and keeps (AWS_KMS), in this Region only, with the policy below from its first moment; the lockout check of KMS stays on",
                "description: \(quoted(description))",
                "tags: \(ReviewText.tags([Tag(key: Derivation.changeTag, value: payload.id)] + tags))",
            ]
        case ("enable-key-rotation", .createKey(_, _, let days, _)), ("enable-key-rotation", .setRotation(_, let days)):
            return ["makes KMS replace the key's material every \(days) days; what was encrypted before stays readable"]
        case ("create-alias", .createKey(let alias, _, _, _)), ("create-alias", .addAlias(let alias, _)):
            return ["gives the key the name \(alias), by which it is found from then on"]
        case ("update-alias", .moveAlias(let alias, let from, let key)): return ["makes the name \(alias) lead to \(key) instead of \(from)"]
        case ("put-key-policy", _):
            return ["replaces the whole policy of the key with the one below; the lockout check of KMS stays on"]
        case ("tag-resource", .setTags(_, let tags, _)):
            return ["sets tags: \(ReviewText.tags(tags))"]
        case ("untag-resource", .setTags(_, _, let removed)): return ["removes tags: \(removed.map(quoted).joined(separator: "; "))"]
        case ("update-key-description", .setDescription(_, let text)): return ["sets the description to \(quoted(text))"]
        case ("update-trail", .attachTrail(let key, let trail)): return ["tells the trail \(trail) to encrypt its log files with \(key)"]
        case ("disable-key", _): return ["takes the key out of use until it is enabled again"]
        case ("enable-key", _): return ["puts the key into use"]
        case ("schedule-key-deletion", .scheduleDeletion(_, let days, _)): return ["destroys the key \(days) days later, unless somebody cancels it"]
        case ("cancel-key-deletion", _): return ["keeps the key; it is disabled until it is enabled"]
        case ("revoke-grant", .revokeGrant(_, let grant)): return ["takes the grant \(grant) away"]
        default: return ["(no words for this request)"]
        }
    }

    static func expectation(_ expectation: Expectation) -> String {
        switch expectation {
        case .keySettings:
            "the key is enabled and has exactly the settings stated above (\(Expectation.settings.map { "\($0.0) \(JSONWriter.canonicalText($0.1))" }.joined(separator: ", ")))"
        case .keyPolicy(let digest): "the key's policy says the same as the text pinned as \(digest)"
        case .rotation(let days): "rotation is on, every \(days) days"
        case .alias(let name): "the name \(name) leads to the key"
        case .tags(let tags, let removed):
            "the tags \(ReviewText.tags(tags)) are set; \(removed.isEmpty ? "none" : removed.map(quoted).joined(separator: "; ")) removed"
        case .description(let text): "the description is \(quoted(text))"
        case .trail(let trail, let key): "the trail \(trail) encrypts with \(key)"
        case .keyState(let state): "the key's state is \(state)"
        case .grantAbsent(let grant): "the grant \(grant) is gone"
        }
    }
}
