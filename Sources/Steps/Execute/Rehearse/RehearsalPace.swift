// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// Time of a rehearsal: it begins with the local clock, and waiting passes at once.
public final class RehearsalPace: Pace {
    private let start: Instant
    private var waited = 0.0

    public init(_ start: Instant) { self.start = start }

    public func now() -> Instant { start + Int(waited) }
    public func sleep(seconds: Double) { waited += seconds }
    /// No chance: a rehearsal says the same each time.
    public func random() -> Double { 0.5 }
}
