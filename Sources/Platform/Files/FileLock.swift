// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// One process at a time: flock(2) on a file, released by the kernel when its holder dies.
public final class FileLock {
    private let descriptor: Int32

    /// Waits for the lock.
    /// - Parameter patience: seconds at most.
    /// - Throws: `lock-held` (try again), `lock-failed` (cannot create, or I/O).
    public init(_ path: String, patience: Double = 10) throws(Refusal) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failed(path, errno) }
        var waited = 0.0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                let code = errno
                close(descriptor)
                throw Self.failed(path, code)
            }
            guard waited < patience else {
                close(descriptor)
                throw Refusal(
                    "lock-held", .tryAgain, "another process has held this lock for \(Int(patience)) seconds", at: Place(file: path),
                    hint: "wait until it has ended, then try again")
            }
            usleep(20_000)
            waited += 0.02
        }
    }

    deinit { close(descriptor) }

    private static func failed(_ path: String, _ code: Int32) -> Refusal {
        let category: Refusal.Category = [ENOSPC, EDQUOT, EIO].contains(code) ? .inputOutput : .cannotCreate
        return Refusal(
            "lock-failed", category, "this lock could not be taken: \(SystemError.text(code))", at: Place(file: path),
            hint: "the folder must be there, on a local disk, and writable")
    }
}
