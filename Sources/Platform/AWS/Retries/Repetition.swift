// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// Sends a request that may be carried out twice, and again as long as its answer's class and the plan allow.
struct Repetition: Sendable {
    let plan: RetryPlan
    let pace: Pace
    let clock: @Sendable () -> Instant

    /// - Returns: the last outcome, and the seconds for which its server asked to be left alone.
    func run(_ send: () -> CallOutcome) -> (outcome: CallOutcome, asked: Int?) {
        let start = pace.now()
        var attempt = 1
        while true {
            let outcome = send()
            let reason = RetryClass.of(outcome, isIdempotent: true)
            let asked = outcome.answer?.asksToWait(local: clock())
            guard let pause = plan.pause(after: attempt, reason, elapsed: pace.now() - start, asked: asked, random: pace.random) else {
                return (outcome, asked)
            }
            pace.sleep(pause)
            attempt += 1
        }
    }
}
