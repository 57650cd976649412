// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp029 = PolicyRule(
        id: "KP029", severity: .high,
        reason: "IAM refuses, or never fulfils, a condition that it does not know",
        source: "IAM User Guide, Condition operators; KMS Developer Guide, Condition keys",
        fix: "write operator, key and value as the documentation spells them"
    ) { document, _ in
        document.statements.flatMap { statement in
            statement.conditions.flatMap { condition -> [Hit] in
                guard let test = condition.test else {
                    let near = Suggestion.nearest(to: condition.operatorName.text, among: ConditionOperator.names)
                    return [
                        Hit(
                            condition.operatorName,
                            "there is no operator \(Quoted.text(condition.operatorName.text))\(near.map { ", did you mean \($0)?" } ?? "")")
                    ]
                }
                let badValues = condition.values.filter { !$0.text.hasVariable && !ConditionKeys.isWellTyped($0.text, test.comparison) }
                return badValues.map { Hit($0, "\(Quoted.text($0.text)) is no value for \(condition.operatorName.text)") }
                    + (ConditionKeys.hit(condition.key).map { [$0] } ?? [])
            }
        }
    }
}
