// SPDX-License-Identifier: Apache-2.0
// The write-ahead log is kept longer than what stands in it, and whoever reads it finds every entry and no other.
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Ledger

@Suite struct LogAheadTests {
    private func size(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    /// The ledger as a crash at this moment would leave it, read with the log's index and without.
    private func crashed(_ bench: Bench, _ number: Int, withIndex: Bool) throws -> [[UInt8]] {
        let copy = bench.folder.file("crash-\(number).sqlite")
        for end in ["", "-wal"] + (withIndex ? ["-shm"] : []) { try FileManager.default.copyItem(atPath: bench.path + end, toPath: copy + end) }
        defer { for end in ["", "-wal", "-shm"] { unlink(copy + end) } }
        var entries: [[UInt8]] = []
        let reader = try LedgerReader(copy)
        #expect(try reader.pageTroubles() == [])
        try reader.forEachEntry { _, bytes throws(Refusal) in entries.append(bytes) }
        return entries
    }

    @Test func `after each append a crash leaves exactly what was appended, while the log grows and after it began anew`() throws {
        let bench = try Bench()
        let store = try bench.open()
        var expected = [try #require(try store.reader.entry(0))]
        var lengths: [Int] = []
        for number in 0..<700 {
            expected += try store.append([Bench.refused(number)], now: Bench.start).map(\.bytes)
            lengths.append(try size(bench.path + "-wal"))
            if number < 40 || (490...520).contains(number) || number % 50 == 0 {
                #expect(try crashed(bench, number, withIndex: number % 2 == 0) == expected, "after \(number)")
            }
        }
        // Few steps instead of one at each append, and always behind the frames: 1000 of 4120 bytes, then it begins anew.
        #expect(Set(lengths).count <= 14, "\(Set(lengths).sorted())")
        #expect(lengths[0] >= 64 << 10 && lengths[699] <= (32 + 1010 * 4120) + (512 << 10))
        #expect(lengths.indices.allSatisfy { $0 >= 400 || lengths[$0] >= 32 + 4120 * 2 * ($0 + 1) })
        try store.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).sorted() == ["l.sqlite", "l.sqlite.lock"])
        #expect(try bench.open().size == 701)
    }

    @Test func `a commit that is larger than what lies ahead loses nothing, whatever follows it`() throws {
        let bench = try Bench()
        let store = try bench.open()
        var count = 1
        for (number, size) in [10, 300_000, 10, 10, 70_000, 10, 3_000_000, 10, 10, 120_000, 10].enumerated() {
            let body = [UInt8](repeating: UInt8(number), count: size)
            let draft = Draft(
                .reconciled(
                    EntryData.Reconciliation(
                        from: Bench.start, to: Bench.start + 60, explained: number, unexplained: 0, missing: 0, report: Digest(of: body))),
                artifacts: [body])
            try store.append([draft], now: Bench.start)
            try store.append([Bench.refused(number)], now: Bench.start)
            count += 2
            #expect(try crashed(bench, number, withIndex: false).count == count)
            #expect(try crashed(bench, number, withIndex: true).count == count)
        }
        try store.close()
        #expect(try bench.open().size == count)
    }

    @Test func `a log that a crash left, ahead of its frames, is gone on with`() throws {
        let bench = try Bench()
        let store = try bench.open()
        try store.append([Bench.refused(1)], now: Bench.start)
        let left = bench.folder.file("left.sqlite")
        for end in ["", "-wal"] { try FileManager.default.copyItem(atPath: bench.path + end, toPath: left + end) }
        try store.close()
        let next = try LedgerStore(left, key: Keys.exec, tool: "test/1", now: Bench.start)
        #expect(next.size == 2)
        for number in 0..<30 { try next.append([Bench.refused(number)], now: Bench.start) }
        try next.close()
        #expect(try LedgerReader(left).count() == 32)
        #expect(!FileManager.default.fileExists(atPath: left + "-wal"))
    }
}
