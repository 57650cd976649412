// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp028 = PolicyRule(
        id: "KP028", severity: .high,
        reason: "an action that does not exist is stored and allows nothing",
        source: "Access Analyzer, invalid action",
        fix: "write the action as the KMS documentation spells it"
    ) { document, _ in
        var suggestions: [String: String?] = [:]
        return document.statements.flatMap { statement -> [Hit] in
            statement.actionValues.compactMap { action, covered in
                guard covered.isEmpty else { return nil }
                // The same slip often stands in many statements: it is looked up once.
                let near = suggestions[action.text] ?? Suggestion.nearest(to: action.text, among: KeyAction.all.map { "kms:\($0.name)" })
                suggestions[action.text] = .some(near)
                let isPlausible = near == nil && action.text.asciiLowercased.after("kms:") != nil && !action.text.hasWildcard
                return Hit(
                    action,
                    "statement \(statement.title): KMS has no action \(Quoted.text(action.text))\(near.map { ", did you mean \($0)?" } ?? "")",
                    isPlausible ? .medium : .high)
            }
        }
    }
}
