// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Takes from a request's context what its answers do not need.
///
/// What a statement says is asked of the evaluator once, and again only where a condition of it asks for the key that is taken away.
struct WitnessContext {
    private struct Part {
        let statement: Statement
        let usesVariables: Bool
        let rank: Answer.Verdict.Rank
        /// Keys in lower case; nil where any key may matter, by a policy variable.
        let keys: Set<String>?
        var truth: Truth
    }

    private let request: AccessRequest
    /// By policy.
    private var parts: [[Part]] = []

    /// - Parameter policies: the statements that may apply, by policy, and whether variables in them are replaced.
    init(_ policies: [(statements: [Statement], usesVariables: Bool)], _ request: AccessRequest) {
        self.request = request
        parts = policies.map { statements, usesVariables in
            statements.compactMap { statement in
                guard statement.covers(request) else { return nil }
                let outcome = statement.outcome(request, usesVariables: usesVariables)
                if outcome.failed != nil, outcome.failed != .condition { return nil }
                let hasVariables =
                    usesVariables
                    && (statement.conditions.contains(where: \.hasVariables) || statement.resources?.values.contains { $0.text.hasVariable } ?? false)
                return Part(
                    statement: statement, usesVariables: usesVariables, rank: PolicyEvaluator.rank(outcome.principal, request),
                    keys: hasVariables ? nil : Set(statement.conditions.map(\.contextKey.name)), truth: outcome.truth)
            }
        }
    }

    /// The context that is left when every key is gone without which the answers are the same.
    /// - Parameter ranks: what the policies answer; nil for a policy that is not there.
    func needed(_ ranks: [Answer.Verdict.Rank?]) -> RequestContext {
        var left = self
        var context = request.context
        let wanted = ranks.compactMap(\.self)
        for key in context.keys {
            let value = context[lowercased: key]
            context[lowercased: key] = nil
            let before = left.ask(AccessRequest(principal: request.principal, known: request.actionName, context: context, key: request.key), key)
            if zip(left.parts, wanted).allSatisfy({ Self.rank($0) == $1 }) { continue }
            for change in before { left.parts[change.policy][change.index].truth = change.truth }
            context[lowercased: key] = value
        }
        return context
    }

    /// Asks the statements again that a key matters to; answers what they said before.
    private mutating func ask(_ request: AccessRequest, _ key: String) -> [(policy: Int, index: Int, truth: Truth)] {
        var before: [(policy: Int, index: Int, truth: Truth)] = []
        for policy in parts.indices {
            for index in parts[policy].indices where parts[policy][index].keys?.contains(key) ?? true {
                let part = parts[policy][index]
                before.append((policy, index, part.truth))
                parts[policy][index].truth = part.statement.outcome(request, usesVariables: part.usesVariables).truth
            }
        }
        return before
    }

    /// The evaluator's order: Deny, then the highest Allow; nil where it is not known.
    private static func rank(_ parts: [Part]) -> Answer.Verdict.Rank? {
        var certain = Answer.Verdict.Rank.denied
        var possible = certain
        var mayBeDenied = false
        for part in parts {
            switch (part.statement.effect, part.truth) {
            case (_, .no): continue
            case (.deny, .yes): return .denied
            case (.deny, .unknown): mayBeDenied = true
            case (.allow, .yes): (certain, possible) = (max(certain, part.rank), max(possible, part.rank))
            case (.allow, .unknown): possible = max(possible, part.rank)
            }
        }
        if possible == .denied { return .denied }
        return !mayBeDenied && certain == possible ? certain : nil
    }
}
