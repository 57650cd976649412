// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp049 = PolicyRule(
        id: "KP049", severity: .high,
        reason: "Deny with NotPrincipal also hits the listed principals' sessions, and everyone with a permissions boundary",
        source: "IAM User Guide, NotPrincipal",
        fix: "deny \"*\" with ArnNotLike aws:PrincipalArn instead"
    ) { document, _ in
        document.denies.filter(\.principals.isNegated).map { Hit($0.principals.place, "statement \($0.title) denies by NotPrincipal") }
    }
}
