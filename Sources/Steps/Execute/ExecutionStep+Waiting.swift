// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// Waiting for what AWS does not show yet, never longer than `--wait` (formats.md §9).
extension ExecutionStep {
    /// Looks again and again until something shows or the wait is over.
    /// - Returns: what the last look gave; nil where the server did not know the thing at all.
    func patiently<Value>(
        _ what: String, _ look: () throws(Refusal) -> Value, until isDone: (Value?) -> Bool
    ) throws(Refusal) -> Value? {
        let deadline = pace.now() + wait
        var pause = 0.5
        while true {
            let seen = try Self.ifShown(look)
            if isDone(seen) { return seen }
            guard try linger(what, until: deadline, &pause) else { return seen }
        }
    }

    /// A pause that doubles, up to what is left.
    /// - Returns: whether there was anything left.
    func linger(_ what: String, until deadline: Instant, _ pause: inout Double) throws(Refusal) -> Bool {
        let left = deadline - pace.now()
        guard left > 0 else { return false }
        progress(.waiting(for: what, until: deadline))
        pace.sleep(seconds: min(pause, Double(left)))
        pause = min(pause * 2, 5)
        return true
    }

    /// Right after a change KMS may not know a key everywhere, or call its state wrong (aws-facts §3b): nil, not an error.
    static func ifShown<Value>(_ look: () throws(Refusal) -> Value) throws(Refusal) -> Value? {
        do throws(Refusal) {
            return try look()
        } catch  where ["aws-not-found", "aws-refused"].contains(error.code) {
            return nil
        }
    }

    func stillWaiting(_ what: String) -> Refusal {
        Refusal("still-waiting", .tryAgain, "waited \(wait) seconds for \(what)", hint: "nothing is lost: countersign resume LEDGER --key KEY")
    }
}
