// SPDX-License-Identifier: Apache-2.0

import KeyPolicies
import StrictFormats

/// Proves that the service control policy does what it is for, by the prover that reads key policies.
///
/// A service control policy denies before any other policy is asked. So its Deny statements are put into the most open key policy that
/// there can be (everybody may do everything), and the question is who is left.
public struct GuardrailProof: Sendable {
    /// Actions on the key that nobody but the two roles can do any more.
    public let closed: [String]

    /// - Throws: `guardrails-unproven` (internal error): then nothing is exported.
    init(_ guarded: GuardedKey) throws(Refusal) {
        let key = KeyIdentity(account: guarded.key.account, arn: guarded.keyText)
        let assertions = try PolicyAssertion.list(
            .array(
                GuardedAction.key.map { action in
                    .object([
                        ("name", .string(action)), ("expect", "never"), ("principals", "any"), ("except", .strings(guarded.allowed)),
                        ("actions", .strings([action])),
                    ])
                }))
        let open = try PolicyDocument(text: JSONWriter.canonicalText(Self.policy([])))
        let held = try PolicyDocument(text: JSONWriter.canonicalText(Self.policy(ServiceControlPolicy.statements(guarded))))
        let before = PolicyProver.check(open, assertions, key: key)
        let after = PolicyProver.check(held, assertions, key: key)
        for (without, with) in zip(before, after) {
            guard without.outcome == .violated else { throw Self.unproven(without.assertion.name, "nobody could do it without the guardrails") }
            guard with.outcome == .holds else {
                let who = with.witnesses.first.map { SafeText.escaped($0.principal.text) } ?? "somebody"
                throw Self.unproven(with.assertion.name, "\(who) can still do it")
            }
        }
        closed = GuardedAction.key
    }

    private static func policy(_ denials: [JSONValue]) -> JSONValue {
        let everybody = JSONValue.object([
            ("Sid", "Everybody"), ("Effect", "Allow"), ("Principal", "*"), ("Action", "kms:*"), ("Resource", "*"),
        ])
        let onKeys = denials.filter { $0["Action"]?.arrayValue?.allSatisfy { $0.stringValue?.hasPrefix("kms:") == true } == true }
        return .object([
            ("Version", "2012-10-17"),
            (
                "Statement",
                .array(
                    [everybody]
                        + onKeys.map { statement in
                            .object((statement.objectValue ?? []).map { ($0.name, $0.value) } + [("Principal", "*")])
                        })
            ),
        ])
    }

    private static func unproven(_ action: String, _ reason: String) -> Refusal {
        Refusal(
            "guardrails-unproven", .internalError, "the guardrails for \(action) are not proven: \(reason)",
            hint: "nothing was written; please report this")
    }
}
