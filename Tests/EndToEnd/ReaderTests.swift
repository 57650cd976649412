// SPDX-License-Identifier: Apache-2.0
// Readers beside a writer, as processes: each sees one whole state, keeps no writer waiting, and leaves nothing behind.

import Cryptography
import Foundation
import Ledger
import StrictFormats
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct ReaderTests {
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
                        // Not without end: what is read must not grow faster than it can be read.
                        usleep(way == .comesAndGoes ? 60_000 : lock.withLock { rounds } < 100 ? 500 : 100_000)
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
        do {
            for round in 0..<12 {
                for question in Self.questions(ceremony) + [["ledger", "show", "ledger.sqlite"], ["ledger", "checkpoint", "ledger.sqlite"]] {
                    let ended = try ceremony.run(question, program: question[0] == "audit" ? Built.airgap : Built.countersign)
                    if ended.exit != 0 {
                        problems.append("round \(round): \(question[0]) \(question[1]) exited \(ended.exit): \(ended.out)\(ended.err)")
                    }
                    if question[1] == "verify" { answers.append(ended.out) }
                }
            }
        } catch { problems.append("\(error)") }
        let written = writer.stop()
        #expect(problems == [])
        #expect(written.failure == nil)
        #expect(written.rounds >= 12 && written.slowest < 5, "\(written)")
        #expect(answers.allSatisfy { $0.hasPrefix("VERIFIED") })
        // Each saw another state than the first one did, sooner or later.
        #expect(Set(answers).count > 1)
        #expect(Set(try ceremony.files().keys.filter { $0.hasPrefix("ledger.sqlite") }) == ["ledger.sqlite"])
        try ceremony.must(Self.questions(ceremony)[0], program: Built.airgap)
    }

    /// What reads a ledger and does something with it, and what must be true of it afterwards.
    private struct Deed {
        let words: [String]
        var exit: Int32 = 0
        /// What is wrong; nil for nothing.
        var check: (_ out: String, _ err: String) throws -> String? = { _, _ in nil }
    }

    private static func deeds(_ ceremony: Ceremony, _ way: Writer.Way) -> [Deed] {
        let genesis = ceremony.digest("genesis")
        func size(_ out: String) throws -> Int? { try JSONDocument(Array(out.utf8), rules: .authored).root["size"]?.integerValue }
        func verified(_ words: String..., size: Int?) throws -> String? {
            let ended = try ceremony.run(["audit", "verify"] + words + ["--genesis", genesis, "--format", "json"], program: Built.airgap)
            guard ended.exit == 0 else { return ended.out + ended.err }
            let root = try JSONDocument(Array(ended.out.utf8), rules: .authored).root
            guard root["verdict"]?.stringValue == "verified", root["size"]?.integerValue == size else { return ended.out }
            // In a folder stands what its checkpoint needs, and nothing of a later moment.
            return ended.out.contains("published-unfinished") ? ended.out : nil
        }
        // Who asks witnesses takes the ledger as a writer, too, and waits until it is let go of.
        let asking = ["ledger", "witness", "ledger.sqlite", "--url", "http://127.0.0.1:1/", "--key", "ledger-key"]
        let unreachable = Deed(words: asking, exit: 69) { _, err in err.contains("the witness http://127.0.0.1:1/ does not answer") ? nil : err }
        return (way == .comesAndGoes ? [unreachable] : []) + [
            Deed(words: ["ledger", "publish", "ledger.sqlite", "--to", "out", "--format", "json"]) { out, _ in
                try verified("--from", "out", size: size(out))
            },
            Deed(words: ["ledger", "backup", "ledger.sqlite", "--to", "copy.sqlite", "--force", "--format", "json"]) { out, _ in
                try verified("copy.sqlite", size: size(out))
            },
            Deed(words: ["ledger", "export", "ledger.sqlite", "--out", "lines.jsonl", "--force", "--format", "json"]) { out, _ in
                let lines = try ceremony.text("lines.jsonl").split(separator: "\n")
                let isWhole = try lines.count == size(out) && lines.indices.allSatisfy { lines[$0].hasPrefix("{\"seq\":\($0),") }
                return isWhole ? nil : "\(lines.count) lines: \(out)"
            },
            Deed(words: ["ledger", "witness-request", "ledger.sqlite", "--old", "2", "--out", "request.txt", "--force", "--format", "json"]) {
                out, _ in
                let request = try WitnessRequest(Array(ceremony.text("request.txt").utf8))
                return try request.old == 2 && request.checkpoint.size == size(out) ? nil : out
            },
            Deed(words: ["ledger", "vkey", "ledger.sqlite"]) { out, _ in out.hasPrefix("example.com/org-cloudtrail/ledger+") ? nil : out },
            Deed(words: ["audit", "consistency", "checkpoint.note", "checkpoint.note", "--ledger", "ledger.sqlite"]) { out, _ in
                out.hasPrefix("consistent: the 1 entries begin with the 1\n") ? nil : out
            },
            // No bundle took effect: the answer is no other beside a writer, and is not kept back.
            Deed(words: ["drift", "ledger.sqlite", "--profile", "none"], exit: 66) { _, err in
                err.contains("no bundle of this ledger took effect on a key yet") ? nil : err
            },
            Deed(words: ["ledger", "witness-request", "ledger.sqlite", "--old", "999999", "--out", "none.txt"], exit: 1) { _, err in
                err.contains("entries: no witness cosigned 999999 of them") ? nil : err
            },
            Deed(words: ["audit", "show", "ledger.sqlite", "--bundle", "none"], exit: 1) { _, err in
                err.contains("this ledger holds no bundle none") ? nil : err
            },
        ]
    }

    @Test(arguments: Writer.Way.allCases) func `what is made of a ledger beside a writer is of one moment`(_ way: Writer.Way) throws {
        let ceremony = try Ceremony()
        try ceremony.prepare("first", change: ceremony.createKey(alias: "alias/read"))
        try ceremony.must(["ledger", "record", "ledger.sqlite", "first.json", "--key", "ledger-key"])
        let writer = Writer(ceremony, way)
        var problems: [String] = []
        do {
            for round in 0..<4 {
                for deed in Self.deeds(ceremony, way) {
                    let ended = try ceremony.run(deed.words)
                    let wrong = ended.exit == deed.exit ? try deed.check(ended.out, ended.err) : "exit \(ended.exit): \(ended.out)\(ended.err)"
                    if let wrong { problems.append("round \(round): \(deed.words.prefix(2)): \(wrong)") }
                }
            }
        } catch { problems.append("\(error)") }
        let written = writer.stop()
        #expect(problems == [])
        #expect(written.failure == nil && written.rounds >= 4 && written.slowest < 5, "\(written)")
        // Nobody writes any more, and a rewrite holds the ledger itself: what was made meanwhile is a past of it.
        try ceremony.must(["ledger", "compact", "ledger.sqlite", "--to", "compact.sqlite"])
        let done = try ceremony.must(["ledger", "publish", "compact.sqlite", "--to", "out", "--compare-all", "--format", "json"])
        #expect(
            try JSONDocument(Array(done.out.utf8), rules: .authored).root["size"]?.integerValue
                == LedgerReader(ceremony.scratch.file("ledger.sqlite")).count())
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
