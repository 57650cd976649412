// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc
import StrictFormats

/// What stands beside a ledger under the names that SQLite would open: whoever can write to the folder can put it there.
enum FilesBeside {
    /// Demands files, and a journal that speaks of this ledger alone.
    ///
    /// A pipe would be waited for without end. A rollback journal can name another journal, of a transaction over several databases, and SQLite deletes
    /// that file when it rolls back (SQLite, "Database File Format", §3 and "Atomic Commit", §5): a ledger never takes part in one.
    /// - Throws: `ledger-beside` (bad data).
    static func check(_ path: String) throws(Refusal) {
        for end in ["-wal", "-shm", "-journal"] {
            var status = stat()
            guard lstat(path + end, &status) == 0 else { continue }
            guard status.st_mode & S_IFMT == S_IFREG else { throw refusal(path + end, "this stands beside the ledger and is not a regular file") }
            if end == "-journal", try FileReader.tail(path + end, count: magic.count) == magic {
                throw refusal(path + end, "this journal names another file, which SQLite would delete: it is none of this ledger's")
            }
        }
    }

    /// What a journal ends with where a name stands before it.
    private static let magic: [UInt8] = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]

    private static func refusal(_ file: String, _ message: String) -> Refusal {
        Refusal(
            "ledger-beside", .badData, message, at: Place(file: file),
            hint: "find out who put it there, and move it away; keep a copy of it and of the ledger")
    }
}
