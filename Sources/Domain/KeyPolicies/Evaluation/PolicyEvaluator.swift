// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// What a key policy says to one request.
///
/// It claims no more than the policy can know: grants, IAM, SCPs and RCPs are not seen. `unknown` is always safe to answer;
/// it is given where a statement's truth hangs on a key that the request leaves open, statement by statement.
public enum PolicyEvaluator {
    /// The answer with the statements that decided it.
    ///
    /// Order: an explicit Deny, then an Allow, then nothing. What KMS does not do across accounts is denied to other accounts,
    /// and what no key policy governs is denied by it.
    public static func answer(_ policy: PolicyDocument, _ request: AccessRequest) -> Answer {
        if request.action?.reach == .iamOnly { return Answer(.denied, .notOfKeyPolicies, []) }
        if request.action?.reach == .ownAccount, let account = request.principal.account, !account.hasSameBytes(as: request.key.account) {
            return Answer(.denied, .notAcrossAccounts, [])
        }
        var tally = Tally()
        let usesVariables = policy.usesVariables
        for statement in policy.statements where statement.covers(request) {
            let outcome = statement.outcome(request, usesVariables: usesVariables)
            tally.count(statement, outcome, request)
        }
        return tally.answer(request)
    }

    /// In the key's own account a name is enough; an account principal and every other account need IAM too.
    static func rank(_ match: PrincipalMatch, _ request: AccessRequest) -> Answer.Verdict.Rank {
        guard let account = request.principal.account else { return .allowed }
        return match != .account && account.hasSameBytes(as: request.key.account) ? .allowed : .delegated
    }

    /// Each statement's part in the answer: whether it applies, and which part kept it from applying.
    public static func trace(_ policy: PolicyDocument, _ request: AccessRequest) -> [StatementTrace] {
        policy.statements.map { statement in
            let outcome = statement.outcome(request, usesVariables: policy.usesVariables)
            return StatementTrace(
                statement: DecidingStatement(statement), applies: outcome.truth == .yes ? true : outcome.truth == .no ? false : nil,
                failed: outcome.failed, missing: outcome.truth.missing)
        }
    }
}

/// What the statements say, taken together.
private struct Tally {
    var denies: [DecidingStatement] = []
    var perhapsDenies: [DecidingStatement] = []
    var allows: [(Answer.Verdict.Rank, DecidingStatement)] = []
    var perhapsAllows: [(Answer.Verdict.Rank, DecidingStatement)] = []
    var missingForDeny: [String] = []
    var missingForAllow: [String] = []

    mutating func count(_ statement: Statement, _ outcome: Statement.Outcome, _ request: AccessRequest) {
        if outcome.truth == .no { return }
        let deciding = DecidingStatement(statement)
        switch (statement.effect, outcome.truth) {
        case (_, .no): break
        case (.deny, .yes): denies.append(deciding)
        case (.allow, .yes): allows.append((PolicyEvaluator.rank(outcome.principal, request), deciding))
        case (.deny, .unknown(let names)):
            perhapsDenies.append(deciding)
            missingForDeny += names
        case (.allow, .unknown(let names)):
            perhapsAllows.append((PolicyEvaluator.rank(outcome.principal, request), deciding))
            missingForAllow += names
        }
    }

    func answer(_ request: AccessRequest) -> Answer {
        if !denies.isEmpty { return Answer(.denied, .explicitDeny, denies) }
        let certain = allows.map(\.0).max() ?? .denied
        let possible = max(certain, perhapsAllows.map(\.0).max() ?? .denied)
        if possible == .denied { return Answer(.denied, .nothingAllows, []) }
        if perhapsDenies.isEmpty, possible == certain {
            let deciding = allows.filter { $0.0 == certain }.map(\.1)
            guard certain == .delegated, let account = request.principal.account else {
                return Answer(.allowed, .keyPolicyAllows, deciding)
            }
            return Answer(.delegated(account: account), .iamDecides, deciding)
        }
        let open = possible > certain ? perhapsAllows.map(\.1) : allows.map(\.1)
        let missing = Truth.distinct(missingForDeny + (possible > certain ? missingForAllow : []))
        return Answer(.unknown(missing: missing), .notSpecified, (perhapsDenies + open).sorted { $0.index < $1.index })
    }
}
