// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp025 = PolicyRule(
        id: "KP025", severity: .medium,
        reason: "CloudTrail needs GenerateDataKey and DescribeKey, and Decrypt in some set-ups; anything more is idle power",
        source: "CloudTrail User Guide, Configure KMS key policies",
        fix: "leave it at kms:GenerateDataKey* and kms:DescribeKey"
    ) { document, _ in
        let needed = [
            "Decrypt", "DescribeKey", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
        ]
        return document.allows.filter(\.namesCloudTrail).flatMap { statement -> [Hit] in
            guard statement.actions?.isNegated == false else {
                return statement.actions.map { [Hit($0.place, "statement \(statement.title) allows CloudTrail by NotAction")] } ?? []
            }
            return statement.namedActions.filter { $0.set.actions.contains { !needed.contains($0.name) } }.map {
                Hit($0.value, "statement \(statement.title) allows CloudTrail \(Quoted.word($0.value.text)), which it does not need")
            }
        }
    }
}
