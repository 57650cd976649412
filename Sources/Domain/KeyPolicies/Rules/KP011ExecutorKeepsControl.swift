// SPDX-License-Identifier: Apache-2.0

extension PolicyRule {
    static let kp011 = PolicyRule(
        id: "KP011", severity: .critical,
        reason: "KMS refuses a policy under which its caller could not change the policy again, and no later change could be executed",
        source: "KMS API, PutKeyPolicy: lockout safety check",
        fix: "allow the executor kms:PutKeyPolicy by name"
    ) { document, context in
        guard let executor = context.executorARN else { return [] }
        guard let principal = RequestPrincipal.named(executor) else {
            return [Hit(document.whole, "the executor \(Quoted.text(executor)) is no role or user")]
        }
        switch PolicyEvaluator.answer(document, context.request(principal, "PutKeyPolicy")).verdict {
        case .allowed: return []
        case .delegated: return [Hit(document.whole, "the executor \(executor) may change the policy only if IAM allows it too", .medium)]
        case .denied: return [Hit(document.whole, "the executor \(executor) may not change the policy")]
        case .unknown(let missing):
            return [Hit(document.whole, "whether the executor \(executor) may change the policy depends on \(Quoted.list(missing))")]
        }
    }
}
