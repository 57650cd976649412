// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp007 = PolicyRule(
        id: "KP007", severity: .critical,
        reason: "everybody, in every account, may use the key as far as their own account lets them",
        source: "KMS Developer Guide, do not set the Principal to an asterisk; Security Hub KMS.5",
        fix: "name the principals, or bind callers by kms:CallerAccount or aws:PrincipalOrgID"
    ) { document, _ in
        document.allows.filter { $0.namesEveryone && !$0.bindsCaller }.map {
            Hit($0.principals.place, "statement \($0.title) allows everyone, and no condition binds who calls")
        }
    }
}

extension Statement {
    /// Whether a condition confines callers to accounts, an organization, roles or sources.
    fileprivate var bindsCaller: Bool {
        let plain = conditions(
            on: "kms:CallerAccount", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:SourceAccount",
            "aws:SourceOrgID", "aws:SourceOrgPaths")
        if plain.contains(where: \.isBinding) { return true }
        return conditions(on: "aws:PrincipalArn", "aws:SourceArn").contains { condition in
            condition.isBinding
                && condition.values.allSatisfy { value in
                    guard let arn = ARN(value.text) else { return false }
                    return !arn.account.isEmpty && !arn.account.hasWildcard
                }
        }
    }
}
