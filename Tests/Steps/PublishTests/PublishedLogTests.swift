// SPDX-License-Identifier: Apache-2.0
// A published log is verified and made into a ledger again; each file of it is changed, cut, removed, swapped, and others are added.
import Audit
import Cryptography
import DomainFixtures
import Files
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Ledger
@testable import Publish

@Suite(.timeLimit(.minutes(5))) struct PublishedLogTests {
    let shelf: Shelf
    var out: String { shelf.folder.file("out") }

    init() throws { shelf = try Shelf() }

    private func publish() throws { _ = try PublishTests.publish(shelf) }

    private func verify() throws -> AuditVerdict { try PublishedAudit.verify(FolderReader(out), AuditAnchors(genesis: shelf.genesis)) }

    /// `error` and `note` codes, or the code of a refusal.
    private func codes() -> [String] {
        do { return try verify().findings.filter { $0.severity != .warning }.map { "\($0.severity.rawValue) \($0.code)" } } catch let refusal {
            return ["refused \((refusal as? Refusal)?.code ?? "\(refusal)")"]
        }
    }

    @Test(arguments: [1, 2, 255, 256, 257, 513]) func `a published log verifies and is made into a ledger, row for row`(size: Int) throws {
        try shelf.grow(to: size, by: 2)
        try publish()
        let verdict = try verify()
        #expect(verdict.answer == .verified && verdict.size == size)
        #expect(verdict.findings.allSatisfy { $0.code == "unwitnessed-tail" })
        #expect(try verdict.root == shelf.audit(shelf.path).root)
        let rebuilt = shelf.folder.file("rebuilt.sqlite")
        _ = try PublishedAudit.rebuild(FolderReader(out), to: rebuilt, replace: false, AuditAnchors(genesis: shelf.genesis))
        #expect(try Shelf.rows(rebuilt) == Shelf.rows(shelf.path))
        #expect(try shelf.audit(rebuilt).answer == .verified)
        #expect(
            code { _ = try PublishedAudit.rebuild(FolderReader(out), to: rebuilt, replace: false, AuditAnchors(genesis: nil)) } == "output-exists")
        // It goes on like the first, and that can be published again.
        let store = try LedgerStore(rebuilt, key: Keys.exec, tool: "test/1", now: Shelf.start)
        try store.append([Shelf.refused(size)], now: Shelf.start)
        try store.close()
        #expect(try PublishStep.run(rebuilt, to: out).size == size + 1)
    }

    @Test func `each file that is changed, cut, longer, removed or swapped is found, or was harmless and is said to be`() throws {
        try shelf.grow(to: 259)
        try publish()
        let files = try PublishTests.files(out)
        #expect(files.count > 12)
        var found: [String: Set<String>] = [:]
        func attempt(_ name: String, _ what: String, _ bytes: [UInt8]?) throws {
            let url = URL(fileURLWithPath: out + "/" + name)
            if let bytes { try Data(bytes).write(to: url) } else { try FileManager.default.removeItem(at: url) }
            let codes = codes()
            try Data(files[name] ?? []).write(to: url)
            let kind = name.hasPrefix("tile/entries") ? "entries" : String(name.split(separator: "/")[0])
            found["\(kind) \(what)", default: []].formUnion(codes.isEmpty ? ["nothing"] : codes.prefix(name.hasPrefix("artifact") ? 9 : 1))
        }
        for (name, bytes) in files {
            var changed = bytes
            changed[bytes.count / 2] ^= 1
            try attempt(name, "changed", changed)
            try attempt(name, "cut", Array(bytes.dropLast()))
            try attempt(name, "longer", bytes + [0x0A])
            try attempt(name, "empty", [])
            try attempt(name, "removed", nil)
            try attempt(name, "swapped", files.first { $0.key != name && $0.value != bytes }?.value)
        }
        #expect(codes() == [])
        // No format says at which sizes checkpoints were signed; the later ones cover what an emptied bundle of them covered.
        #expect(found.removeValue(forKey: "checkpoints empty") == ["error published-checkpoint-differs", "nothing"])
        // What is behind a checkpoint that is superseded may go (C2SP tlog-tiles): only such files are missed by nobody.
        for (what, codes) in found where !what.hasSuffix("removed") {
            #expect(codes.allSatisfy { $0.hasPrefix("error ") || $0.hasPrefix("refused ") }, "\(what): \(codes)")
        }
        #expect(found["checkpoint removed"] == ["refused published-nothing"])
        #expect(found["artifact removed"]?.contains("error artifact-missing") == true)
        #expect(found["artifact changed"]?.contains("error artifact-differs") == true)
        #expect(found["tile changed"] == ["error published-tile-differs"])
        #expect(found["tile removed"] == ["error published-missing", "nothing"])
        #expect(found["entries removed"] == ["error published-missing", "nothing"])
        for (needed, code) in [
            ("tile/0/000", "published-missing"), ("tile/0/001.p/3", "published-missing"), ("tile/1/000.p/1", "published-missing"),
            ("tile/entries/000", "published-missing"), ("tile/entries/001.p/3", "published-missing"), ("checkpoints/000", "published-missing"),
        ] {
            try FileManager.default.removeItem(atPath: out + "/" + needed)
            #expect(codes().first == "error \(code)", "\(needed)")
            try Data(files[needed] ?? []).write(to: URL(fileURLWithPath: out + "/" + needed))
        }
    }

    @Test func `what is added is read by nobody, and said`() throws {
        try shelf.grow(to: 3)
        try publish()
        for (name, code) in [
            ("readme", "published-extra"), ("tile/0/001", "published-unfinished"), ("tile/entries/000.p/9", "error"), ("tile/0/000.p/9", "error"),
            ("artifact/" + String(repeating: "0", count: 64), "published-unfinished"), ("tile/0/67", "published-extra"),
            ("cosignatures/009", "published-unfinished"), ("cosignatures/002", "error"), ("checkpoints/000.p/200", "error"),
        ] {
            let url = URL(fileURLWithPath: out + "/" + name)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("other".utf8).write(to: url)
            let answer = try verify()
            if code == "error" {
                #expect(answer.answer == .failed, "\(name)")
            } else {
                #expect(answer.answer == .verified && answer.findings.contains { $0.code == code }, "\(name): \(answer.findings)")
            }
            try FileManager.default.removeItem(at: url)
        }
        // A publication that is under way has more than its checkpoint says.
        let old = try PublishTests.files(out)["checkpoint"]
        try shelf.grow(to: 300)
        try publish()
        try Data(old ?? []).write(to: URL(fileURLWithPath: out + "/checkpoint"))
        #expect(try verify().answer == .verified && verify().size == 3)
        #expect(codes().allSatisfy { $0 == "note published-unfinished" })
        #expect(code { _ = try FolderReader(out + "/none") } == "folder-missing")
    }

    @Test func `a log that fails its audit is not made into a ledger`() throws {
        try shelf.grow(to: 3)
        try publish()
        try Data().write(to: URL(fileURLWithPath: out + "/tile/entries/000.p/3"))
        let rebuilt = shelf.folder.file("rebuilt.sqlite")
        #expect(
            code { _ = try PublishedAudit.rebuild(FolderReader(out), to: rebuilt, replace: false, AuditAnchors(genesis: nil)) }
                == "rebuild-not-verified")
        #expect(try shelf.names() == ["l.sqlite", "l.sqlite.lock", "out"])
    }
}
