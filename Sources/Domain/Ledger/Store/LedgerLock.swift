// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc
import StrictFormats

/// One writer at a time: flock(2) on a file beside the ledger, released by the kernel when its holder dies.
final class LedgerLock {
    private var descriptor: Int32

    /// Waits up to ten seconds for the lock (formats.md §9: a held ledger answers within twelve).
    /// - Throws: `ledger-held` (try again), with who holds it and since when.
    init(beside path: String, holder: String, since: Instant, patience: Double = 10) throws(Refusal) {
        let name = path + ".lock"
        func failed(_ code: Int32, _ category: Refusal.Category, _ what: String) -> Refusal {
            Refusal(
                "ledger-lock", category, "\(what): \(String(cString: strerror(code)))", at: Place(file: name),
                hint: "the folder of the ledger must be on a local disk, and writable")
        }
        do throws(FileLock.Failure) {
            descriptor = try FileLock.take(name, patience: patience)
        } catch {
            switch error {
            case .cannotOpen(let code):
                throw failed(
                    code, [ENOSPC, EDQUOT, EIO].contains(code) ? .inputOutput : .cannotCreate, "the lock beside the ledger could not be opened")
            case .cannotLock(let code): throw failed(code, .inputOutput, "the ledger could not be locked")
            case .held(let words):
                throw Refusal(
                    "ledger-held", .tryAgain, "another process holds this ledger\(Self.holder(words))", at: Place(file: path),
                    hint: "wait until it has ended, then try again")
            }
        }
        ftruncate(descriptor, 0)
        let line = Array("process \(getpid()) (\(holder)) since \(since)\n".utf8)
        pwrite(descriptor, line, line.count, 0)
    }

    private static func holder(_ words: [UInt8]) -> String {
        words.isEmpty ? "" : ": " + SafeText.escaped(String(decoding: words.filter { $0 != 0x0A }, as: UTF8.self))
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
