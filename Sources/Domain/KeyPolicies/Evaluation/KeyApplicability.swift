// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Which condition keys a request of an action can have at all (KMS Developer Guide, "Condition keys for AWS KMS").
enum KeyApplicability {
    private static let actions: [String: [String]] = [
        "kms:bypasspolicylockoutsafetycheck": ["CreateKey", "PutKeyPolicy"],
        "kms:policyname": ["GetKeyPolicy", "PutKeyPolicy"],
        "kms:rotationperiodindays": ["EnableKeyRotation"],
        "kms:schedulekeydeletionpendingwindowindays": ["ScheduleKeyDeletion"],
        "kms:grantconstrainttype": ["CreateGrant"],
        "kms:grantoperations": ["CreateGrant"],
        "kms:granteeprincipal": ["CreateGrant"],
        "kms:retiringprincipal": ["CreateGrant"],
        "kms:grantisforawsresource": ["CreateGrant", "ListGrants", "RevokeGrant"],
        "kms:reencryptonsamekey": ["ReEncryptFrom", "ReEncryptTo"],
    ]

    /// Condition keys that hold a set of values; all others hold one.
    static let multivalued: Set<String> = [
        "kms:encryptioncontextkeys", "kms:grantoperations", "kms:resourcealiases", "aws:tagkeys", "aws:calledvia",
        "aws:principalorgpaths", "aws:sourceorgpaths", "aws:resourceorgpaths", "aws:principalservicenameslist",
    ]

    static func isEncryptionContext(_ lowercasedKey: String) -> Bool {
        lowercasedKey.after("kms:encryptioncontext:") != nil || lowercasedKey.hasSameBytes(as: "kms:encryptioncontextkeys")
    }

    /// Whether a request of that action can have the key. True where nothing is known to the contrary.
    static func canHave(_ key: String, _ action: KeyAction?) -> Bool {
        guard let action else { return true }
        let lower = key.asciiLowercased
        if isEncryptionContext(lower) { return action.hasEncryptionContext }
        return actions[lower]?.contains { $0.hasSameBytes(as: action.name) } ?? true
    }
}
