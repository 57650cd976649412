// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// Time as the execution needs it: the local clock, waiting, and chance for the jitter.
public protocol Pace {
    func now() -> Instant
    func sleep(seconds: Double)
    /// From 0 up to 1.
    func random() -> Double
}
