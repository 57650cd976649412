// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// A request to a source of credentials, repeated within bounds. Nothing here changes anything: repeating is safe.
struct CredentialsSending {
    /// `sts:AssumeRole`, for an error.
    let name: String
    let endpoint: AWSEndpoint
    let context: CredentialsContext
    let retries: RetryPlan

    /// The successful answer.
    func send(_ transfer: () -> TransferOutcome) throws(Refusal) -> AWSAnswer {
        let start = context.pace.now()
        var attempt = 1
        while true {
            let outcome = CallOutcome(transfer())
            if case .answered(let answer) = outcome, answer.isSuccess { return answer }
            let reason = RetryClass.of(outcome, isIdempotent: true)
            let asked = outcome.answer?.asksToWait(local: context.clock())
            let elapsed = context.pace.now() - start
            guard let pause = retries.pause(after: attempt, reason, elapsed: elapsed, asked: asked, random: context.pace.random) else {
                throw CallFailure(operation: name, endpoint: endpoint).refusal(outcome, asked: asked)
            }
            context.pace.sleep(pause)
            attempt += 1
        }
    }
}
