// SPDX-License-Identifier: Apache-2.0
// A database at rest is read in large pieces, forwards and backwards, and is the same as by SQLite's own reading.
import CSQLite
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Ledger

@Suite struct ReadAheadTests {
    /// Rows of many lengths over several hundred pages.
    private static func database(_ path: String) throws {
        let door = try SQLiteDoor(path, .create)
        try door.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
        try door.execute("CREATE TABLE u (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
        try door.execute("BEGIN")
        for number in 0..<1500 {
            try door.execute("INSERT INTO \(number % 3 == 0 ? "u" : "t") VALUES (\(number), zeroblob(\(number * 7919 % 9000)) )")
            try door.execute("UPDATE \(number % 3 == 0 ? "u" : "t") SET bytes = CAST(bytes || '\(number)' AS BLOB) WHERE n = \(number)")
        }
        try door.execute("COMMIT")
    }

    private static func rows(_ door: SQLiteDoor, _ order: String) throws -> [[UInt8]] {
        let statement = try door.prepare("SELECT bytes FROM t ORDER BY n \(order)")
        var rows: [[UInt8]] = []
        while try statement.step() { rows.append(statement.blob(0)) }
        return rows
    }

    @Test func `forwards, backwards and at random, the rows are those of the default VFS`() throws {
        #expect(ReadAhead.name != nil)
        let folder = try TemporaryFolder()
        let path = folder.file("d.sqlite")
        try Self.database(path)
        let (ahead, plain) = (try SQLiteDoor(path, .read), try SQLiteDoor(path, .write))
        #expect(try Self.rows(ahead, "ASC") == Self.rows(plain, "ASC"))
        #expect(try Self.rows(ahead, "DESC") == Self.rows(plain, "DESC"))
        for number in [1, 1499, 700, 701, 2, 1400] {
            for door in [ahead, plain] {
                #expect(
                    try door.integer("SELECT length(bytes) FROM t WHERE n = \(number)")
                        == (number % 3 == 0 ? nil : number * 7919 % 9000 + "\(number)".count))
            }
        }
        let check = try ahead.prepare("PRAGMA quick_check")
        #expect(try check.step())
        #expect(check.text(0) == "ok")
    }

    @Test func `what is at rest cannot be written to, and a file that was cut is found damaged`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("d.sqlite")
        try Self.database(path)
        let door = try SQLiteDoor(path, .read)
        #expect(try #require(throws: Refusal.self) { try door.execute("DELETE FROM t") }.code == "ledger-read-only")
        try door.close()
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.truncate(atOffset: 1_000_000)
        try handle.close()
        let cut = try SQLiteDoor(path, .read)
        #expect(throws: Refusal.self) { try Self.rows(cut, "ASC") }
        #expect(throws: Refusal.self) { try SQLiteDoor(folder.file("none.sqlite"), .read) }
    }
}
