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
        var truth: Truth
    }

    private let request: AccessRequest
    /// By policy.
    private var parts: [[Part]] = []
    /// The parts that ask for a key in lower case, and those to which by a policy variable any key may matter.
    private var asking: [String: [Position]] = [:]
    private var askingAny: [Position] = []

    private struct Position {
        let policy: Int
        let index: Int
    }

    /// - Parameter policies: the statements that may apply, by policy, and whether variables in them are replaced.
    init(_ policies: [(statements: [Statement], usesVariables: Bool)], _ request: AccessRequest) {
        self.request = request
        for (statements, usesVariables) in policies {
            var mine: [Part] = []
            for statement in statements where statement.covers(request) {
                let outcome = statement.outcome(request, usesVariables: usesVariables)
                if outcome.failed != nil, outcome.failed != .condition { continue }
                let hasVariables =
                    usesVariables
                    && (statement.conditions.contains(where: \.hasVariables) || statement.resources?.values.contains { $0.text.hasVariable } ?? false)
                let position = Position(policy: parts.count, index: mine.count)
                if hasVariables { askingAny.append(position) }
                for condition in statement.conditions where !hasVariables { asking[condition.contextKey.name, default: []].append(position) }
                mine.append(
                    Part(
                        statement: statement, usesVariables: usesVariables, rank: PolicyEvaluator.rank(outcome.principal, request),
                        truth: outcome.truth))
            }
            parts.append(mine)
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
            let asked = AccessRequest(principal: request.principal, known: request.actionName, context: context, key: request.key)
            var before: [(at: Position, truth: Truth)] = []
            for at in (asking[key] ?? []) + askingAny {
                let part = left.parts[at.policy][at.index]
                before.append((at, part.truth))
                left.parts[at.policy][at.index].truth = part.statement.outcome(asked, usesVariables: part.usesVariables).truth
            }
            if zip(left.parts, wanted).allSatisfy({ Self.rank($0) == $1 }) { continue }
            // A statement that asks twice is set back to what it said first.
            for change in before.reversed() { left.parts[change.at.policy][change.at.index].truth = change.truth }
            context[lowercased: key] = value
        }
        return context
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
