// SPDX-License-Identifier: Apache-2.0

/// How long to wait before the next attempt: full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog),
/// bounded in count and in time.
public struct RetryPlan: Sendable, Hashable {
    /// Attempts in all, the first one included.
    public var attempts: Int
    /// After this long no further attempt begins.
    public var budgetMilliseconds: Int
    /// No single pause is longer.
    public var capMilliseconds: Int

    public init(attempts: Int = 6, budgetMilliseconds: Int = 45_000, capMilliseconds: Int = 10_000) {
        self.attempts = attempts
        self.budgetMilliseconds = budgetMilliseconds
        self.capMilliseconds = capMilliseconds
    }

    public static let once = RetryPlan(attempts: 1)

    /// The pause after attempt number `attempt` (from 1), or nil to give up.
    /// - Parameters:
    ///   - elapsed: milliseconds since the first attempt began.
    ///   - asked: seconds for which the server asks to be left alone (`AWSAnswer.asksToWait`). The pause is never shorter; the
    ///     cap does not hold for it, the budget does: what asks for more than is left of it ends the attempts at once.
    ///   - random: a value of the range, evenly; injected, so that this stays a pure function.
    public func pause(after attempt: Int, _ reason: RetryClass, elapsed: Int, asked: Int? = nil, random: (ClosedRange<Int>) -> Int) -> Int? {
        guard attempt < attempts, let base = Self.base(of: reason) else { return nil }
        // Doubled each time; the shift is bounded, so that it cannot overflow.
        let ceiling = min(capMilliseconds, base << min(max(0, attempt - 1), 20))
        let pause = max(random(0...ceiling), (asked ?? 0) * 1_000)
        return elapsed + pause <= budgetMilliseconds ? pause : nil
    }

    /// KMS throttles a key that changes often below the account's rate: there a second is the least that helps.
    private static func base(of reason: RetryClass) -> Int? {
        switch reason {
        case .throttling, .consistency: 1_000
        case .transient: 250
        case .never: nil
        }
    }
}
