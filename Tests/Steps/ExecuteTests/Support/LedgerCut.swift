// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Ledger
import StrictFormats

/// Ledgers as a crash would have left them: everything up to one commit, and nothing after it.
enum LedgerCut {
    /// Sizes after each commit, smallest first.
    static func commits(of path: String) throws -> [Int] {
        var sizes: [Int] = []
        try LedgerReader(path).forEachCheckpoint { size, _ throws(Refusal) in sizes.append(size) }
        return sizes
    }

    /// A copy with the first `size` entries, their artifacts and their checkpoints.
    static func copy(_ path: String, to other: String, size: Int) throws {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: other + suffix) }
        try FileManager.default.copyItem(atPath: path, toPath: other)
        if FileManager.default.fileExists(atPath: path + "-wal") { try FileManager.default.copyItem(atPath: path + "-wal", toPath: other + "-wal") }
        let door = try SQLiteDoor(other, .write)
        try door.transaction { () throws(Refusal) in
            for trigger in Schema.triggers { try door.execute("DROP TRIGGER \(trigger.name)") }
            try door.execute("DELETE FROM entries WHERE seq >= \(size)")
            try door.execute("DELETE FROM checkpoints WHERE size > \(size)")
            var named: Set<Digest> = []
            let rows = try door.prepare("SELECT bytes FROM entries")
            while try rows.step() { named.formUnion(try Entry(rows.blob(0)).data.artifacts) }
            let names = named.map { "x'\($0.hex)'" }.joined(separator: ", ")
            try door.execute("DELETE FROM artifacts WHERE sha256 NOT IN (\(names))")
            for trigger in Schema.triggers { try door.execute(trigger.sql) }
        }
        try door.close()
    }
}
