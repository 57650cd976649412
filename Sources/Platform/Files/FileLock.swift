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
        do throws(Failure) {
            descriptor = try Self.take(path, patience: patience)
        } catch {
            switch error {
            case .held:
                throw Refusal(
                    "lock-held", .tryAgain, "another process has held this lock for \(Int(patience)) seconds", at: Place(file: path),
                    hint: "wait until it has ended, then try again")
            case .cannotOpen(let code), .cannotLock(let code): throw Self.failed(path, code)
            }
        }
    }

    deinit { close(descriptor) }

    /// Why a lock was not taken; the codes are those of errno.
    public enum Failure: Error {
        case cannotOpen(Int32)
        case cannotLock(Int32)
        /// By another process, to the end of the wait; the first 200 bytes of what it wrote into the file.
        case held([UInt8])
    }

    /// Makes the file where it is not there, and locks it.
    /// - Parameter patience: seconds at most.
    /// - Returns: the descriptor that holds the lock until it is closed.
    public static func take(_ path: String, patience: Double) throws(Failure) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(errno) }
        var waited = 0.0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                let code = errno
                close(descriptor)
                throw .cannotLock(code)
            }
            guard waited < patience else {
                let words = start(of: descriptor)
                close(descriptor)
                throw .held(words)
            }
            usleep(20_000)
            waited += 0.02
        }
        return descriptor
    }

    private static func start(of descriptor: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 200)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(0, count)))
    }

    private static func failed(_ path: String, _ code: Int32) -> Refusal {
        let category: Refusal.Category = [ENOSPC, EDQUOT, EIO].contains(code) ? .inputOutput : .cannotCreate
        return Refusal(
            "lock-failed", category, "this lock could not be taken: \(SystemError.text(code))", at: Place(file: path),
            hint: "the folder must be there, on a local disk, and writable")
    }
}
