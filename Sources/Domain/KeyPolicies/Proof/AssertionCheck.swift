// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// What became of one assertion.
public struct AssertionVerdict: Sendable {
    public enum Outcome: String, Sendable { case holds, violated, undecided }

    public let assertion: PolicyAssertion
    public let outcome: Outcome
    /// Requests that break it, one for each class.
    public let witnesses: [ProofWitness]
    public let gaps: [ProofGap]
}

extension PolicyProver {
    /// Proves each assertion, or shows a request that breaks it.
    ///
    /// What they are answered on (statements, classes of callers, values) is worked out once: it knows every caller that any of them
    /// mentions, and each assertion then asks about those that it means.
    public static func check(_ policy: PolicyDocument, _ assertions: [PolicyAssertion], key: KeyIdentity) -> [AssertionVerdict] {
        var common: (ground: ProofQuestion.Ground, budget: ProofBudget)?
        return assertions.map { assertion in
            let isNever = assertion.expectation == .never
            var question = ProofQuestion(
                old: nil, new: policy, key: key,
                goal: ProofGoal(fixed: assertion.level.rank, seeksHigher: isNever, seeksLower: !isNever))
            question.actions = assertion.actions
            question.preset = assertion.context
            if common == nil {
                question.mentioned = assertions.flatMap { ($0.principals ?? []) + $0.exceptions }.compactMap(\.pattern)
                common = question.ground().map { ($0, question.budget) }
            }
            let proof = question.answer(on: common) { caller in
                let isMeant = assertion.principals.map { list in list.contains { $0.covers(caller) } } ?? true
                return isMeant && !assertion.exceptions.contains { $0.excuses(caller) }
            }
            let witnesses = proof.newlyAllowed + proof.noLongerAllowed
            let outcome: AssertionVerdict.Outcome = !witnesses.isEmpty ? .violated : proof.complete ? .holds : .undecided
            return AssertionVerdict(assertion: assertion, outcome: outcome, witnesses: witnesses, gaps: proof.gaps)
        }
    }
}
