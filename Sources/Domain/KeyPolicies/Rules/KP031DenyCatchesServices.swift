// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp031 = PolicyRule(
        id: "KP031", severity: .high,
        reason: "a Deny for everyone also stops CloudTrail, which has no organization, network address or role",
        source: "IAM User Guide, aws:PrincipalIsAWSService; AWS data perimeter examples",
        fix: "add BoolIfExists aws:PrincipalIsAWSService false to the Deny"
    ) { document, context in
        let trails = document.trails(in: context)
        let actions = ["GenerateDataKey", "DescribeKey"] + (context.eventDataStore ? ["Decrypt"] : [])
        return document.denies.filter { $0.namesEveryone || $0.principals.isNegated }.flatMap { statement -> [Hit] in
            let caught = actions.filter { action in
                trails.contains { trail in
                    let request = context.request(.service(TrailKeys.service), action, TrailKeys.context(of: trail))
                    return statement.outcome(request, usesVariables: document.usesVariables).truth != .no
                }
            }
            return caught.isEmpty
                ? [] : [Hit(statement.place, "statement \(statement.title) denies CloudTrail \(caught.joined(separator: " and ")) too")]
        }
    }
}
