// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp024 = PolicyRule(
        id: "KP024", severity: .critical,
        reason: "a condition on a key that such a request never has makes an Allow grant nothing, and a Deny forbid nothing",
        source: "KMS Developer Guide, Condition keys; CloudTrail User Guide: DescribeKey in a statement of its own",
        fix: "give the action a statement of its own without that condition"
    ) { document, _ in
        document.statements.flatMap { statement in
            statement.conditions.filter(\.demandsKey).flatMap { statement.deadActions($0) + statement.deadPrincipals($0) }
        }
    }
}

extension Statement {
    private var consequence: String { effect == .allow ? "grants nothing" : "forbids nothing" }

    /// Actions whose requests never have the key, whichever of them a pattern stands for.
    fileprivate func deadActions(_ condition: Condition) -> [PolicyRule.Hit] {
        namedActions.compactMap { action, covered in
            guard !covered.isEmpty, covered.intersection(condition.contextKey.actions).isEmpty else { return nil }
            return PolicyRule.Hit(
                action,
                "statement \(title) \(consequence) for \(Quoted.word(action.text)): its requests never have \(Quoted.word(condition.key.text))"
            )
        }
    }

    /// Keys that the named principals never have: a service has no organization, a role no source.
    fileprivate func deadPrincipals(_ condition: Condition) -> [PolicyRule.Hit] {
        guard !namedPrincipals.isEmpty else { return [] }
        let services = namedPrincipals.allSatisfy { if case .service = $0.pattern { true } else { false } }
        let people = namedPrincipals.allSatisfy { $0.pattern.account != nil }
        let key = condition.key.text.asciiLowercased
        func hit(_ who: String, _ severity: Severity) -> [PolicyRule.Hit] {
            [
                PolicyRule.Hit(
                    condition.key, "statement \(title) \(consequence): a request of \(who) never has \(Quoted.word(condition.key.text))",
                    severity)
            ]
        }
        switch key {
        case "kms:viaservice" where services: return hit("an AWS service itself", .high)
        case "aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount", "kms:calleraccount":
            return services ? hit("an AWS service itself", .critical) : []
        case "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths":
            return people ? hit("a role or user", .high) : []
        default: return []
        }
    }
}
