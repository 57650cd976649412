// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A ledger's file and what stands beside it, as they are at one moment: how it can be read, and whether it was written to since.
///
/// The file is only looked at from outside: to open and close it here would take away the locks that SQLite holds on it for any
/// other connection of this process (fcntl(2), "Record locking").
struct FileMoment: Equatable {
    /// How a reader that may create nothing has to open it.
    enum Reading {
        /// One file alone: it is read as something that nobody writes to.
        case atRest
        /// A write-ahead log without its index: a crash, or a copy. No writer is alive, as every writer has an index.
        case logAlone
        /// A write-ahead log and its index: somebody may be writing, and SQLite's locks are in the index.
        case shared
        /// A rollback journal: SQLite decides.
        case journal
    }

    private struct Part: Equatable {
        let device, inode: UInt64
        let size: Int
        let modified: [Int]

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int(status.st_size))
            modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        }
    }

    private let file, log, index, journal: Part?

    init(_ path: String) {
        // What is beside the file first: a writer that begins after this shows in the file.
        index = Part(path + "-shm")
        log = Part(path + "-wal")
        journal = Part(path + "-journal")
        file = Part(path)
    }

    var reading: Reading {
        if journal != nil { return .journal }
        guard log != nil else { return .atRest }
        return index == nil ? .logAlone : .shared
    }
}
