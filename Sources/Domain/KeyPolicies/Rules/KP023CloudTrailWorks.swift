// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp023 = PolicyRule(
        id: "KP023", severity: .critical,
        reason: "CloudTrail could not write: CreateTrail and UpdateTrail fail with InsufficientEncryptionPolicyException, or logs stop",
        source: "CloudTrail User Guide, Configure KMS key policies",
        fix: "allow cloudtrail.amazonaws.com kms:GenerateDataKey* for the trail, and kms:DescribeKey in a statement of its own"
    ) { document, context in
        var hits: [Hit] = []
        let usesTrail =
            !context.eventDataStore || context.trailARN != nil
            || document.allows.contains { $0.namesCloudTrail && !$0.conditions(on: TrailKeys.sourceARN).isEmpty }
        if usesTrail {
            for action in ["GenerateDataKey", "DescribeKey"] {
                let answers = document.trails(in: context).map { trail in
                    (
                        trail,
                        PolicyEvaluator.answer(document, context.request(.service(TrailKeys.service), action, TrailKeys.context(of: trail)))
                    )
                }
                if !answers.contains(where: { $0.1.verdict == .allowed }), let (trail, answer) = answers.first {
                    hits.append(document.cloudTrailHit(action, "for the trail \(Quoted.word(trail))", answer))
                }
            }
        }
        if context.eventDataStore {
            for action in ["GenerateDataKey", "Decrypt"] {
                let answer = PolicyEvaluator.answer(document, context.request(.service(TrailKeys.service), action, TrailKeys.lakeContext))
                if answer.verdict != .allowed { hits.append(document.cloudTrailHit(action, "for an event data store", answer)) }
            }
        }
        return hits
    }
}

extension PolicyDocument {
    /// The hit, at the statement that denies, or that was meant to allow.
    fileprivate func cloudTrailHit(_ action: String, _ purpose: String, _ answer: Answer) -> PolicyRule.Hit {
        let meant = answer.statements.first.map { statements[$0.index] } ?? allows.first { $0.namesCloudTrail && $0.covers(action: action) }
        let place = meant?.place ?? whole
        switch answer.verdict {
        case .unknown(let missing):
            return PolicyRule.Hit(place, "whether CloudTrail may \(action) \(purpose) depends on \(Quoted.list(missing))", .high)
        case .denied where answer.reason == .explicitDeny:
            return PolicyRule.Hit(place, "statement \(meant?.title ?? "") denies CloudTrail \(action) \(purpose)")
        default:
            let why = meant.map { "statement \($0.title) does not apply to it" } ?? "no statement allows it"
            return PolicyRule.Hit(place, "CloudTrail may not \(action) \(purpose): \(why)")
        }
    }
}
