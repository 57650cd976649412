// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Which condition keys a request of an action can have at all (KMS Developer Guide, "Condition keys for AWS KMS").
enum KeyApplicability {
    private static let names: [String: [String]] = [
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

    private static let sets: [String: ActionSet] = names.mapValues { ActionSet(names: $0) }
    private static let withEncryptionContext = ActionSet(names: KeyAction.all.filter(\.hasEncryptionContext).map(\.name))

    /// The actions whose requests can have a key: all, where nothing is known to the contrary.
    static func actions(of lowercasedKey: String) -> ActionSet {
        guard lowercasedKey.utf8.starts(with: "kms:".utf8) else { return .everything }
        if isEncryptionContext(lowercasedKey) { return withEncryptionContext }
        return sets[lowercasedKey] ?? .everything
    }
}
