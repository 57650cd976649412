// SPDX-License-Identifier: Apache-2.0

import Foundation
import StrictFormats
import Testing

@testable import Files

/// What `--force` may take the place of.
@Suite struct OutputTargetTests {
    /// The first 100 bytes of an SQLite file whose application says that number.
    private static func database(_ application: UInt32) -> String {
        var bytes = Array("SQLite format 3\0".utf8) + [UInt8](repeating: 0, count: 84)
        for (index, shift) in [24, 16, 8, 0].enumerated() { bytes[68 + index] = UInt8(truncatingIfNeeded: application >> shift) & 0x7F }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return (error as? Refusal)?.code }
        return nil
    }

    @Test(arguments: [
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "output-is-key"),
        ("for alice\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n", "output-is-key"), ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "output-is-key"),
        (database(0x4353_474E), "output-is-database"), (database(0), "output-is-database"), ("-----BEGIN PUBLIC KEY-----\nAAAA\n", nil), ("", nil),
        ("-----BEGIN", nil), ("SQLite format 3", nil),
    ])
    func `a key or a database is never replaced`(text: String, expected: String?) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("f", text)
        #expect(code { try FileWriter.write(Array("new".utf8), to: path, replace: true) } == expected)
        #expect(folder.text("f") == (expected == nil ? "new" : text))
        #expect(try folder.names() == ["f"])
    }

    @Test(arguments: [(database(7), nil), (database(8), "output-is-database"), ("text", "output-not-replaced"), ("", nil)])
    func `a database takes the place of its own kind alone`(there: String, expected: String?) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("f", there)
        #expect(code { try FileWriter.checkAbsent(path, replace: true, database: 7) } == expected)
        // The same where it is moved into place.
        let new = try folder.file("new", Self.database(7))
        #expect(code { try FileWriter.move(new, to: path, replace: true) } == expected)
        #expect(folder.text("f") == (expected == nil ? Self.database(7) : there))
        #expect(try folder.names() == ["f"])
    }

    @Test func `a database is written to no pipe and no device`() throws {
        let folder = try TemporaryFolder()
        try #require(mkfifo("\(folder.path)/p", 0o600) == 0)
        for replace in [false, true] {
            #expect(code { try FileWriter.checkAbsent("\(folder.path)/p", replace: replace, database: 7) } == "output-not-a-file")
            #expect(code { try FileWriter.checkAbsent("/dev/null", replace: replace, database: 7) } == "output-not-a-file")
        }
    }

    @Test(arguments: ["-wal", "-journal", "-shm", ".lock"]) func `the names beside a database are its own`(end: String) throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("l", Self.database(7))
        _ = try folder.file("t", "text")
        #expect(code { try FileWriter.write([1], to: "\(folder.path)/l\(end)") } == "output-in-use")
        #expect(code { try FileWriter.write([1], to: "\(folder.path)/t\(end)") } == nil)
    }
}
