// SPDX-License-Identifier: Apache-2.0

/// What a bundle can do to a key (formats.md §4). A trust root's limits name them, so they stand here.
public enum ChangeKind: String, Sendable, CaseIterable {
    case createKey = "create-key"
    case putKeyPolicy = "put-key-policy"
    case setRotation = "set-rotation"
    case addAlias = "add-alias"
    case moveAlias = "move-alias"
    case setTags = "set-tags"
    case setDescription = "set-description"
    case attachTrail = "attach-trail"
    case disableKey = "disable-key"
    case enableKey = "enable-key"
    case scheduleDeletion = "schedule-deletion"
    case cancelDeletion = "cancel-deletion"
    case revokeGrant = "revoke-grant"
    case acknowledge
}
