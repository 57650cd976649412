// SPDX-License-Identifier: Apache-2.0
// A ledger's copy in memory, for rehearsals; and a ledger that is taken away while it is written to.
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Ledger

@Suite struct CopyTests {
    private func files(_ bench: Bench) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) {
            files[name] = FileManager.default.contents(atPath: bench.folder.file(name))
        }
        return files
    }

    @Test func `what is appended to a copy is in no file, and needs no key`() throws {
        let bench = try Bench()
        let before = try files(bench)
        let copy = try LedgerStore(copyInMemoryOf: bench.path, tool: "test/1")
        #expect(copy.genesis == bench.genesis && copy.size == 1 && copy.path == bench.path)
        try copy.append([Bench.refused(1)], now: Bench.start)
        #expect(copy.size == 2)
        #expect(try copy.reader.count() == 2)
        try copy.close()
        #expect(try files(bench) == before)
    }

    @Test func `a ledger that somebody writes to can be copied, with what stands in its log alone`() throws {
        let bench = try Bench()
        let store = try bench.open()
        try store.append([Bench.refused(1)], now: Bench.start)
        let copy = try LedgerStore(copyInMemoryOf: bench.path, tool: "test/1")
        #expect(copy.size == 2)
        try copy.append([Bench.refused(2), Bench.refused(3)], now: Bench.start)
        try store.append([Bench.refused(4)], now: Bench.start)
        #expect(store.size == 3 && copy.size == 4)
        try store.close()
    }

    @Test func `a damaged ledger is not copied to be rehearsed on`() throws {
        let bench = try Bench()
        try bench.tamper("UPDATE entries SET bytes = x'00'")
        #expect(bench.code { _ = try LedgerStore(copyInMemoryOf: bench.path, tool: "test/1") } == "ledger-damaged")
        #expect(bench.code { _ = try LedgerStore(copyInMemoryOf: bench.folder.file("none"), tool: "test/1") } == "ledger-missing")
    }

    @Test(arguments: ["", "-wal"]) func `an append to a ledger whose file, or whose log, is gone is no success`(end: String) throws {
        let bench = try Bench()
        let store = try bench.open()
        try store.append([Bench.refused(1)], now: Bench.start)
        unlink(bench.path + end)
        #expect(bench.code { try store.append([Bench.refused(2)], now: Bench.start) } == "ledger-moved")
        #expect(store.size == 2)
    }
}
