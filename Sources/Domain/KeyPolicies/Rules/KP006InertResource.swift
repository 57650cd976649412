// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp006 = PolicyRule(
        id: "KP006", severity: .high,
        reason: "a statement whose Resource is not this key has no effect, and KMS does not say so",
        source: "KMS Developer Guide, Key policies: Resource",
        fix: "write \"Resource\": \"*\", which in a key policy means this key"
    ) { document, context in
        document.allows.flatMap { statement -> [Hit] in
            guard let resources = statement.resources, !resources.values.isEmpty else { return [] }
            let request = context.request(context.rootUser, "DescribeKey")
            switch statement.covers(request, usesVariables: document.usesVariables) {
            case .yes: return []
            case .no:
                return resources.values.map {
                    Hit($0, "statement \(statement.title): \(Quoted.text($0.text)) is not this key, so the statement has no effect")
                }
            case .unknown:
                return resources.values.map {
                    Hit($0, "statement \(statement.title): whether \(Quoted.text($0.text)) is this key cannot be known here", .medium)
                }
            }
        }
    }
}
