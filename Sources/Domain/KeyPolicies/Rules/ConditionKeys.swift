// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// The condition keys of KMS, and which values an operator takes.
enum ConditionKeys {
    /// KMS Developer Guide, "Condition keys for AWS KMS".
    private static let names = [
        "BypassPolicyLockoutSafetyCheck", "CallerAccount", "CustomerMasterKeySpec", "CustomerMasterKeyUsage", "DataKeyPairSpec",
        "EncryptionAlgorithm", "EncryptionContextKeys", "ExpirationModel", "GrantConstraintType", "GrantIsForAWSResource",
        "GrantOperations",
        "GranteePrincipal", "KeyAgreementAlgorithm", "KeyOrigin", "KeySpec", "KeyUsage", "MacAlgorithm", "MessageType", "MultiRegion",
        "MultiRegionKeyType", "PolicyName", "PrimaryRegion", "ReEncryptOnSameKey", "ReplicaRegion", "RequestAlias", "ResourceAliases",
        "RetiringPrincipal", "RotationPeriodInDays", "ScheduleKeyDeletionPendingWindowInDays", "SigningAlgorithm", "ValidTo", "ViaService",
        "WrappingAlgorithm", "WrappingKeySpec",
    ]

    /// Whether KMS or IAM define the key: then it is also known whether it holds one value or a set.
    static func isKnown(_ key: String) -> Bool {
        let lower = key.asciiLowercased
        if lower.after("kms:encryptioncontext:") != nil || lower.after("aws:") != nil { return true }
        guard let name = lower.after("kms:") else { return false }
        return names.contains { $0.isSameIgnoringASCIICase(as: name) }
    }

    static func hit(_ key: PolicyString) -> PolicyRule.Hit? {
        let lower = key.text.asciiLowercased
        if lower.after("aws:") != nil || lower.after("kms:encryptioncontext:") != nil || lower.after("kms:recipientattestation:") != nil {
            return nil
        }
        guard let name = lower.after("kms:") else {
            return PolicyRule.Hit(key, "a request to KMS has no key \(Quoted.text(key.text))")
        }
        if names.contains(where: { $0.isSameIgnoringASCIICase(as: name) }) { return nil }
        let near = Suggestion.nearest(to: name, among: names)
        return PolicyRule.Hit(
            key, "KMS has no condition key \(Quoted.text(key.text))\(near.map { ", did you mean kms:\($0)?" } ?? "")",
            near == nil ? .medium : .high)
    }

    static func isWellTyped(_ value: String, _ comparison: ConditionOperator.Comparison) -> Bool {
        switch comparison {
        case .bool, .null: ["true", "false"].contains { value.isSameIgnoringASCIICase(as: $0) }
        case .numeric: ValueComparison.decimal(value) != nil
        case .date: Moment(value) != nil
        case .ipAddress: AddressRange(value) != nil
        case .binaryEquals: Base64.decode(value) != nil
        case .arn: value.hasSameBytes(as: "*") || ARN(value) != nil
        case .stringEquals, .stringEqualsIgnoreCase, .stringLike: true
        }
    }
}
