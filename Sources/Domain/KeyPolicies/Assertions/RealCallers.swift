// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Leaves out of a comparison who cannot exist beside the roles that a policy names.
///
/// A session's ARN hides its role's path, so the prover also asks about sessions of a role of the same name under another path. KMS
/// stores only policies whose principals exist (KMS API, PutKeyPolicy: "invalid principals"), and an account has each role name
/// once, whatever the path: where a statement names the role as its principal, there is no other.
public struct RealCallers: Sendable {
    private var roles: Set<String> = []

    public init(_ policy: PolicyDocument) {
        for entry in policy.statements.flatMap(\.principals.entries) {
            if case .role(let account, let name) = entry.pattern { roles.insert(Self.words(account, String(name.lastComponent))) }
        }
    }

    /// As `ProofWitness.callers` has them.
    private static func words(_ account: String, _ role: String) -> String { "any other session of a role \(role) of account \(account)" }

    /// A witness without such callers; nil if nobody is left.
    public func known(_ witness: ProofWitness) -> ProofWitness? {
        let callers = witness.callers.filter { !roles.contains($0) }
        return callers.isEmpty ? nil : witness.with(callers: callers)
    }
}

extension ProofWitness {
    fileprivate func with(callers: [String]) -> ProofWitness {
        ProofWitness(
            principal: principal, callers: callers, action: action, actions: actions, context: context, before: before, after: after,
            statements: statements)
    }
}
