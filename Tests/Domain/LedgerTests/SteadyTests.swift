// SPDX-License-Identifier: Apache-2.0
// Readings beside writers whose comings and goings the test decides.
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(10))) struct SteadyTests {
    /// One writer that comes, appends and goes.
    private static func visit(_ bench: Bench, hold milliseconds: UInt32 = 0) throws {
        let store = try bench.open()
        try store.append([Bench.refused(store.size)], now: Bench.start)
        usleep(milliseconds * 1000)
        try store.close()
    }

    @Test func `what a writer tore is read again, and where writers come and go the next one is waited for`() throws {
        let bench = try Bench()
        let lastRead = Guarded(Date.distantFuture)
        let isOver = Guarded(false)
        let ended = DispatchSemaphore(value: 0)
        // A writer that comes once nobody has read for a while, and so never meets a reader that only tries again.
        Thread.detachNewThread {
            while !isOver.withLock({ $0 }) {
                usleep(5000)
                guard lastRead.withLock({ Date().timeIntervalSince($0) }) > 0.15 else { continue }
                try? Self.visit(bench, hold: 500)
            }
            ended.signal()
        }
        var readings: [FileMoment.Reading?] = []
        let read = try LedgerReader.steady(bench.path) { reader throws(Refusal) in
            lastRead.withLock { $0 = .distantFuture }
            readings.append(reader.door.reading)
            let before = try reader.count()
            if reader.door.reading == .atRest {
                do { try Self.visit(bench) } catch { throw Refusal("visit", .internalError, "\(error)") }
                usleep(400_000)
            }
            let note = try SignedNote(try reader.latestCheckpoint() ?? [])
            lastRead.withLock { $0 = Date() }
            return (before, try Checkpoint(text: note.text).size)
        }
        isOver.withLock { $0 = true }
        ended.wait()
        #expect(readings == [.atRest, .atRest, .shared])
        // The third reading may have begun before that writer's entry.
        #expect(read.0 == read.1 && (3...4).contains(read.0))
    }

    @Test func `a refusal beside a writer that goes on is said at once, as what it is`() throws {
        let bench = try Bench()
        let store = try bench.open()
        try store.append([Bench.refused(0)], now: Bench.start)
        var calls = 0
        let refused = bench.code {
            try LedgerReader.steady(bench.path) { _ throws(Refusal) in
                calls += 1
                _ = try store.append([Bench.refused(calls)], now: Bench.start)
                throw Refusal("not-here", .noInput, "as the test wants it")
            }
        }
        try store.close()
        #expect(refused == "not-here" && calls == 1)
    }

    @Test func `a moment is read in pieces, and what comes meanwhile is left out`() throws {
        let bench = try Bench()
        let artifacts = (0..<3).map { Array("artifact \($0)".utf8) }
        let store = try bench.open()
        for number in 0..<29 { try store.append((0..<100).map { Bench.refused(number * 100 + $0) }, now: Bench.start) }
        try store.append([Draft(.executionRefused(code: "n", message: ""), artifacts: artifacts)], now: Bench.start)
        try store.close()
        let moment = try #require(try LedgerMoment(bench.path))
        #expect(moment.checkpoint == store.head && moment.count == 2902)
        var (pieces, sizes): ([Int], [Int]) = ([], [])
        var tree = MerkleFrontier()
        let hasher = Hasher()
        try moment.forEachPiece { piece throws(Refusal) in
            for (seq, bytes) in piece.entries where seq == tree.size { tree.append(MerkleHash.leaf(bytes, with: hasher), with: hasher) }
            pieces.append(piece.entries.count)
            sizes += piece.checkpoints.map(\.size)
            do { try Self.visit(bench) } catch { throw Refusal("visit", .internalError, "\(error)") }
        }
        #expect(pieces == [1024, 1024, 854])
        #expect(tree.root(with: hasher) == moment.checkpoint.root)
        #expect(sizes == [1] + (1...29).map { 1 + $0 * 100 } + [2902])
        var middle: [Int] = []
        try moment.forEachPiece(from: 100, upTo: 104) { piece throws(Refusal) in middle += piece.entries.map(\.seq) + piece.checkpoints.map(\.size) }
        #expect(middle == [100, 101, 102, 103, 101])
        var found: [[UInt8]?] = []
        let digests = [artifacts[2], [1], artifacts[0]].map { Digest(of: $0) }
        try moment.forEachArtifact(digests) { _, bytes throws(Refusal) in found.append(bytes) }
        #expect(found == [artifacts[2], nil, artifacts[0]])
        #expect(try LedgerReader(bench.path).count() == 2905)
    }

    @Test func `another ledger in the place of the one that is read is not taken for it`() throws {
        let (bench, other) = (try Bench(), try Bench(origin: "example.com/other"))
        try Self.visit(bench)
        let moment = try #require(try LedgerMoment(bench.path))
        var pieces = 0
        try moment.forEachPiece { _ throws(Refusal) in pieces += 1 }
        #expect(pieces == 1)
        try Self.visit(other)
        try FileManager.default.removeItem(atPath: bench.path)
        try FileManager.default.copyItem(atPath: other.path, toPath: bench.path)
        #expect(bench.code { try moment.forEachPiece { _ throws(Refusal) in pieces += 1 } } == "ledger-moved")
        #expect(bench.code { _ = try moment.cosignatures() } == "ledger-moved")
        #expect(pieces == 1)
    }
}
