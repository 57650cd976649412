// SPDX-License-Identifier: Apache-2.0

import CSQLite
import StrictFormats

extension SQLiteDoor {
    /// A database in memory with all that a ledger held at one moment, its write-ahead log included (SQLite, "Online Backup API").
    convenience init(copyInMemoryOf path: String) throws(Refusal) {
        try self.init(inMemory: path)
        // What an attempt before has brought is written over, page by page, and cut to the length of the last one.
        try LedgerReader.steady(path) { reader throws(Refusal) in try fill(from: reader.door) }
    }

    /// Writes the database into a file that is not there yet, without its free pages (SQLite, "VACUUM INTO").
    func vacuum(into target: String) throws(Refusal) {
        try prepare("VACUUM INTO ?1").run(.text(Self.uri(target)))
    }
}
