// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp046 = PolicyRule(
        id: "KP046", severity: .medium,
        reason: "nobody outside the key's account may decrypt the logs: those who write them cannot read them",
        source: "CloudTrail User Guide, Granting decrypt permissions",
        fix: "allow kms:Decrypt to the log archive or management account, or to named roles"
    ) { document, context in
        let readers = document.allows.filter { $0.covers(action: "Decrypt") }.flatMap(\.principals.entries).filter { entry in
            if case .service = entry.pattern { false } else { !entry.isAccount(context.keyAccount) }
        }
        return readers.isEmpty ? [Hit(document.whole, "no role and no other account may decrypt what CloudTrail writes")] : []
    }
}
