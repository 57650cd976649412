// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp013 = PolicyRule(
        id: "KP013", severity: .high,
        reason: "a wildcard that covers PutKeyPolicy or CreateGrant hands over the key without saying so",
        source: "KMS Developer Guide, Least-privilege permissions",
        fix: "list the actions that are meant"
    ) { document, context in
        let handingOver = ActionSet(names: ["PutKeyPolicy", "CreateGrant"])
        return document.allows.flatMap { statement -> [Hit] in
            let others = statement.principals.isNegated || statement.principals.entries.contains { !$0.isAccount(context.keyAccount) }
            guard others else { return [] }
            return statement.namedActions.compactMap { action, covered in
                guard action.text.hasWildcard else { return nil }
                let names = covered.intersection(handingOver).actions.map(\.name)
                return names.isEmpty
                    ? nil
                    : Hit(action, "statement \(statement.title): \(Quoted.text(action.text)) covers \(names.joined(separator: " and "))")
            }
        }
    }
}
