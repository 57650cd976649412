// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp026 = PolicyRule(
        id: "KP026", severity: .high,
        reason: "such an operator also holds when the request does not have the key",
        source: "IAM User Guide, ForAllValues; Access Analyzer, ForAllValues with single-valued key",
        fix: "use the plain operator"
    ) { document, _ in
        document.statements.flatMap { statement in
            statement.conditions.compactMap { condition in
                guard let test = condition.test else { return nil }
                let key = condition.key.text.asciiLowercased
                if statement.effect == .allow, test.quantifier == .forAll {
                    return Hit(
                        condition.operatorName,
                        "statement \(statement.title): ForAllValues on \(Quoted.word(condition.key.text)) holds when there is no value")
                }
                if test.quantifier != .none, !KeyApplicability.multivalued.contains(key) {
                    return Hit(
                        condition.operatorName, "statement \(statement.title): \(Quoted.word(condition.key.text)) has one value, not a set")
                }
                guard statement.effect == .allow, test.ifExists, !test.isNegated, LooseOperator.bounds(key) else { return nil }
                return Hit(
                    condition.operatorName,
                    "statement \(statement.title): IfExists lets in requests without \(Quoted.word(condition.key.text))")
            }
        }
    }
}

private enum LooseOperator {
    /// Keys that say who calls, for what and for whom.
    static func bounds(_ key: String) -> Bool {
        let prefixes = ["aws:principal", "aws:source", "kms:encryptioncontext", "kms:grant"]
        return ["kms:calleraccount", "kms:viaservice"].contains(key) || prefixes.contains { key.after($0) != nil }
    }
}
