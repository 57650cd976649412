// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp020 = PolicyRule(
        id: "KP020", severity: .high,
        reason: "without aws:SourceArn CloudTrail may use the key for trails of strangers (confused deputy)",
        source: "CloudTrail User Guide, Configure KMS key policies; Access Analyzer, Restrict access to service principal",
        fix: "add StringEquals aws:SourceArn with the trail's ARN"
    ) { document, context in
        let statements = document.allows.filter(\.namesCloudTrail)
        if context.eventDataStore { return statements.filter { $0.breaksLake(document, context) }.map { $0.lakeHit } }
        return statements.filter { !$0.bindsSource }.map {
            Hit($0.place, "statement \($0.title) lets CloudTrail in for every account's trail: no aws:SourceArn names one")
        }
    }
}

extension Statement {
    /// Whether aws:SourceArn, or aws:SourceAccount, names one account.
    fileprivate var bindsSource: Bool {
        conditions(on: TrailKeys.sourceARN).contains { condition in
            condition.isBinding && condition.values.allSatisfy { ARN($0.text).map { !$0.account.hasWildcard } ?? false }
        } || conditions(on: "aws:SourceAccount", "aws:SourceOrgID").contains(where: \.isBinding)
    }

    /// An event data store's call has no source: a statement that asks for one is none for it.
    fileprivate func breaksLake(_ document: PolicyDocument, _ context: PolicyContext) -> Bool {
        guard !conditions(on: TrailKeys.sourceARN, "aws:SourceAccount").isEmpty else { return false }
        return ["GenerateDataKey", "Decrypt"].contains { action in
            let request = context.request(.service(TrailKeys.service), action, TrailKeys.lakeContext)
            return covers(action: action) && PolicyEvaluator.answer(document, request).verdict != .allowed
        }
    }

    fileprivate var lakeHit: PolicyRule.Hit {
        PolicyRule.Hit(place, "statement \(title) asks for aws:SourceArn, which an event data store's calls do not have", .critical)
    }
}
