// SPDX-License-Identifier: Apache-2.0

/// What a proof may cost. Whatever passes it is undecided and says so; nothing is left out silently.
struct ProofBudget {
    /// Steps of automata and of the search together.
    static let steps = 1_000_000
    /// States of one automaton.
    static let states = 10_000
    /// Machine words that the states of one automaton may fill (16 MiB).
    static let words = 2_000_000
    /// Values of one condition key that are told apart.
    static let values = 4_000
    /// Callers that are told apart.
    static let callers = 20_000

    private(set) var left: Int

    init(steps: Int = Self.steps) { left = steps }

    var isSpent: Bool { left <= 0 }

    /// False once nothing is left.
    mutating func spend(_ amount: Int = 1) -> Bool {
        left -= amount
        return left > 0
    }
}
