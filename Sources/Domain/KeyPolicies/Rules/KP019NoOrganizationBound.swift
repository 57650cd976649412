// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp019 = PolicyRule(
        id: "KP019", severity: .medium,
        reason: "an account that leaves the organization would keep its rights",
        source: "IAM User Guide, aws:PrincipalOrgID",
        fix: "add aws:PrincipalOrgID, or name roles instead of accounts"
    ) { document, context in
        document.allows.filter {
            $0.conditions(on: "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalArn").allSatisfy { !$0.isBinding }
        }
        .flatMap { statement in
            statement.namedPrincipals.filter { $0.isWholeAccount && !$0.isAccount(context.keyAccount) }.map {
                Hit($0.value, "statement \(statement.title) lets in the whole account \($0.pattern.account ?? ""), organization or not")
            }
        }
    }
}
