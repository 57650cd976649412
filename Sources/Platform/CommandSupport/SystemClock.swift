// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// The clock of this machine. Read once at the edge; everything below takes the moment as a value.
public enum SystemClock {
    public static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(secondsSince1970: time.tv_sec)
    }

    public static func sleep(seconds: Double) {
        var left = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
        var rest = timespec()
        while nanosleep(&left, &rest) != 0, errno == EINTR { left = rest }
    }
}

/// The environment of this process.
public enum Environment {
    public static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// `$COUNTERSIGN_HOME`, else `$XDG_STATE_HOME/countersign`, else `~/.local/state/countersign` (formats.md §3).
    public static var home: String {
        if let home = value("COUNTERSIGN_HOME"), !home.isEmpty { return home }
        if let state = value("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/countersign" }
        return (value("HOME") ?? "") + "/.local/state/countersign"
    }

    /// Makes a folder and those above it, open to their owner alone.
    public static func makeFolder(_ path: String) {
        var built = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            built += (built.isEmpty && part.isEmpty ? "" : (built.isEmpty || built == "/" ? "" : "/")) + part
            if built.isEmpty {
                built = "/"
                continue
            }
            mkdir(built, 0o700)
        }
    }
}
