// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Texts that a person would try first for a few conditions on one key, and how many answers the conditions can give together.
///
/// Where the texts show so many, they stand for all texts, and nothing more has to be looked for.
struct ObviousValues {
    private struct Test {
        let condition: ProofCondition
        let comparison: ConditionOperator.Comparison
        let values: Set<Exact>
    }

    private let tests: [Test]
    private static let count = 8

    /// Nil for none or more than three conditions, and for conditions on something else than texts.
    init?(_ conditions: [ProofCondition]) {
        guard (1...3).contains(conditions.count) else { return nil }
        var tests: [Test] = []
        for condition in conditions {
            guard let written = condition.condition, let comparison = written.test?.comparison else { return nil }
            switch comparison {
            case .stringEquals, .stringLike, .stringEqualsIgnoreCase, .arn: break
            default: return nil
            }
            tests.append(Test(condition: condition, comparison: comparison, values: Set(written.values.map { Exact($0) })))
        }
        self.tests = tests
    }

    /// Of all combinations of matching and not, those that no inclusion of one list in another forbids.
    var possibleAnswers: Int {
        let inclusions = tests.indices.flatMap { a in
            tests.indices.filter { b in
                a != b && tests[a].comparison == tests[b].comparison && !tests[a].condition.usesVariables && !tests[b].condition.usesVariables
                    && tests[a].values.isSubset(of: tests[b].values)
            }.map { (narrow: a, wide: $0) }
        }
        return (0..<(1 << tests.count)).count { answer in
            inclusions.allSatisfy { answer & 1 << $0.narrow == 0 || answer & 1 << $0.wide != 0 }
        }
    }

    /// Examples of values that only one condition has, of values that it shares, and of two values of different conditions at once.
    var texts: [String] {
        var texts: [String] = []
        var firsts: [[ValuePattern]] = []
        for (index, test) in tests.enumerated() {
            let others = tests.enumerated().filter { $0.offset != index }.map(\.element.values)
            let own = test.condition.condition?.values.filter { value in !others.contains { $0.contains(Exact(value)) } } ?? []
            let patterns = test.condition.patterns(in: nil, of: Array(own.prefix(Self.count))) + test.condition.patterns(in: nil, upTo: Self.count)
            texts += patterns.map(\.example)
            firsts.append(Array(patterns.prefix(2)))
        }
        for left in firsts.indices {
            for right in firsts.indices where left != right {
                for one in firsts[left] { for other in firsts[right] { if let both = one.spliced(with: other) { texts.append(both) } } }
            }
        }
        return texts + ["example", "another", "x"]
    }
}

extension ValuePattern {
    /// A text that begins as this pattern up to its last `*` and ends as another from its first: often one that both match.
    fileprivate func spliced(with other: ValuePattern) -> String? {
        func isMany(_ token: Token) -> Bool { if case .many = token { true } else { false } }
        guard let last = tokens.lastIndex(where: isMany), let first = other.tokens.firstIndex(where: isMany) else { return nil }
        return ValuePattern(Array(tokens[..<last] + other.tokens[(first + 1)...])).example
    }
}
