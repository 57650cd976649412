// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp018 = PolicyRule(
        id: "KP018", severity: .high,
        reason: "a whole other account may decrypt anything under the key, not CloudTrail's logs alone",
        source: "CloudTrail User Guide, Granting decrypt permissions",
        fix: "ask for the encryption context: Null, kms:EncryptionContext:aws:cloudtrail:arn, false"
    ) { document, context in
        document.allows.filter { statement in
            !statement.coverage.intersection(.decrypting).isEmpty
                && !statement.conditions(on: TrailKeys.encryptionContext).contains(where: \.demandsKey)
        }.flatMap { statement in
            statement.foreignAccounts(context.keyAccount).filter { foreign in
                statement.namesEveryone || statement.namedPrincipals.contains { $0.isAccount(foreign.account) }
            }.map {
                Hit(
                    $0.place,
                    "statement \(statement.title) lets account \(Quoted.word($0.account)) decrypt without CloudTrail's encryption context")
            }
        }
    }
}
