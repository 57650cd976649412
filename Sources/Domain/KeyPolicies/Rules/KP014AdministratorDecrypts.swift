// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp014 = PolicyRule(
        id: "KP014", severity: .high,
        reason: "who manages the key can also read what it protects: nobody watches them",
        source: "KMS Developer Guide, key administrators and key users",
        fix: "take kms:Decrypt from administrators, or give reading to other roles"
    ) { document, context in
        let managers = Managers(document, keyAccount: context.keyAccount)
        return document.allows.filter { !$0.coverage.intersection(.decrypting).isEmpty }.flatMap { statement in
            statement.namedPrincipals.compactMap { reader in
                guard let other = managers.statement(of: reader, in: statement) else { return nil }
                return Hit(
                    reader.value,
                    "statement \(statement.title) lets \(Quoted.word(reader.value.text)) decrypt, and statement \(other) lets it manage the key"
                )
            }
        }
    }
}

/// Who manages the key, the key's account as a whole apart, and the first statement that says so.
private struct Managers {
    private var titles: [PrincipalPattern: String] = [:]
    /// Roles and users that are named, by account.
    private var named: [String: String] = [:]

    init(_ document: PolicyDocument, keyAccount: String) {
        for statement in document.allows where !statement.coverage.intersection(.managing).isEmpty {
            for manager in statement.namedPrincipals where !manager.isAccount(keyAccount) {
                titles[manager.pattern] = titles[manager.pattern] ?? statement.title
                guard let account = manager.pattern.account, !manager.isWholeAccount else { continue }
                named[account] = named[account] ?? statement.title
            }
        }
    }

    /// The statement that lets a reader manage the key too, outright or through `*` of the reader's account.
    func statement(of reader: PrincipalEntry, in readers: Statement) -> String? {
        if let title = titles[reader.pattern] { return title }
        guard reader.pattern == .everyone else { return nil }
        return readers.boundAccounts?.compactMap { named[$0] }.first
    }
}
