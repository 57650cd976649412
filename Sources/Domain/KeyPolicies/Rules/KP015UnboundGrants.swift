// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp015 = PolicyRule(
        id: "KP015", severity: .medium,
        reason: "who may create grants without bounds can grant themselves Decrypt",
        source: "KMS Developer Guide, Grants; kms:GrantOperations",
        fix: "leave CreateGrant out, or bind it by kms:GrantOperations and kms:GranteePrincipal"
    ) { document, context in
        document.allows.filter { statement in
            statement.covers(action: "CreateGrant")
                && statement.principals.entries.contains { !$0.isAccount(context.keyAccount) }
                && !statement.conditions(on: "kms:GrantOperations", "kms:GranteePrincipal").contains {
                    $0.isBinding || $0.test?.quantifier == .forAll
                }
        }.map {
            Hit(
                $0.actions?.place ?? $0.place,
                "statement \($0.title) allows CreateGrant without saying which operations may be granted to whom")
        }
    }
}
