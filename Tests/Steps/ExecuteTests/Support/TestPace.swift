// SPDX-License-Identifier: Apache-2.0
import Execute
import StrictFormats

/// Time that passes only when somebody waits or something is sent.
final class TestPace: Pace {
    private(set) var time: Instant
    private var fraction = 0.0
    /// Everything that was slept, in seconds.
    private(set) var slept = 0.0

    init(_ time: Instant) { self.time = time }

    func now() -> Instant { time }

    func sleep(seconds: Double) {
        slept += seconds
        fraction += seconds
        let whole = Int(fraction)
        fraction -= Double(whole)
        time = time + whole
    }

    func random() -> Double { 0.5 }

    func advance(_ seconds: Int) { time = time + seconds }
}
