// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One line of a terminal's standard error that says how far something is, written over again and again; nothing where that is no terminal.
public final class ProgressLine {
    private let isShown = Console.errorIsTerminal
    private var isThere = false
    /// Milliseconds of the last writing.
    private var last = Int.min / 2

    public init() {}

    /// At most ten times a second.
    public func show(_ text: @autoclosure () -> String) {
        guard isShown else { return }
        let now = Self.now()
        guard now - last >= 100 else { return }
        (last, isThere) = (now, true)
        // Back to the first column, and what stood there is cleared (ECMA-48 EL).
        Console.noteWithoutEnd("\r\u{1B}[K\(text())")
    }

    /// Takes the line away: what is said next begins at the first column.
    public func end() {
        guard isThere else { return }
        isThere = false
        Console.noteWithoutEnd("\r\u{1B}[K")
    }

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}
