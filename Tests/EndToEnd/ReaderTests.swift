// SPDX-License-Identifier: Apache-2.0
// Readers beside a writer, as processes: each sees one whole state, keeps no writer waiting, and leaves nothing behind.

import Cryptography
import Foundation
import Ledger
import StrictFormats
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ReaderTests {
    /// Appends on a thread of its own until it is stopped.
    final class Writer: @unchecked Sendable {
        /// Whether it keeps the ledger open, or opens and closes it around each round.
        enum Way: CaseIterable { case staysOpen, comesAndGoes }

        private let lock = NSLock()
        private var isStopped = false
        private var rounds = 0
        private var slowest = 0.0
        private var failure: String?
        private let ended = DispatchSemaphore(value: 0)

        init(_ ceremony: Ceremony, _ way: Way) {
            let (path, keyFile) = (ceremony.scratch.file("ledger.sqlite"), ceremony.scratch.file("ledger-key"))
            Thread.detachNewThread { [self] in
                do {
                    let key = try KeyFile.read(keyFile) { path throws(Refusal) in throw Refusal("passphrase", .usage, path) }
                    func open() throws -> LedgerStore {
                        try LedgerStore(path, key: key, tool: "test/1", now: Instant("2026-11-24T09:00:00Z") ?? .init(secondsSince1970: 0))
                    }
                    var store = way == .staysOpen ? try open() : nil
                    while !lock.withLock({ isStopped }) {
                        let began = Date()
                        let current = try store ?? open()
                        for number in 0..<3 {
                            try current.append(
                                (0...number).map { Draft(.executionRefused(code: "n\($0)", message: String(repeating: "x", count: 300))) },
                                now: Instant(secondsSince1970: Int(Date().timeIntervalSince1970)))
                        }
                        if way == .comesAndGoes { try current.close() }
                        lock.withLock {
                            rounds += 1
                            slowest = max(slowest, Date().timeIntervalSince(began))
                        }
                        usleep(way == .staysOpen ? 500 : 60_000)
                    }
                    try store?.close()
                    store = nil
                } catch { lock.withLock { failure = "\(error)" } }
                ended.signal()
            }
        }

        func stop() -> (rounds: Int, slowest: Double, failure: String?) {
            lock.withLock { isStopped = true }
            ended.wait()
            return (rounds, slowest, failure)
        }
    }

    private static func questions(_ ceremony: Ceremony) -> [[String]] {
        [
            ["audit", "verify", "ledger.sqlite", "--genesis", ceremony.digest("genesis"), "--since", "checkpoint.note"],
            ["audit", "show", "ledger.sqlite"], ["audit", "prove", "ledger.sqlite", "--entry", "1", "--out", "one.tlog-proof", "--force"],
        ]
    }

    @Test(arguments: Writer.Way.allCases) func `readers beside a writer: a whole state each time, no writer waits`(_ way: Writer.Way)
        throws
    {
        let ceremony = try Ceremony()
        try ceremony.prepare("first", change: ceremony.createKey(alias: "alias/read"))
        try ceremony.must(["ledger", "record", "ledger.sqlite", "first.json", "--key", "ledger-key"])
        let writer = Writer(ceremony, way)
        var answers: [String] = []
        var problems: [String] = []
        var (asked, busy) = (0, 0)
        do {
            for round in 0..<12 {
                for question in Self.questions(ceremony) + [["ledger", "show", "ledger.sqlite"], ["ledger", "checkpoint", "ledger.sqlite"]] {
                    let ended = try ceremony.run(question, program: question[0] == "audit" ? Built.airgap : Built.countersign)
                    asked += 1
                    // Where a writer came each time for ten seconds, a reader says so: on a machine that is busy with other tests too.
                    if way == .comesAndGoes, ended.exit == 75 {
                        busy += 1
                        continue
                    }
                    if ended.exit != 0 {
                        problems.append("round \(round): \(question[0]) \(question[1]) exited \(ended.exit): \(ended.out)\(ended.err)")
                    }
                    if question[1] == "verify" { answers.append(ended.out) }
                }
            }
        } catch { problems.append("\(error)") }
        let written = writer.stop()
        #expect(problems == [])
        #expect(busy * 4 < asked, "\(busy) of \(asked)")
        #expect(written.failure == nil)
        #expect(written.rounds >= 12 && written.slowest < 5, "\(written)")
        #expect(answers.allSatisfy { $0.hasPrefix("VERIFIED") })
        // Each saw another state than the first one did, sooner or later.
        #expect(Set(answers).count > 1)
        #expect(Set(try ceremony.files().keys.filter { $0.hasPrefix("ledger.sqlite") }) == ["ledger.sqlite"])
        try ceremony.must(Self.questions(ceremony)[0], program: Built.airgap)
    }

    /// A ledger as something left it, with how many entries a reader must find.
    enum Left: String, CaseIterable, CustomTestStringConvertible {
        case atRest, log, logAndIndex, emptyLog
        var testDescription: String { rawValue }
    }

    @Test(arguments: Left.allCases, [false, true]) func `what a crash left is read whole, and nothing is left beside it`(_ left: Left, readOnly: Bool)
        throws
    {
        let ceremony = try Ceremony()
        let key = try KeyFile.read(ceremony.scratch.file("ledger-key")) { path throws(Refusal) in throw Refusal("passphrase", .usage, path) }
        try FileManager.default.createDirectory(atPath: ceremony.scratch.file("left"), withIntermediateDirectories: true)
        let store = try LedgerStore(
            ceremony.scratch.file("ledger.sqlite"), key: key, tool: "test/1", now: Instant(secondsSince1970: Int(Date().timeIntervalSince1970)))
        try store.append(
            (0..<20).map { Draft(.executionRefused(code: "n\($0)", message: "")) }, now: Instant(secondsSince1970: Int(Date().timeIntervalSince1970)))
        func keep(_ ends: String...) throws {
            for end in ends {
                try FileManager.default.copyItem(
                    atPath: ceremony.scratch.file("ledger.sqlite" + end), toPath: ceremony.scratch.file("left/ledger.sqlite" + end))
            }
        }
        switch left {
        case .log: try keep("", "-wal")
        case .logAndIndex: try keep("", "-wal", "-shm")
        case .atRest, .emptyLog: break
        }
        try store.close()
        if [.atRest, .emptyLog].contains(left) { try keep("") }
        if left == .emptyLog { try ceremony.write("left/ledger.sqlite-wal", "") }
        let folder = ceremony.scratch.file("left")
        let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        // A file system of its own, in a namespace of its own: nothing in it can be written, by root neither.
        let script = "mount --bind left left && mount -o remount,bind,ro left || exit 99; \"$@\""
        for question in Self.questions(ceremony) {
            let ended = try ceremony.run(
                question.map { $0 == "ledger.sqlite" ? "left/ledger.sqlite" : $0 }, program: Built.airgap,
                under: readOnly ? ["unshare", "-rm", "sh", "-c", script, "sh"] : [])
            try #require(ended.exit != 99, "this machine lets us mount nothing: \(ended.err)")
            #expect(ended.exit == 0, "\(question[1]): \(ended.out)\(ended.err)")
            if question[1] == "verify" { #expect(ended.out.contains("21"), "\(ended.out)") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before, "\(question[1])")
        }
    }
}
