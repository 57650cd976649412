// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The waiting of a retry loop: a steady clock, a pause, and randomness. Tests put their own in.
public struct Pace: Sendable {
    /// Milliseconds of a clock that never goes back.
    public let now: @Sendable () -> Int
    public let sleep: @Sendable (_ milliseconds: Int) -> Void
    public let random: @Sendable (ClosedRange<Int>) -> Int

    public init(now: @escaping @Sendable () -> Int, sleep: @escaping @Sendable (Int) -> Void, random: @escaping @Sendable (ClosedRange<Int>) -> Int) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    public static let system = Pace(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
        },
        sleep: { milliseconds in
            var wanted = timespec(tv_sec: milliseconds / 1_000, tv_nsec: milliseconds % 1_000 * 1_000_000)
            var left = timespec()
            while nanosleep(&wanted, &left) == -1, errno == EINTR { wanted = left }
        },
        random: { Int.random(in: $0) })
}
