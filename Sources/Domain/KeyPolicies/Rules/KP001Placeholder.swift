// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp001 = PolicyRule(
        id: "KP001", severity: .critical,
        reason: "a placeholder that was left makes a statement void or means somebody else",
        source: "the published sample; AWS documentation, example account ids",
        fix: "put the real value in its place"
    ) { document, _ in
        document.strings.flatMap { string -> [Hit] in
            var hits: [Hit] = []
            if let what = Placeholder.find(in: string.text) {
                hits.append(Hit(string, "\(Quoted.text(string.text)): \(what) is a placeholder"))
            }
            for account in Placeholder.exampleAccounts(in: string.text) {
                // 123456789012 is the documentation's example and also the account of test servers.
                let severity: Severity = account.hasSameBytes(as: "123456789012") ? .medium : .critical
                hits.append(Hit(string, "account \(account) is an example account of AWS's documentation", severity))
            }
            return hits
        }
            + document.statements.flatMap(\.conditions).flatMap { condition in
                guard Placeholder.accountKeys.contains(where: { condition.key.text.isSameIgnoringASCIICase(as: $0) }) else {
                    return [Hit]()
                }
                return condition.values.compactMap { value in
                    let isAccount = AccountID.isValid(value.text) || value.text.hasWildcard || value.text.hasVariable
                    guard !isAccount, condition.test?.comparison != .null, Placeholder.find(in: value.text) == nil else { return nil }
                    return Hit(value, "\(Quoted.text(value.text)) is no account id")
                }
            }
    }
}
