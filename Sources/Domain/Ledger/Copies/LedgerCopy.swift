// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc
public import StrictFormats

/// A copy of a ledger as a file of its own, made page by page with SQLite's online backup while a writer may go on.
public enum LedgerCopy {
    /// Makes the copy of one moment, complete in one file and synced.
    /// - Parameters:
    ///   - source: the ledger; it is opened read-only and stays as it is.
    ///   - path: a name of the caller's own: what stands there is replaced, as often as the copy has to be begun again.
    public static func make(of source: String, to path: String) throws(Refusal) {
        try LedgerReader.steady(source) { reader throws(Refusal) in
            for end in ["", "-journal", "-wal", "-shm"] { unlink(path + end) }
            let copy = try SQLiteDoor(path, .create)
            try copy.fill(from: reader.door)
            // A copy of a ledger in use says WAL in its header; at rest it is one file.
            try copy.execute("PRAGMA journal_mode = DELETE")
            try copy.close()
        }
        try sync(path)
    }

    /// Refuses early what would leave a ledger damaged: a copy in the place of its original, or beside the log of another.
    /// - Throws: `output-exists`, `output-in-use` (cannot create).
    public static func checkTarget(_ path: String, replace: Bool, of source: String? = nil) throws(Refusal) {
        try FileWriter.checkAbsent(path, replace: replace)
        if let source, let there = LedgerFile.Identity(path), there == LedgerFile.Identity(source) {
            throw Refusal(
                "output-in-use", .cannotCreate, "this is the ledger itself", at: Place(file: path), hint: "give the copy a name of its own")
        }
        for end in ["-wal", "-journal"] where FileReader.exists(path + end) {
            throw Refusal(
                "output-in-use", .cannotCreate, "the log of a database stands beside this name, and would be taken for the new file's",
                at: Place(file: path + end), hint: "choose another name; a -wal may hold the last entries of the ledger that was here")
        }
    }

    /// Makes a file durable.
    public static func sync(_ path: String) throws(Refusal) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw Refusal(
                "output-failed", .inputOutput, "this file could not be synced: \(SystemError.text(errno))", at: Place(file: path),
                hint: "check the disk and the space left")
        }
    }
}
