// SPDX-License-Identifier: Apache-2.0

/// A concrete request that shows a difference; the evaluator has confirmed it.
public struct ProofWitness: Sendable {
    public let principal: RequestPrincipal
    /// The callers of its class, in words: none of the statements tells them apart.
    public let callers: [String]
    /// With prefix; the weightiest of `actions`.
    public let action: String
    /// All actions for which the same holds, with prefix.
    public let actions: [String]
    /// What the request must say; nothing that does not matter.
    public let context: [(key: String, value: ContextValue)]
    public let before: Answer.Verdict
    public let after: Answer.Verdict
    /// The statements that decided the answer after, or before where it was higher.
    public let statements: [DecidingStatement]
}

/// What was left undecided, and why.
public struct ProofGap: Sendable, Hashable {
    public let statement: String
    public let reason: String
}

/// What a new policy permits that an old one did not, and the reverse. Exact where `complete`.
public struct PolicyProof: Sendable {
    public internal(set) var newlyAllowed: [ProofWitness] = []
    public internal(set) var noLongerAllowed: [ProofWitness] = []
    public internal(set) var gaps: [ProofGap] = []

    /// Whether every class of requests has been decided.
    public var complete: Bool { gaps.isEmpty }
    public var isSame: Bool { complete && newlyAllowed.isEmpty && noLongerAllowed.isEmpty }
}
