// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

extension LedgerReader {
    /// Reads a ledger as it stood at one moment, whoever begins, goes on or ends writing to it meanwhile. Writers are not kept waiting.
    ///
    /// A file that nobody writes to is read without a lock, since a lock would stop a writer from beginning. So it is looked at again
    /// afterwards: where a writer came, what was read may be half of one state and half of another, and is read again. Where writers come and
    /// go more often than a reading takes, the next one is waited for: beside a writer SQLite's own locks hold a state still.
    /// - Parameter body: has no effect but its value; it may run more than once.
    /// - Throws: `ledger-busy` (try again) where writers came each time, and what the body throws.
    public static func steady<Value>(_ path: String, _ body: (LedgerReader) throws(Refusal) -> Value) throws(Refusal) -> Value {
        var busy: Refusal?
        var attempts = 0
        let began = now
        while attempts < 4 || now - began < 10_000 {
            let start = now
            let before = FileMoment(path)
            var held = false
            let outcome = Result { () throws(Refusal) in
                let reader = try LedgerReader(path)
                defer { held = reader.door.reading == .shared || reader.door.hasSameHeader && before == FileMoment(path) }
                return try reader.atOneMoment { () throws(Refusal) in try body(reader) }
            }
            // What was torn can look like anything; only what held still is what it looks like.
            switch outcome {
            case .failure(let refusal) where refusal.code == "ledger-busy": busy = refusal
            case .failure(let refusal) where held || before == FileMoment(path): throw refusal
            case .success(let value) where held: return value
            default: break
            }
            attempts += 1
            // One writer came, as one does now and then. Several in a row come often, and the next one may be soon.
            pause(path, atMost: attempts == 1 ? 0 : now - start)
        }
        throw busy
            ?? Refusal(
                "ledger-busy", .tryAgain, "this ledger was written to each time that it was read", at: Place(file: path),
                hint: "try again, or read a copy: countersign ledger backup")
    }

    /// A writer begins or ends in milliseconds: so long at least, then until one is there or that much time has passed.
    private static func pause(_ path: String, atMost milliseconds: Int) {
        let began = now
        usleep(20_000)
        while now - began < milliseconds, FileMoment(path).reading != .shared { usleep(1000) }
    }

    /// Milliseconds by the monotonic clock.
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
