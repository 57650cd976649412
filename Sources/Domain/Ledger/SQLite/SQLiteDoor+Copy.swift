// SPDX-License-Identifier: Apache-2.0

import CSQLite
import StrictFormats

extension SQLiteDoor {
    /// A database in memory with all that a file holds, its write-ahead log included (SQLite, "Online Backup API").
    convenience init(copyInMemoryOf path: String) throws(Refusal) {
        let source = try SQLiteDoor(path, .read)
        try self.init(inMemory: path)
        try fill(from: source)
    }

    /// Writes the database into a file that is not there yet, without its free pages (SQLite, "VACUUM INTO").
    func vacuum(into target: String) throws(Refusal) {
        try prepare("VACUUM INTO ?1").run(.text(Self.uri(target)))
    }
}
