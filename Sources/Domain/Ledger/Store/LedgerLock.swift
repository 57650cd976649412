// SPDX-License-Identifier: Apache-2.0

import Glibc
import StrictFormats

/// One writer at a time: flock(2) on a file beside the ledger, released by the kernel when its holder dies.
final class LedgerLock {
    private var descriptor: Int32

    /// Waits up to ten seconds for the lock (formats.md §9: a held ledger answers within twelve).
    /// - Throws: `ledger-held` (try again), with who holds it and since when.
    init(beside path: String, holder: String, since: Instant, patience: Double = 10) throws(Refusal) {
        let name = path + ".lock"
        descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            throw Refusal(
                "ledger-lock", code == ENOSPC || code == EDQUOT || code == EIO ? .inputOutput : .cannotCreate,
                "the lock beside the ledger could not be opened: \(String(cString: strerror(code)))",
                at: Place(file: name), hint: "the folder of the ledger must be on a local disk, and writable")
        }
        var waited = 0.0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                let code = errno
                close(descriptor)
                throw Refusal(
                    "ledger-lock", .inputOutput, "the ledger could not be locked: \(String(cString: strerror(code)))", at: Place(file: name),
                    hint: "the folder of the ledger must be on a local disk, and writable")
            }
            guard waited < patience else {
                let holder = Self.read(descriptor)
                close(descriptor)
                throw Refusal(
                    "ledger-held", .tryAgain, "another process holds this ledger\(holder)", at: Place(file: path),
                    hint: "wait until it has ended, then try again")
            }
            usleep(100_000)
            waited += 0.1
        }
        ftruncate(descriptor, 0)
        let line = Array("process \(getpid()) (\(holder)) since \(since)\n".utf8)
        pwrite(descriptor, line, line.count, 0)
    }

    private static func read(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 200)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return "" }
        return ": " + SafeText.escaped(String(decoding: buffer[0..<count].filter { $0 != 0x0A }, as: UTF8.self))
    }

    /// Lets the next writer in.
    func release() {
        guard descriptor >= 0 else { return }
        ftruncate(descriptor, 0)
        close(descriptor)
        descriptor = -1
    }

    deinit { release() }
}
