// SPDX-License-Identifier: Apache-2.0

/// Which operations a key's state lets through (KMS Developer Guide, "Key states of AWS KMS keys", the table of operations).
public enum KeyStates {
    /// Whether an operation on a key in that state can succeed. A state that is not known here is left to KMS.
    /// - Parameters:
    ///   - operation: as AWS spells it, `DisableKey`.
    ///   - state: DescribeKey's `KeyState`.
    public static func allow(_ operation: String, in state: String) -> Bool {
        switch operation {
        case "EnableKeyRotation": !["Disabled", "PendingDeletion", "PendingImport", "Creating", "Unavailable"].contains(state)
        case "CreateAlias", "UpdateAlias", "TagResource", "UntagResource", "UpdateKeyDescription": state != "PendingDeletion"
        case "EnableKey", "DisableKey": !["PendingDeletion", "PendingImport", "Creating", "Updating"].contains(state)
        case "ScheduleKeyDeletion": !["PendingDeletion", "Updating"].contains(state)
        case "CancelKeyDeletion": state == "PendingDeletion"
        // PutKeyPolicy, RevokeGrant and every read pass in all states.
        default: true
        }
    }

    /// The error that KMS answers with where they do not: rotation of a disabled key has one of its own.
    public static func refusal(of operation: String, in state: String) -> String {
        operation == "EnableKeyRotation" && state == "Disabled" ? "DisabledException" : "KMSInvalidStateException"
    }
}
