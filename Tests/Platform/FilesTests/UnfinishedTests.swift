// SPDX-License-Identifier: Apache-2.0

import Foundation
import StrictFormats
import Testing

@testable import Files

/// What a signal that ends the process leaves behind: nothing that was half made.
@Suite(.timeLimit(.minutes(10))) struct UnfinishedTests {
    /// The folder of a test and of the process that it starts.
    private static func folder(of process: pid_t, _ name: String) -> String { "/tmp/countersign-unfinished-\(process)-\(name)" }

    private static func make(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        setenv("TMPDIR", path, 1)
    }

    /// Half of everything that is written piece by piece.
    private static func begin(in path: String) throws -> [AnyObject] {
        let scratch = try PrivateFolder(for: "ledger.sqlite")
        for end in ["", "-wal", "-shm"] { try Data([1]).write(to: URL(filePath: "\(scratch.path)/ledger.sqlite\(end)")) }
        let stream = try FileStream("\(path)/lines", replace: false)
        try stream.write([UInt8](repeating: 1, count: 1 << 20))
        let copy = Unfinished(database: "\(path)/copy.copying")
        try Data([1]).write(to: URL(filePath: "\(path)/copy.copying"))
        let done = Unfinished(["\(path)/done"])
        try Data([1]).write(to: URL(filePath: "\(path)/done"))
        done.end()
        return [scratch, stream, copy]
    }

    @Test func `SIGTERM takes away what is half made, and ends the process as ever`() async throws {
        let path = Self.folder(of: getpid(), "term")
        defer { try? FileManager.default.removeItem(atPath: path) }
        await #expect(processExitsWith: .signal(SIGTERM)) {
            // As a shell starts a program: what the tests' own process ignores or blocks is inherited.
            signal(SIGTERM, SIG_DFL)
            var none = sigset_t()
            sigemptyset(&none)
            sigprocmask(SIG_SETMASK, &none, nil)
            Unfinished.watch()
            let path = Self.folder(of: getppid(), "term")
            try Self.make(path)
            let begun = try Self.begin(in: path)
            raise(SIGTERM)
            withExtendedLifetime(begun) {}
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["done"])
    }

    @Test func `a signal that is ignored stays ignored`() async throws {
        let path = Self.folder(of: getpid(), "ignored")
        defer { try? FileManager.default.removeItem(atPath: path) }
        await #expect(processExitsWith: .exitCode(7)) {
            signal(SIGHUP, SIG_IGN)
            Unfinished.watch()
            let path = Self.folder(of: getppid(), "ignored")
            try Self.make(path)
            let begun = try Self.begin(in: path)
            raise(SIGHUP)
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
            withExtendedLifetime(begun) {}
            exit(names.count == 4 ? 7 : 8)
        }
    }
}
