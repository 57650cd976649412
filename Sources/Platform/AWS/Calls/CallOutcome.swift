// SPDX-License-Identifier: Apache-2.0

/// What became of one call: a `TransferOutcome` whose answers are read.
public enum CallOutcome: Sendable, Hashable {
    case notSent(TransferTrouble)
    case answered(AWSAnswer)
    case unclear(TransferTrouble, partial: AWSAnswer?)

    /// - Parameter name: the header that holds the request id.
    init(_ outcome: TransferOutcome, identifiedBy name: String = "x-amzn-RequestId") {
        switch outcome {
        case .notSent(let trouble): self = .notSent(trouble)
        case .answered(let http): self = .answered(AWSAnswer(http, identifiedBy: name))
        case .unclear(let trouble, let partial): self = .unclear(trouble, partial: partial.map { AWSAnswer($0, identifiedBy: name) })
        }
    }

    /// The answer, whole or cut.
    public var answer: AWSAnswer? {
        switch self {
        case .notSent: nil
        case .answered(let answer): answer
        case .unclear(_, let partial): partial
        }
    }

    /// Whether it is settled that nothing happened: not sent, or refused by a documented error.
    public var isSettledFailure: Bool {
        if case .notSent = self { return true }
        return answer?.isDefiniteRefusal ?? false
    }
}
