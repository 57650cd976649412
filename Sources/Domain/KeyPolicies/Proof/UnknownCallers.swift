// SPDX-License-Identifier: Apache-2.0

/// Principals of whom nothing can be proven. A unique id is what AWS leaves of a role or user that was deleted, and also how it stores one that is there;
/// what is no name of an AWS service, account, role, user or session may be one that this release does not know.
public enum UnknownCallers {
    /// The statements that allow one of them something, each with the first that it names.
    public static func gaps(_ document: PolicyDocument) -> [ProofGap] {
        document.statements.filter { $0.effect == .allow }.compactMap { statement in
            guard !statement.principals.isNegated, let unknown = statement.principals.entries.first(where: { !isKnown($0) }) else { return nil }
            return ProofGap(statement: "statement \(statement.title)", reason: "it cannot be told who \(Quoted.text(unknown.value.text)) is")
        }
    }

    private static func isKnown(_ entry: PrincipalEntry) -> Bool {
        switch entry.pattern {
        case .uniqueID, .nobody: false
        case .service(let name): if case .service = RequestPrincipal.named(name) { true } else { false }
        case .role, .user, .session, .federatedUser: RequestPrincipal.named(entry.value.text) != nil
        case .everyone, .account: true
        }
    }
}
