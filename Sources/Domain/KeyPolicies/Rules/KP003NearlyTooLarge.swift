// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp003 = PolicyRule(
        id: "KP003", severity: .medium,
        reason: "KMS refuses a key policy of more than 32,768 bytes, and this one is close to it",
        source: "KMS Developer Guide, Resource quotas",
        fix: "merge statements, or split readers off by account"
    ) { document, _ in
        let size = document.text.utf8.count
        return size > 28 * 1_024 ? [Hit(document.whole, "\(size) of at most \(PolicyDocument.maximumBytes) bytes are used")] : []
    }
}
