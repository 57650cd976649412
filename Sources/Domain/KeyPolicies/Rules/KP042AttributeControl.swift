// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp042 = PolicyRule(
        id: "KP042", severity: .medium,
        reason: "where a condition asks for the key's tags or names, whoever may change them decides who meets it",
        source: "KMS Developer Guide, ABAC for AWS KMS",
        fix: "leave changing tags and aliases to those who may change the policy, or do not ask for them in conditions"
    ) { document, context in
        let keys = document.statements.flatMap(\.conditions).map(\.contextKey.name)
        let byTag = keys.first { $0.after("aws:resourcetag/") != nil }
        let byAlias = keys.first { $0.hasSameBytes(as: "kms:resourcealiases") || $0.hasSameBytes(as: "kms:requestalias") }
        return [(byTag, Attributes.tags), (byAlias, Attributes.aliases)].flatMap { key, actions -> [Hit] in
            guard let key else { return [] }
            return document.allows.flatMap { statement -> [Hit] in
                let granted = statement.coverage.intersection(actions)
                guard !granted.isEmpty else { return [] }
                return statement.namedPrincipals.filter { !document.letsChangePolicy($0, context) }.map {
                    Hit(
                        $0.value,
                        "statement \(statement.title) lets \(Quoted.word($0.value.text)) do \(Quoted.list(granted.actions.map(\.name))), and a condition asks for \(Quoted.word(key))"
                    )
                }
            }
        }
    }
}

private enum Attributes {
    static let tags = ActionSet(names: ["TagResource", "UntagResource"])
    static let aliases = ActionSet(names: ["CreateAlias", "DeleteAlias", "UpdateAlias"])
}

extension PolicyDocument {
    /// Whoever may change the policy needs no tag to help himself.
    fileprivate func letsChangePolicy(_ entry: PrincipalEntry, _ context: PolicyContext) -> Bool {
        entry.isAccount(context.keyAccount)
            || allows.contains { statement in
                statement.covers(action: "PutKeyPolicy") && statement.namedPrincipals.contains { $0.pattern == entry.pattern }
            }
    }
}
