// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp016 = PolicyRule(
        id: "KP016", severity: .critical,
        reason: "an account that nobody declared as trusted gets rights on the key",
        source: "KMS Developer Guide, Allowing users in other accounts",
        fix: "take the account out, or declare it as trusted"
    ) { document, context in
        guard let trusted = context.trustedAccounts else { return [] }
        let known = trusted + [context.managementAccount].compactMap(\.self)
        return document.allows.flatMap { statement in
            statement.foreignAccounts(context.keyAccount).filter { foreign in !known.contains { $0.hasSameBytes(as: foreign.account) } }.map {
                Hit($0.place, "statement \(statement.title) lets in account \(Quoted.word($0.account)), which is not trusted")
            }
        }
    }
}
