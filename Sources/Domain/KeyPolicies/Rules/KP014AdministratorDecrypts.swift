// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp014 = PolicyRule(
        id: "KP014", severity: .high,
        reason: "who manages the key can also read what it protects: nobody watches them",
        source: "KMS Developer Guide, key administrators and key users",
        fix: "take kms:Decrypt from administrators, or give reading to other roles"
    ) { document, context in
        let administrators = document.allows.filter { $0.coveredActions.contains { $0.kind.isAdministration } }
        return document.allows.filter { $0.coveredActions.contains { $0.kind == .useDecrypt } }.flatMap { statement in
            statement.namedPrincipals.filter { !$0.isAccount(context.keyAccount) }.compactMap { reader in
                guard let other = administrators.first(where: { $0.manages(reader, statement, keyAccount: context.keyAccount) }) else {
                    return nil
                }
                return Hit(
                    reader.value,
                    "statement \(statement.title) lets \(Quoted.word(reader.value.text)) decrypt, and statement \(other.title) lets it manage the key"
                )
            }
        }
    }
}

extension KeyAction.Class {
    fileprivate var isAdministration: Bool { self == .policy || self == .delegate || self == .destroy || self == .adminOther }
}

extension Statement {
    /// Whether the statement names a reader of another one too, outright or through `*` of the reader's account.
    fileprivate func manages(_ reader: PrincipalEntry, _ readers: Statement, keyAccount: String) -> Bool {
        namedPrincipals.contains { manager in
            if manager.isAccount(keyAccount) { return false }
            if manager.pattern == reader.pattern { return true }
            // A bounded "*" in the key's own account reads with every role that manages.
            guard reader.pattern == .everyone, let accounts = readers.boundAccounts, let account = manager.pattern.account else {
                return false
            }
            return !manager.isWholeAccount && accounts.contains { $0.hasSameBytes(as: account) }
        }
    }
}
