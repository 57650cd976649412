// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats

/// What AWS asks for before the next attempt (`Retry-After`, RFC 9110 §10.2.3), held against the time that is left.
struct AskedPause: Hashable {
    /// Seconds; none where AWS asks for nothing.
    let seconds: Int
    /// Seconds until the wait is over or the bundle's window closes, whichever comes first.
    let left: Int

    static let nothing = AskedPause(seconds: 0, left: 0)

    /// Whether an attempt after the pause would come too late: then nobody sleeps for it.
    var isTooLong: Bool { seconds > left }

    /// For the end of a message.
    var words: String { isTooLong ? "; AWS asks to be left alone for \(seconds) seconds, and \(left) are left" : "" }
}

extension ExecutionStep {
    /// - Parameter deadline: when the time for this request is over, by this machine's clock.
    func askedPause(_ seconds: Int?, _ bundle: VerifiedBundle, until deadline: Instant) -> AskedPause {
        guard let seconds, seconds > 0 else { return .nothing }
        let now = pace.now()
        return AskedPause(seconds: seconds, left: max(0, min(deadline - now, bundle.payload.expires - clock.now(local: now))))
    }

    /// The pause after attempt number `round`, from 1: never shorter than what AWS asks for.
    func pause(after round: Int, _ asked: AskedPause) {
        // Full jitter: anywhere from nothing to the doubled cap (AWS Architecture Blog, "Exponential backoff and jitter").
        let jitter = pace.random() * min(20, Double(1 << (round - 1)))
        if asked.seconds > 0 { progress(.waiting(for: "AWS, which asks for a pause", until: pace.now() + asked.seconds)) }
        pace.sleep(seconds: max(jitter, Double(asked.seconds)))
    }
}
