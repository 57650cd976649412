// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp021 = PolicyRule(
        id: "KP021", severity: .critical,
        reason: "an organization's trail belongs to the management account: with another account in its ARN the condition never holds",
        source: "CloudTrail User Guide, Configure KMS key policies; Delegated administrator: the management account remains the owner",
        fix: "write the management account's id into the trail's ARN"
    ) { document, context in
        document.allows.filter(\.namesCloudTrail).flatMap { statement in
            statement.conditions(on: TrailKeys.sourceARN, TrailKeys.encryptionContext).flatMap { condition in
                condition.values.compactMap {
                    condition.test.map { $0.isNegated || $0.comparison == .null } ?? true
                        ? nil : $0.trailOwnerHit(statement, condition, context)
                }
            }
        }
    }
}

extension PolicyString {
    fileprivate func trailOwnerHit(_ statement: Statement, _ condition: Condition, _ context: PolicyContext) -> PolicyRule.Hit? {
        guard let arn = ARN(text), !arn.account.hasWildcard, !arn.account.hasVariable else { return nil }
        let account = Quoted.word(arn.account)
        let whose = "statement \(statement.title): \(condition.key.text) names a trail of account \(account)"
        if let management = context.managementAccount ?? context.trailARN.flatMap({ ARN($0)?.account }) {
            if !arn.account.hasSameBytes(as: management) {
                return PolicyRule.Hit(self, "\(whose), but the trail belongs to account \(management)")
            }
            guard let trail = context.trailARN, !TextPattern.matchesARN(TextPattern.wildcards(text), trail) else { return nil }
            return PolicyRule.Hit(self, "statement \(statement.title): \(Quoted.text(text)) is not the trail \(trail)")
        }
        if arn.account.hasSameBytes(as: context.keyAccount) {
            return PolicyRule.Hit(self, "\(whose), the key's own; an organization's trail belongs to the management account", .high)
        }
        return AccountID.isValid(arn.account) ? nil : PolicyRule.Hit(self, "\(whose), which is no account", .high)
    }
}
