// SPDX-License-Identifier: Apache-2.0

import StrictFormats
public import Trust

/// What a bundle changes (formats.md §4, the table of change kinds).
public enum Change: Sendable, Hashable {
    case createKey(alias: String, description: String, rotationDays: Int, tags: [Tag])
    case putKeyPolicy(key: String)
    case setRotation(key: String, rotationDays: Int)
    case addAlias(alias: String, key: String)
    case moveAlias(alias: String, fromKey: String, key: String)
    case setTags(key: String, tags: [Tag], removed: [String])
    case setDescription(key: String, description: String)
    case attachTrail(key: String, trail: String)
    case disableKey(key: String)
    case enableKey(key: String)
    case scheduleDeletion(key: String, days: Int, reason: String)
    case cancelDeletion(key: String)
    case revokeGrant(key: String, grantID: String)
    case acknowledge(events: [String], reason: String)

    public var kind: ChangeKind {
        switch self {
        case .createKey: .createKey
        case .putKeyPolicy: .putKeyPolicy
        case .setRotation: .setRotation
        case .addAlias: .addAlias
        case .moveAlias: .moveAlias
        case .setTags: .setTags
        case .setDescription: .setDescription
        case .attachTrail: .attachTrail
        case .disableKey: .disableKey
        case .enableKey: .enableKey
        case .scheduleDeletion: .scheduleDeletion
        case .cancelDeletion: .cancelDeletion
        case .revokeGrant: .revokeGrant
        case .acknowledge: .acknowledge
        }
    }

    /// The ARN of the key that exists already, where the change is to one.
    public var key: String? {
        switch self {
        case .createKey, .acknowledge: nil
        case .putKeyPolicy(let key), .setRotation(let key, _), .addAlias(_, let key), .moveAlias(_, _, let key), .setTags(let key, _, _),
            .setDescription(let key, _), .attachTrail(let key, _), .disableKey(let key), .enableKey(let key),
            .scheduleDeletion(let key, _, _), .cancelDeletion(let key), .revokeGrant(let key, _):
            key
        }
    }

    /// The alias that it makes or moves.
    public var alias: String? {
        switch self {
        case .createKey(let alias, _, _, _), .addAlias(let alias, _), .moveAlias(let alias, _, _): alias
        default: nil
        }
    }

    /// Days between automatic rotations (EnableKeyRotation: RotationPeriodInDays).
    static let rotationRange = 90...2560
    /// Days before a deletion takes effect (ScheduleKeyDeletion: PendingWindowInDays).
    static let deletionRange = 7...30
}
