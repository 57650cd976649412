// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// AWS's time, which decides the window: the newest `Date` seen, carried on by the local clock.
struct AWSClock {
    static let tolerance = 300

    private(set) var lastDate: Instant
    private var offset: Int

    /// - Throws: `clock-skew` (not permitted) when the clocks differ by more than five minutes.
    init(date: Instant, local: Instant) throws(Refusal) {
        lastDate = date
        offset = date - local
        try check(date, local)
    }

    /// Takes in the date of another answer.
    mutating func saw(_ date: Instant?, local: Instant) throws(Refusal) {
        guard let date else { return }
        lastDate = max(lastDate, date)
        offset = date - local
        try check(date, local)
    }

    func now(local: Instant) -> Instant { max(lastDate, local + offset) }

    private func check(_ date: Instant, _ local: Instant) throws(Refusal) {
        guard abs(date - local) <= Self.tolerance else {
            throw Refusal(
                "clock-skew", .notPermitted, "this machine's clock says \(local) and AWS's says \(date): more than five minutes apart",
                hint: "set the clock of this machine")
        }
    }
}
