// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp010 = PolicyRule(
        id: "KP010", severity: .critical,
        reason: "when the roles that are named are gone, only the account itself can still change the policy; else AWS Support must",
        source: "KMS Developer Guide, Default key policy; Key policy overview",
        fix: "let the account principal do kms:PutKeyPolicy without a condition, and exempt it from every Deny"
    ) { document, context in
        let answer = PolicyEvaluator.answer(document, context.request(context.rootUser, "PutKeyPolicy"))
        switch answer.verdict {
        case .allowed: return []
        case .unknown(let missing):
            return [Hit(document.whole, "whether the key's account may change the policy depends on \(Quoted.list(missing))")]
        case .denied, .delegated:
            let by = answer.statements.first.map { " (statement \($0.sid.map(Quoted.text) ?? "number \($0.index + 1)") denies it)" } ?? ""
            return [Hit(document.whole, "the key's own account \(Quoted.word(context.keyAccount)) may not change the policy\(by)")]
        }
    }
}
