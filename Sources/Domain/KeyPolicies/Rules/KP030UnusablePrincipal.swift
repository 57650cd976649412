// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp030 = PolicyRule(
        id: "KP030", severity: .high,
        reason: "a principal that nobody is gives no right to anybody, or to somebody else than was meant",
        source: "IAM User Guide, AWS JSON policy elements: Principal",
        fix: "name the role, user or account by its ARN"
    ) { document, _ in
        document.statements.flatMap { statement in
            statement.principals.entries.compactMap { entry in
                let text = Quoted.text(entry.value.text)
                switch entry.pattern {
                case .uniqueID: return Hit(entry.value, "\(text) is what is left of a deleted role or user")
                case .session: return Hit(entry.value, "\(text) is one session of a role; name the role", .medium)
                case .federatedUser: return Hit(entry.value, "\(text) is one federated session", .medium)
                case .nobody: return Hit(entry.value, "\(text) is nobody who can call KMS")
                default: return nil
                }
            }
        }
    }
}
