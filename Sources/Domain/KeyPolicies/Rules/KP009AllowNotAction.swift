// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp009 = PolicyRule(
        id: "KP009", severity: .high,
        reason: "Allow with NotAction or NotResource also allows whatever AWS adds later",
        source: "IAM User Guide, NotAction",
        fix: "list the actions that are meant"
    ) { document, _ in
        document.allows.flatMap { statement in
            [("NotAction", statement.actions), ("NotResource", statement.resources)].compactMap { name, list in
                list.flatMap { $0.isNegated ? Hit($0.place, "statement \(statement.title) allows by \(name)") : nil }
            }
        }
    }
}
