// SPDX-License-Identifier: Apache-2.0

import Trust

/// The actions by which a key, its alias or its trail is changed, with or without a bundle.
enum GuardedAction {
    /// On the key itself (KMS Developer Guide, "AWS KMS permissions": write and permissions management actions whose resource is a key).
    static let key = [
        "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateGrant", "kms:DeleteAlias", "kms:DeleteImportedKeyMaterial", "kms:DisableKey",
        "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation", "kms:ImportKeyMaterial", "kms:PutKeyPolicy", "kms:ReplicateKey",
        "kms:RetireGrant", "kms:RevokeGrant", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
        "kms:UpdateAlias", "kms:UpdateKeyDescription", "kms:UpdatePrimaryRegion",
    ]
    /// On the alias's own name, which may stand on another key or on none.
    static let alias = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
    /// What makes a key that carries the tag of a bundle, or gives that tag to one.
    static let making = ["kms:CreateKey", "kms:TagResource"]
    /// On the trail: another key, or no more logging.
    static let trail = [
        "cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:PutInsightSelectors", "cloudtrail:StopLogging",
        "cloudtrail:UpdateTrail",
    ]

    /// What a change of each kind calls (formats.md §4).
    static func called(by kind: ChangeKind) -> [String] {
        switch kind {
        case .createKey: ["kms:CreateKey", "kms:TagResource", "kms:EnableKeyRotation", "kms:CreateAlias"]
        case .putKeyPolicy: ["kms:PutKeyPolicy"]
        case .setRotation: ["kms:EnableKeyRotation"]
        case .addAlias: ["kms:CreateAlias"]
        case .moveAlias: ["kms:UpdateAlias"]
        case .setTags: ["kms:TagResource", "kms:UntagResource"]
        case .setDescription: ["kms:UpdateKeyDescription"]
        case .attachTrail: ["cloudtrail:UpdateTrail"]
        case .disableKey: ["kms:DisableKey"]
        case .enableKey: ["kms:EnableKey"]
        case .scheduleDeletion: ["kms:ScheduleKeyDeletion"]
        case .cancelDeletion: ["kms:CancelKeyDeletion", "kms:EnableKey"]
        case .revokeGrant: ["kms:RevokeGrant"]
        case .acknowledge: []
        }
    }
}
