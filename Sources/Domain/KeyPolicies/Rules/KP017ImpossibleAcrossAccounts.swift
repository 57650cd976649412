// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp017 = PolicyRule(
        id: "KP017", severity: .medium,
        reason: "KMS does not let other accounts do this, whatever the policy says",
        source: "KMS Developer Guide, Permissions reference: cross-account use",
        fix: "take the action out"
    ) { document, context in
        document.allows.filter { !$0.foreignAccounts(context.keyAccount).isEmpty }.flatMap { statement in
            statement.namedActions.compactMap { action, covered in
                guard !covered.isEmpty, covered.actions.allSatisfy({ $0.reach != .anyAccount }) else { return nil }
                return Hit(action, "statement \(statement.title): \(Quoted.text(action.text)) is not possible for another account")
            }
        }
    }
}
