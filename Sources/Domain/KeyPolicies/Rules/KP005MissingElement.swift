// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp005 = PolicyRule(
        id: "KP005", severity: .critical,
        reason: "a statement without Resource or Action is stored and has no effect",
        source: "KMS API, PutKeyPolicy",
        fix: "give the statement \"Resource\": \"*\" and its actions"
    ) { document, _ in
        document.statements.flatMap { statement -> [Hit] in
            var hits: [Hit] = []
            if statement.actions?.values.isEmpty ?? true {
                hits.append(Hit(statement.place, "statement \(statement.title) has no Action: it has no effect"))
            }
            if statement.resources?.values.isEmpty ?? true {
                hits.append(Hit(statement.place, "statement \(statement.title) has no Resource: it has no effect"))
            }
            if statement.principals.entries.isEmpty { hits.append(Hit(statement.place, "statement \(statement.title) names nobody")) }
            return hits
        }
    }
}
