// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Texts that stand for all texts: whatever a set of patterns can tell apart, two of these differ in it.
enum ValueClasses {
    /// - Parameters:
    ///   - prefix: read before the text begins (an ARN up to the name).
    ///   - nice: texts that are taken first where they stand for a class.
    /// - Returns: the literals, and one text for each combination of patterns that some other text has; nil past a bound.
    static func texts(
        _ patterns: [ValuePattern], literals: [String], prefix: String = "", nice: [String] = ["example", "another", "x"],
        only allowed: ((Unicode.Scalar) -> Bool)? = nil, mayBeEmpty: Bool = true, _ budget: inout ProofBudget
    ) -> [String]? {
        guard patterns.allSatisfy(\.isDecidable) else { return nil }
        let known = Set(literals.map { Exact($0) })
        let automaton = PatternAutomaton(patterns, literals: literals)
        let start = automaton.atRoot(automaton.run(automaton.start(), prefix))
        guard automaton.isAlive(start) else { return literals + [fresh(nice, known)] }
        var seen: Set<[Int]> = []
        var found = literals
        for text in nice where !known.contains(Exact(text)) {
            if seen.insert(automaton.accepted(automaton.run(start, text))).inserted { found.append(text) }
        }
        let fresh = PatternAutomaton.fresh(patterns, literals)
        guard let reached = automaton.reachable(from: start, fresh: fresh, only: allowed, &budget) else { return nil }
        for (state, text) in reached where !automaton.isLiteral(state) && (mayBeEmpty || !text.isEmpty) {
            if seen.insert(automaton.accepted(state)).inserted { found.append(text) }
        }
        return found
    }

    /// A text that is none of the known.
    static func fresh(_ nice: [String], _ known: Set<Exact>) -> String {
        if let text = nice.first(where: { !known.contains(Exact($0)) }) { return text }
        return (1...(known.count + 1)).lazy.map { "example\($0)" }.first { !known.contains(Exact($0)) } ?? "example"
    }
}
