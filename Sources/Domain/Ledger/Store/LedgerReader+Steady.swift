// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

extension LedgerReader {
    /// Reads a ledger as it stood at one moment, whoever begins, goes on or ends writing to it meanwhile. Writers are not kept waiting.
    ///
    /// A file that nobody writes to is read without a lock, since a lock would stop a writer from beginning. So it is looked at again
    /// afterwards: where a writer came, what was read may be half of one state and half of another, and is read again.
    /// - Parameter body: has no effect but its value; it may run more than once.
    /// - Throws: `ledger-busy` (try again) where writers came each time, and what the body throws.
    public static func steady<Value>(_ path: String, _ body: (LedgerReader) throws(Refusal) -> Value) throws(Refusal) -> Value {
        var busy: Refusal?
        var attempts = 0
        let began = Self.now
        while attempts < 4 || Self.now - began < 10 {
            // A writer that begins or ends does so in milliseconds.
            if attempts > 0 { usleep(20_000) }
            attempts += 1
            let before = FileMoment(path)
            do throws(Refusal) {
                let reader = try LedgerReader(path)
                let value = try reader.atOneMoment { () throws(Refusal) in try body(reader) }
                if reader.door.reading == .shared || reader.door.hasSameHeader && before == FileMoment(path) { return value }
            } catch {
                // What was torn can look like anything; only what holds still is what it looks like.
                let isBusy = error.code == "ledger-busy"
                guard isBusy || before != FileMoment(path) else { throw error }
                if isBusy { busy = error }
            }
        }
        throw busy
            ?? Refusal(
                "ledger-busy", .tryAgain, "this ledger was written to each time that it was read", at: Place(file: path),
                hint: "try again, or read a copy: countersign ledger backup")
    }

    /// Seconds by the monotonic clock.
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}
