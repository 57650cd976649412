// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp022 = PolicyRule(
        id: "KP022", severity: .high,
        reason: "without the encryption context CloudTrail's right to encrypt is not confined to this trail's logs",
        source: "CloudTrail User Guide, Granting encrypt permissions",
        fix: "add StringLike kms:EncryptionContext:aws:cloudtrail:arn with the trail's ARN"
    ) { document, context in
        if context.eventDataStore { return [] }
        return document.allows.filter { statement in
            statement.namesCloudTrail && statement.covers(action: "GenerateDataKey")
                && !statement.conditions(on: TrailKeys.encryptionContext).contains(where: \.demandsKey)
        }.map { Hit($0.place, "statement \($0.title) lets CloudTrail make data keys without its encryption context") }
    }
}
