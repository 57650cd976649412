// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp033 = PolicyRule(
        id: "KP033", severity: .medium,
        reason: "deleting or disabling the key makes the logs unreadable; it should be in few named hands, and slow",
        source: "KMS Developer Guide, Controlling access to key deletion; Security Hub KMS.3",
        fix: "deny it to all but named roles, and deny a waiting period under 30 days"
    ) { document, context in
        let somebody = RequestPrincipal.role(partition: context.partition, account: context.keyAccount, name: "a-role-that-no-policy-names")
        var hits = ["ScheduleKeyDeletion", "DisableKey"].compactMap { action -> Hit? in
            let answer = PolicyEvaluator.answer(document, context.request(somebody, action))
            guard answer.verdict != .denied, let statement = answer.statements.first.map({ document.statements[$0.index] }) else {
                return nil
            }
            return Hit(statement.place, "statement \(statement.title) leaves \(action) to any role of the key's account")
        }
        let soon = RequestContext([(key: "kms:ScheduleKeyDeletionPendingWindowInDays", value: "7")])
        for statement in document.allows where statement.covers(action: "ScheduleKeyDeletion") {
            let someone = statement.namedPrincipals.compactMap { RequestPrincipal.named($0.value.text) }
            guard
                someone.contains(where: {
                    PolicyEvaluator.answer(document, context.request($0, "ScheduleKeyDeletion", soon)).verdict != .denied
                })
            else { continue }
            hits.append(Hit(statement.place, "statement \(statement.title) lets the key be deleted after 7 days: nothing asks for 30"))
        }
        return hits
    }
}
