// SPDX-License-Identifier: Apache-2.0
// The -wal beside a ledger, as a crash leaves it: taken away, cut, changed, of another time, of another ledger.
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Audit
@testable import Ledger

@Suite struct WALAttackTests {
    /// A ledger's file and the -wal beside it.
    private struct Pair {
        var file: [UInt8]
        var wal: [UInt8]?
    }

    private static let start = date("2026-11-24T09:00:00Z")

    /// Three ledgers of one past: at rest with one entry, in use with five, and at rest with five.
    private final class Made {
        let folder: TemporaryFolder
        let genesis: Digest
        let rest: Pair
        let used: Pair
        let folded: Pair
        let note: [UInt8]
        let rows: LedgerRows

        init(nonce: UInt8 = 7) throws {
            folder = try TemporaryFolder()
            let path = folder.file("l.sqlite")
            genesis = try LedgerStore.create(
                path, root: TrustFixture.first, key: Keys.exec, origin: nil, nonce: [UInt8](repeating: nonce, count: 32), tool: "test/1", now: start)
            func pair() throws -> Pair {
                let wal = path + "-wal"
                return Pair(
                    file: try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))),
                    wal: FileManager.default.fileExists(atPath: wal) ? try [UInt8](Data(contentsOf: URL(fileURLWithPath: wal))) : nil)
            }
            rest = try pair()
            let store = try LedgerStore(path, key: Keys.exec, tool: "test/1", now: start)
            for number in 1...4 { try store.append([Draft(.executionRefused(code: "n\(number)", message: ""))], now: start) }
            used = try pair()
            note = try store.reader.latestCheckpoint() ?? []
            try store.close()
            folded = try pair()
            rows = try LedgerRows(path)
        }
    }

    /// Errors of an audit against the newest note, or the refusal's code; nothing where all is as it was.
    private func found(_ pair: Pair, of made: Made) throws -> Set<String> {
        let folder = try TemporaryFolder()
        let path = folder.file("l.sqlite")
        try folder.write("l.sqlite", pair.file)
        if let wal = pair.wal { try folder.write("l.sqlite-wal", wal) }
        do {
            let verdict = try LedgerAudit(LedgerReader(path)).verify(AuditAnchors(genesis: made.genesis, since: [(bytes: made.note, file: "note")]))
            if verdict.answer == .verified { #expect(try LedgerRows(path) == made.rows, "verified, but not the same") }
            return Set(verdict.findings.filter { $0.severity == .error }.map(\.code))
        } catch let refusal as Refusal { return [refusal.code] }
    }

    /// Where the frames end that belong to this log: they carry its salts (sqlite.org/fileformat2.html#the_write_ahead_log).
    private static func written(_ wal: [UInt8]) -> Int {
        var end = 32
        while end + 4120 <= wal.count, wal[(end + 8)..<(end + 16)] == wal[16..<24] { end += 4120 }
        return end
    }

    @Test func `a -wal is part of the ledger: with it whole the ledger is verified, without it cut`() throws {
        let made = try Made()
        #expect(try found(made.used, of: made) == [])
        #expect(try found(made.folded, of: made) == [])
        #expect(made.folded.wal == nil)
        #expect(try found(Pair(file: made.used.file, wal: nil), of: made) == ["since-cut"])
        #expect(try found(Pair(file: made.used.file, wal: []), of: made) == ["since-cut"])
    }

    @Test func `a -wal cut anywhere, or with a changed byte, is an older state at most`() throws {
        let made = try Made()
        let wal = try #require(made.used.wal)
        let written = Self.written(wal)
        #expect(written > 32 + 4 * 4120)
        var seen: Set<String> = []
        for length in Array(stride(from: 0, to: wal.count, by: 1031)) + stride(from: 32, to: wal.count, by: 4120) {
            let codes = try found(Pair(file: made.used.file, wal: Array(wal.prefix(length))), of: made)
            // What is kept ahead of the frames says nothing.
            #expect(codes.isEmpty == (length >= written), "cut to \(length) of \(written)")
            seen.formUnion(codes)
        }
        #expect(seen == ["since-cut"])
        // The frames' headers byte by byte, their pages here and there.
        for offset in wal.indices where (offset < 32 || (offset - 32) % 4120 < 24) ? offset < 32 + 3 * 4120 : offset % 577 == 0 {
            var bad = wal
            bad[offset] ^= 1 << UInt8(offset % 8)
            let codes = try found(Pair(file: made.used.file, wal: bad), of: made)
            if codes.isEmpty { continue }
            #expect(codes.isSubset(of: ["since-cut", "ledger-cannot-open", "ledger-damaged"]), "\(offset): \(codes)")
        }
    }

    @Test func `an older -wal, or another ledger's, does not pass`() throws {
        let made = try Made()
        let other = try Made(nonce: 9)
        let first = Array(try #require(made.used.wal).prefix(32 + 4120 * 4))
        // Frames of the first entries beside the file that holds all: pages of before cover those of now.
        #expect(!(try found(Pair(file: made.folded.file, wal: first), of: made).isEmpty))
        for file in [made.rest.file, made.used.file, made.folded.file] {
            let codes = try found(Pair(file: file, wal: other.used.wal), of: made)
            #expect(!codes.isEmpty)
        }
        // A whole one of its own, once more beside the file that has it already, changes nothing.
        #expect(try found(Pair(file: made.folded.file, wal: made.used.wal), of: made) == [])
    }

    @Test func `a writer takes in a whole -wal, and none that leads elsewhere`() throws {
        let made = try Made()
        let other = try Made(nonce: 9)
        func append(_ pair: Pair) throws -> (code: String?, path: String, folder: TemporaryFolder) {
            let folder = try TemporaryFolder()
            try folder.write("l.sqlite", pair.file)
            if let wal = pair.wal { try folder.write("l.sqlite-wal", wal) }
            let path = folder.file("l.sqlite")
            do throws(Refusal) {
                let store = try LedgerStore(path, key: Keys.exec, tool: "test/1", now: Self.start)
                try store.append([Draft(.executionRefused(code: "more", message: ""))], now: Self.start)
                try store.close()
                return (nil, path, folder)
            } catch { return (error.code, path, folder) }
        }
        let whole = try append(made.used)
        #expect(whole.code == nil)
        let verdict = try LedgerAudit(LedgerReader(whole.path)).verify(AuditAnchors(genesis: made.genesis, since: [(bytes: made.note, file: "note")]))
        #expect(verdict.answer == .verified)
        #expect(verdict.size == 6)
        let foreign = try append(Pair(file: made.folded.file, wal: other.used.wal))
        if foreign.code == nil {
            let after = try LedgerAudit(LedgerReader(foreign.path)).verify(
                AuditAnchors(genesis: made.genesis, since: [(bytes: made.note, file: "note")]))
            #expect(after.answer == .failed)
        }
    }
}
