// SPDX-License-Identifier: Apache-2.0
// Every byte of a ledger's file, changed alone: the audit finds it, or nothing that the file says is any different.
import Cryptography
import Dispatch
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Audit
@testable import Ledger

@Suite(.serialized, .timeLimit(.minutes(240))) struct EveryByteTests {
    /// `COUNTERSIGN_EVERY_BYTE=1` tries every byte of the complete ledger too, `=8` every bit of both.
    static let asked = Int(ProcessInfo.processInfo.environment["COUNTERSIGN_EVERY_BYTE"] ?? "") ?? 0

    @Test func `a byte of a short ledger cannot change unseen`() throws {
        let ledger = try WholeLedger.short(pageSize: 1024)
        let map = try ledger.map()
        // Of what holds no structure every fifteenth byte, unless all are asked for.
        let offsets = ledger.bytes.indices.filter { Self.asked > 0 || [.header, .structure].contains(map.uses[$0]) || $0 % 15 == 0 }
        try judge(attack(ledger, offsets), ledger, "short")
    }

    @Test func `a byte of a complete ledger cannot change unseen`() throws {
        let ledger = try WholeLedger.complete()
        // Each page and each field of the header is met; the step has no common divisor with a page's size.
        let offsets = Self.asked > 0 ? Array(ledger.bytes.indices) : Array(0..<100) + Array(stride(from: 100, to: ledger.bytes.count, by: 331))
        try judge(attack(ledger, offsets), ledger, "complete")
    }

    @Test func `writing to a ledger with a changed byte is refused, or hides and loses nothing`() throws {
        let ledger = try WholeLedger.short(pageSize: 1024)
        let folder = try TemporaryFolder()
        let path = folder.file("l.sqlite")
        let (all, now) = (Set(ledger.rows.rows), date("2026-11-24T13:00:00Z"))
        /// Rows that are not as they were; all of them where the file cannot be read.
        func missing() -> Int { (try? LedgerRows(path)).map { all.subtracting($0.rows).count } ?? all.count }
        func isVerified() -> Bool { (try? ledger.audit(path).answer) == .verified }
        var (refused, written) = (0, 0)
        for offset in Array(0..<100) + Array(stride(from: 100, to: ledger.bytes.count, by: 101)) {
            var bytes = ledger.bytes
            bytes[offset] ^= 1 << UInt8(offset % 8)
            try folder.write("l.sqlite", bytes)
            let before = (missing: missing(), isVerified: isVerified())
            do throws(Refusal) {
                let store = try LedgerStore(path, key: WholeLedger.key, tool: "test/1", now: now)
                try store.append([Draft(.executionRefused(code: "more", message: ""))], now: now)
                try store.close()
                written += 1
            } catch {
                refused += 1
                continue
            }
            if isVerified() != before.isVerified { Issue.record("byte \(offset): verified \(before.isVerified) before writing, not after") }
            if missing() > before.missing { Issue.record("byte \(offset): \(before.missing) rows were damaged, \(missing()) after writing") }
            for name in ["l.sqlite-wal", "l.sqlite-shm"] { unlink(folder.file(name)) }
        }
        #expect(refused > 50)
        #expect(written > 50)
    }

    // MARK: the runs

    struct Outcome {
        var tried = 0
        /// Findings' and refusals' codes, and how often each was the first.
        var codes: [String: Int] = [:]
        /// Offsets that changed nothing.
        var harmless: [Int] = []
        var unnoticed: [Int] = []
        var notBadData: [String] = []
        var slowest = 0.0
    }

    /// Changes each byte alone, on two cores.
    private func attack(_ ledger: WholeLedger, _ offsets: [Int]) throws -> Outcome {
        let workers = 2
        let folder = try TemporaryFolder()
        let paths = try (0..<workers).map { try ledger.write(to: folder, "l\($0).sqlite") }
        let sum = Sum()
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            let file = open(paths[worker], O_WRONLY)
            defer { close(file) }
            var outcome = Outcome()
            for place in stride(from: worker, to: offsets.count, by: workers) {
                let offset = offsets[place]
                // Another bit from byte to byte.
                for bit in Self.asked == 8 ? Array(0..<8) : [offset * 5 % 8] {
                    var byte = ledger.bytes[offset] ^ (1 << UInt8(bit))
                    let start = DispatchTime.now().uptimeNanoseconds
                    guard pwrite(file, &byte, 1, off_t(offset)) == 1 else { preconditionFailure("pwrite") }
                    outcome.add(offset, ledger, paths[worker])
                    byte = ledger.bytes[offset]
                    guard pwrite(file, &byte, 1, off_t(offset)) == 1 else { preconditionFailure("pwrite") }
                    outcome.slowest = max(outcome.slowest, Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
                }
            }
            sum.add(outcome)
        }
        return sum.value
    }

    /// What both workers found.
    private final class Sum: @unchecked Sendable {
        private let queue = DispatchQueue(label: "sum")
        private var outcome = Outcome()

        func add(_ other: Outcome) {
            queue.sync {
                outcome.tried += other.tried
                outcome.codes.merge(other.codes, uniquingKeysWith: +)
                outcome.harmless += other.harmless
                outcome.unnoticed += other.unnoticed
                outcome.notBadData += other.notBadData
                outcome.slowest = max(outcome.slowest, other.slowest)
            }
        }

        var value: Outcome { queue.sync { outcome } }
    }

    private func judge(_ outcome: Outcome, _ ledger: WholeLedger, _ name: String) throws {
        #expect(outcome.unnoticed == [])
        #expect(outcome.notBadData == [])
        #expect(outcome.slowest < 60)
        let map = try ledger.map()
        var reasons: [String: Int] = [:]
        for offset in outcome.harmless { reasons[Self.reason(offset, map), default: 0] += 1 }
        let used = outcome.harmless.filter { ![.free, .header, .schemaRow].contains(map.uses[$0]) }
        let sorted = reasons.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let codes = outcome.codes.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print("\(name) ledger, \(ledger.bytes.count) bytes: \(outcome.tried) changes, slowest \(outcome.slowest) s; found: \(codes)")
        print("\(name) ledger: \(outcome.harmless.count) changed nothing that it says: \(sorted)")
        #expect(used == [], "bytes that hold something, but may change")
        #expect(reasons.keys.allSatisfy { !$0.hasPrefix("header: other") }, "\(sorted)")
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        #expect(usage.ru_maxrss < 1 << 20, "1 GiB")
    }

    private static func reason(_ offset: Int, _ map: PageMap) -> String {
        guard map.uses[offset] == .header else { return map.uses[offset].rawValue }
        return "header: \(PageMap.counters.first { $0.bytes.contains(offset) }?.name ?? "other \(offset)")"
    }
}

extension EveryByteTests.Outcome {
    mutating func add(_ offset: Int, _ ledger: WholeLedger, _ path: String) {
        tried += 1
        do {
            let verdict = try ledger.audit(path)
            guard verdict.answer == .verified else {
                codes[verdict.findings.first?.code ?? "nothing", default: 0] += 1
                return
            }
            if try LedgerRows(path) == ledger.rows { harmless.append(offset) } else { unnoticed.append(offset) }
        } catch let refusal as Refusal {
            codes[refusal.code, default: 0] += 1
            if refusal.category != .badData { notBadData.append("\(offset) \(refusal.code): \(refusal.message)") }
        } catch {
            notBadData.append("\(offset) \(error)")
        }
    }
}
