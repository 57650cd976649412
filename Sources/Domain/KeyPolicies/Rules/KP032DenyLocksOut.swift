// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp032 = PolicyRule(
        id: "KP032", severity: .critical,
        reason: "a Deny on PutKeyPolicy that covers the key's own account locks everybody out for good",
        source: "KMS Developer Guide, Key policy overview",
        fix: "exempt the account's root user: ArnNotEquals aws:PrincipalArn arn:…:root"
    ) { document, context in
        document.denies.filter {
            $0.outcome(context.request(context.rootUser, "PutKeyPolicy"), usesVariables: document.usesVariables).truth != .no
        }.map { Hit($0.place, "statement \($0.title) denies PutKeyPolicy to the key's own account") }
    }
}
