// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// AWS's time, which decides the window: the newest `Date` of any answer, carried on by the local clock (design §4.2).
final class ServerClock {
    static let tolerance = 300

    /// Never goes back: two servers of AWS may differ by a second.
    private(set) var lastDate: Instant?
    private var offset = 0

    /// Takes in the date of an answer.
    /// - Throws: `clock-skew` (not permitted) when the clocks are more than five minutes apart.
    func saw(_ date: Instant?, local: Instant) throws(Refusal) {
        guard let date else { return }
        lastDate = max(lastDate ?? date, date)
        offset = date - local
        guard abs(offset) <= Self.tolerance else {
            throw Refusal(
                "clock-skew", .notPermitted, "this machine's clock says \(local) and AWS's says \(date): more than five minutes apart",
                hint: "set the clock of this machine")
        }
    }

    func now(local: Instant) -> Instant { max(lastDate ?? local, local + offset) }
}
