// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp013 = PolicyRule(
        id: "KP013", severity: .high,
        reason: "a wildcard that covers PutKeyPolicy or CreateGrant hands over the key without saying so",
        source: "KMS Developer Guide, Least-privilege permissions",
        fix: "list the actions that are meant"
    ) { document, context in
        document.allows.flatMap { statement -> [Hit] in
            let others = statement.principals.isNegated || statement.principals.entries.contains { !$0.isAccount(context.keyAccount) }
            guard others, let actions = statement.actions, !actions.isNegated else { return [] }
            return actions.values.compactMap { action in
                guard action.text.hasWildcard else { return nil }
                let names = KeyAction.covered(by: action.text).map(\.name).filter { ["PutKeyPolicy", "CreateGrant"].contains($0) }
                return names.isEmpty
                    ? nil
                    : Hit(action, "statement \(statement.title): \(Quoted.text(action.text)) covers \(names.joined(separator: " and "))")
            }
        }
    }
}
