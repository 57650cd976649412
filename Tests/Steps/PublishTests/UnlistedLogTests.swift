// SPDX-License-Identifier: Apache-2.0
// A published log that is read by its names alone, as from a web server or a bucket.
import Audit
import Cryptography
import Files
import Foundation
import StrictFormats
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import Publish

/// A folder that lists nothing, answers with what is told instead of some files, and keeps what it was asked for.
final class UnlistedFolder: PublishedSource {
    let folder: FolderReader
    let connections: Int
    private let others: [String: [UInt8]]
    private let absent: Set<String>
    private let asked = Mutex<[String]>([])
    private let failure: (name: String, refusal: Refusal)?
    /// What it answers to every name but the checkpoint's.
    private let answer: [UInt8]?

    init(
        _ path: String, connections: Int = 4, others: [String: [UInt8]] = [:], absent: Set<String> = [],
        failing: (name: String, refusal: Refusal)? = nil, answering answer: [UInt8]? = nil
    ) throws {
        folder = try FolderReader(path)
        self.connections = connections
        self.others = others
        self.absent = absent
        failure = failing
        self.answer = answer
    }

    var path: String { "https://log.example" }
    var names: [String] { asked.withLock { $0 } }
    func listing() -> [String]? { nil }

    func read(_ name: String, limit: Int) throws(Refusal) -> [UInt8]? {
        asked.withLock { $0.append(name) }
        if let failure, failure.name == name { throw failure.refusal }
        if absent.contains(name) { return nil }
        if let answer, name != TileName.checkpoint { return answer }
        let bytes = if let other = others[name] { other } else { try folder.read(name, limit: 1 << 30) }
        if let bytes, bytes.count > limit { throw Refusal("too-large", .badData, "more than \(limit) bytes") }
        return bytes
    }
}

@Suite(.timeLimit(.minutes(10))) struct UnlistedLogTests {
    let shelf: Shelf
    var out: String { shelf.folder.file("out") }

    init() throws { shelf = try Shelf() }

    private func verify(_ source: some PublishedSource) throws -> AuditVerdict {
        try PublishedAudit.verify(source, AuditAnchors(genesis: shelf.genesis))
    }

    private func publish() throws { _ = try PublishTests.publish(shelf) }

    @Test(arguments: [(1, 1), (1, 4), (255, 4), (256, 4), (257, 1), (257, 4), (515, 6)])
    func `what the checkpoint needs is asked for once each, and gives the ledger row for row`(size: Int, connections: Int) throws {
        try shelf.grow(to: size, by: 3)
        try publish()
        let source = try UnlistedFolder(out, connections: connections)
        let verdict = try verify(source)
        let listed = try verify(FolderReader(out))
        #expect(verdict.answer == .verified && verdict.size == size && verdict.root == listed.root && verdict.findings == listed.findings)
        let asked = source.names
        #expect(Set(asked).count == asked.count)
        let files = try PublishTests.files(out)
        #expect(Set(asked).isSubset(of: files.keys))
        // All but parts of other widths than the checkpoint's.
        let other = Set(files.keys).subtracting(asked)
        #expect(other.allSatisfy { $0.contains(".p/") })
        let rebuilt = shelf.folder.file("rebuilt.sqlite")
        _ = try PublishedAudit.rebuild(source, to: rebuilt, replace: false, AuditAnchors(genesis: shelf.genesis))
        #expect(try Shelf.rows(rebuilt) == Shelf.rows(shelf.path))
    }

    @Test func `every file that is asked for counts: changed, cut, longer, empty, absent or another's it is found`() throws {
        try shelf.grow(to: 259)
        try publish()
        let source = try UnlistedFolder(out)
        _ = try verify(source)
        let files = try PublishTests.files(out)
        #expect(source.names.count > 8)
        for name in source.names {
            let bytes = try #require(files[name])
            var changed = bytes
            changed[bytes.count / 2] ^= 1
            let swapped = files.first { $0.key != name && $0.value != bytes && $0.key.hasPrefix("tile") }?.value
            for (what, other) in [
                ("changed", changed), ("cut", Array(bytes.dropLast())), ("longer", bytes + [0x0A]), ("empty", []), ("absent", nil),
                ("swapped", swapped),
            ] {
                do {
                    let verdict = try verify(UnlistedFolder(out, others: other.map { [name: $0] } ?? [:], absent: other == nil ? [name] : []))
                    // No format says at which sizes checkpoints were signed: an emptied bundle of earlier ones is covered by the later.
                    let isCovered = name == "checkpoints/000" && what == "empty"
                    #expect(verdict.answer == (isCovered ? .verified : .failed), "\(name) \(what): \(verdict.findings)")
                } catch let refusal as Refusal {
                    #expect(name == "checkpoint", "\(name) \(what): \(refusal)")
                }
            }
        }
    }

    @Test func `an older checkpoint is verified from newer files: full ones where parts went`() throws {
        try shelf.grow(to: 259)
        try publish()
        let old = try PublishTests.files(out)["checkpoint"]
        try shelf.grow(to: 600)
        try publish()
        #expect(try PublishTests.files(out)["tile/entries/001.p/3"] == nil)
        let verdict = try verify(UnlistedFolder(out, others: ["checkpoint": old ?? []]))
        #expect(verdict.answer == .verified && verdict.size == 259)
    }

    @Test func `cosignatures are asked for where the list says that there are some`() throws {
        try shelf.grow(to: 5)
        for size in [2, 5] { try shelf.cosign(size, "w1") }
        try publish()
        let source = try UnlistedFolder(out)
        let rebuilt = shelf.folder.file("rebuilt.sqlite")
        let findings = try PublishedLog.fill(rebuilt, from: source)
        #expect(findings == [])
        #expect(source.names.filter { $0.hasPrefix("cosignatures") }.sorted() == ["cosignatures/002", "cosignatures/005", "cosignatures/005"])
        #expect(try Shelf.rows(rebuilt) == Shelf.rows(shelf.path))
        func codes(_ others: [String: [UInt8]], absent: Set<String> = []) throws -> [String] {
            let path = shelf.folder.file("scratch")
            defer { unlink(path) }
            return try PublishedLog.fill(path, from: UnlistedFolder(out, others: others, absent: absent)).map { "\($0.code) \($0.file)" }
        }
        let origin = try #require(try PublishTests.files(out)["cosigned"]).prefix { $0 != 0x0A } + [0x0A]
        #expect(try codes([:], absent: ["cosignatures/002"]) == ["published-missing cosignatures/002"])
        #expect(try codes([:], absent: ["cosigned"]).first == "published-missing cosigned")
        for wrong in ["5\n2\n", "2\n2\n", "2\n5", "02\n5\n", "0\n", "2\n\n5\n", "-1\n", "x\n"] {
            #expect(try codes(["cosigned": origin + Array(wrong.utf8)]).first == "published-cosignatures cosigned", "\(wrong)")
        }
        #expect(try codes(["cosigned": Array("another\n2\n5\n".utf8)]).first == "published-cosignatures cosigned")
        // Sizes after the checkpoint belong to a publication that goes on.
        #expect(try codes(["cosigned": origin + Array("2\n5\n9\n".utf8)]) == [])
        // In a folder that is listed, what is there and not in the list is read, and said.
        try Data(origin + Array("2\n".utf8)).write(to: URL(fileURLWithPath: out + "/cosigned"))
        let listed = try PublishedLog.fill(shelf.folder.file("listed"), from: FolderReader(out))
        #expect(listed.map { "\($0.code) \($0.file)" } == ["published-unfinished cosignatures/005"])
    }

    @Test func `a source that cannot say ends the audit with its own words, and leaves nothing behind`() throws {
        try shelf.grow(to: 259)
        try publish()
        let before = try shelf.names()
        for name in ["checkpoint", "tile/entries/000", "tile/0/000", "tile/1/000.p/1", "checkpoints/001.p/3", "cosigned"] {
            let source = try UnlistedFolder(out, failing: (name, Refusal("web-no-answer", .unavailable, "cut")))
            #expect(code { _ = try verify(source) } == "web-no-answer", "\(name)")
            let rebuilt = shelf.folder.file("rebuilt.sqlite")
            #expect(code { _ = try PublishedAudit.rebuild(source, to: rebuilt, replace: false, AuditAnchors(genesis: nil)) } == "web-no-answer")
            #expect(try shelf.names() == before)
        }
        let empty = try UnlistedFolder(out, absent: ["checkpoint"])
        #expect(code { _ = try verify(empty) } == "published-nothing")
    }

    @Test func `reading is bounded in time, and a file that is under way is not`() throws {
        try shelf.grow(to: 3)
        try publish()
        let clock = Mutex(0)
        let source = TimedSource(try UnlistedFolder(out, connections: 1), minutes: 2) {
            clock.withLock { now in
                defer { now += 30_000 }
                return now
            }
        }
        // The first reading of the clock is the beginning: three files are asked for within two minutes, the fourth is not.
        let refusal = #expect(throws: Refusal.self) { _ = try verify(source) }
        #expect(refusal?.code == "published-too-slow" && refusal?.message == "reading took longer than 2 minutes")
        #expect(clock.withLock { $0 } == 150_000)
    }

    @Test(arguments: [false, true]) func `a checkpoint that promises more than there is does not keep its reader for ever`(isListed: Bool) throws {
        try shelf.grow(to: 3)
        try publish()
        let note = String(decoding: try #require(PublishTests.files(out)["checkpoint"]), as: UTF8.self)
        func verify(_ size: String) throws -> AuditVerdict {
            let bytes = Array(note.replacingOccurrences(of: "\n3\n", with: "\n\(size)\n").utf8)
            if !isListed { return try self.verify(UnlistedFolder(out, others: ["checkpoint": bytes])) }
            try Data(bytes).write(to: URL(fileURLWithPath: out + "/checkpoint"))
            return try self.verify(FolderReader(out))
        }
        for size in ["9007199254740991", "1099511627777"] { #expect(code { _ = try verify(size) } == "published-size") }
        #expect(code { _ = try verify("9223372036854775807") } == "checkpoint-malformed")
        let verdict = try verify("1099511627776")
        #expect(verdict.answer == .failed)
        let missing = verdict.findings.filter { $0.code == "published-missing" }.map(\.message)
        #expect(missing.count == 65)
        #expect(missing.last == "checkpoint: more than 63 files that it needs are missing or wrong; the rest was not read")
    }

    /// `x`, and 256 entries of no bytes: a bundle that is well-formed, and a tile that is not.
    @Test(arguments: [Array("x".utf8), [], [UInt8](repeating: 0, count: 512), [UInt8](repeating: 0, count: 8192)])
    func `a server that answers anything to everything does not keep its reader for ever, and is told in bounded words`(answer: [UInt8]) throws {
        try shelf.grow(to: 3)
        try publish()
        let note = String(decoding: try #require(PublishTests.files(out)["checkpoint"]), as: UTF8.self)
        let promising = Array(note.replacingOccurrences(of: "\n3\n", with: "\n1099511627776\n").utf8)
        let source = try UnlistedFolder(out, others: ["checkpoint": promising], answering: answer)
        let path = shelf.folder.file("scratch")
        let findings = try PublishedLog.fill(path, from: source)
        #expect(source.names.count < 200, "\(source.names.count)")
        #expect((64...80).contains(findings.count), "\(findings.count)")
        #expect(
            findings.contains {
                $0.file == "checkpoint" && $0.message == "more than 63 files that it needs are missing or wrong; the rest was not read"
            })
    }
}
