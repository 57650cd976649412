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

@Suite(.timeLimit(.minutes(10))) struct PublishedLogTests {
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

    /// What differs, in the order in which it is told: `code file`, and the entry where one is named.
    private func differing() throws -> [String] {
        let path = shelf.folder.file("scratch")
        defer { unlink(path) }
        return try PublishedLog.fill(path, from: FolderReader(out)).filter { !$0.isHarmless }.map {
            "\($0.code) \($0.file)" + ($0.entry.map { " \($0)" } ?? "")
        }
    }

    private func change(_ name: String, _ what: (inout [UInt8]) -> Void) throws {
        var bytes = Array(try #require(FileManager.default.contents(atPath: out + "/" + name)))
        what(&bytes)
        try Data(bytes).write(to: URL(fileURLWithPath: out + "/" + name))
    }

    @Test func `a bit in an entry bundle: that file and its entry are named, and no tile over it`() throws {
        try shelf.grow(to: 515)
        try publish()
        let files = try PublishTests.files(out)
        for (name, entry) in [("tile/entries/000", 100), ("tile/entries/001", 300), ("tile/entries/002.p/3", 513), ("tile/entries/002.p/2", 513)] {
            try change(name) { bytes in
                var place = 2
                for _ in 0..<(entry % 256) { place += Int(bytes[place - 2]) << 8 + Int(bytes[place - 1]) + 2 }
                bytes[place + 9] ^= 1
            }
            // An older width beside it is read by nobody, and differs from what is read.
            let expected = name.hasSuffix(".p/2") ? "published-entries-differ \(name)" : "published-entries-differ \(name) \(entry)"
            #expect(try differing() == [expected])
            let verdict = try verify()
            #expect(verdict.findings.first?.code == "published-entries-differ" && verdict.answer == .failed)
            if !name.hasSuffix(".p/2") {
                let tile = TileName.tile(level: 0, index: entry / 256, width: name.hasSuffix(".p/3") ? 3 : 256).text
                #expect(
                    verdict.findings.first?.message
                        == "\(name): entry \(entry) in it was changed: \(tile) holds another hash, and leads to the checkpoint")
                #expect(verdict.findings.first?.entry == entry)
            }
            try Data(files[name] ?? []).write(to: URL(fileURLWithPath: out + "/" + name))
        }
        #expect(try differing() == [])
        // A tile alone is wrong: the entries lead to the checkpoint.
        for name in ["tile/0/001", "tile/1/000.p/2", "tile/0/002.p/3", "tile/0/002.p/1"] {
            try change(name) { $0[5] ^= 1 }
            #expect(try differing() == ["published-tile-differs \(name)"])
            try Data(files[name] ?? []).write(to: URL(fileURLWithPath: out + "/" + name))
        }
        // An entry and a tile elsewhere: each is named.
        try change("tile/entries/000") { $0[20] ^= 1 }
        try change("tile/1/000.p/2") { $0[5] ^= 1 }
        #expect(try differing() == ["published-entries-differ tile/entries/000 0", "published-tile-differs tile/1/000.p/2"])
        // Neither side leads to the checkpoint: both are told, and that nobody knows.
        try change("tile/0/000") { $0[3200] ^= 1 }
        #expect(try differing().first == "published-checkpoint-differs checkpoint")
        #expect(try differing() == differing())
    }

    @Test func `what is told of a rebuilt log comes in the same order`() throws {
        try shelf.grow(to: 9)
        try publish()
        try change("tile/entries/000.p/9") { $0[20] ^= 1 }
        let refusal = #expect(throws: Refusal.self) {
            try PublishedAudit.rebuild(FolderReader(out), to: shelf.folder.file("r"), replace: false, AuditAnchors(genesis: nil))
        }
        #expect(
            refusal?.details.first
                == "tile/entries/000.p/9: entry 0 in it was changed: tile/0/000.p/9 holds another hash, and leads to the checkpoint [published-entries-differ]"
        )
        let errors = try PublishedAudit.verify(FolderReader(out), AuditAnchors(genesis: nil)).findings.filter { $0.severity == .error }.map {
            "\($0.message) [\($0.code)]"
        }
        #expect(refusal?.details == Array(errors.prefix(5)) + (errors.count > 5 ? ["and \(errors.count - 5) more"] : []))
    }

    @Test func `an audit keeps its position, which is one of the ledger and of its published log`() throws {
        try shelf.grow(to: 9)
        try publish()
        let position = try PositionFile(shelf.folder.file("position"))
        let anchors = AuditAnchors(genesis: shelf.genesis)
        let first = try PublishedAudit.verify(FolderReader(out), anchors, keeping: position)
        #expect(first.answer == .verified && first.resumedFrom == 0)
        let second = try PublishedAudit.verify(FolderReader(out), anchors, keeping: position)
        #expect(second.answer == .verified && second.resumedFrom == 9)
        #expect(second.findings == first.findings)
        let ledger = try LedgerAudit.verify(LedgerReader(shelf.path), anchors, keeping: position)
        #expect(ledger.answer == .verified && ledger.resumedFrom == 9)
        // What was found good before excuses nothing that was changed since.
        try change("tile/entries/000.p/9") { $0[$0.count - 20] ^= 1 }
        let changed = try PublishedAudit.verify(FolderReader(out), anchors, keeping: position)
        #expect(changed.answer == .failed)
        #expect(changed.findings.first?.code == "published-entries-differ")
    }

    @Test func `what follows from a bundle that cannot be read is counted, after what is wrong with it`() throws {
        try shelf.grow(to: 9)
        try publish()
        try change("tile/entries/000.p/9") { $0[0] ^= 1 }
        let told = try PublishedAudit.verify(FolderReader(out), AuditAnchors(genesis: nil)).findings.map { "\($0.code): \($0.message)" }
        #expect(
            told.first
                == "published-malformed: tile/entries/000.p/9: it does not hold the number of entries that its name says")
        let cut = told.filter { $0.hasPrefix("entries-cut") }
        #expect(cut.count == 4 && cut.last == "entries-cut: 6 more of this kind follow from what is missing")
    }

    @Test(.timeLimit(.minutes(10))) func `a pipe or a device where a file belongs is found, and nobody waits for it`() throws {
        try shelf.grow(to: 3)
        try publish()
        let files = try PublishTests.files(out)
        for name in ["cosigned", "tile/0/000.p/3", "tile/0/000.p/1", "tile/entries/000.p/3", "checkpoints/000.p/3"] {
            for isPipe in [true, false] {
                unlink(out + "/" + name)
                #expect((isPipe ? mkfifo(out + "/" + name, 0o600) : symlink("/dev/zero", out + "/" + name)) == 0)
                #expect(codes().contains("error published-malformed"), "\(name): \(codes())")
                unlink(out + "/" + name)
                try Data(files[name] ?? []).write(to: URL(fileURLWithPath: out + "/" + name))
            }
        }
        unlink(out + "/checkpoint")
        #expect(mkfifo(out + "/checkpoint", 0o600) == 0)
        #expect(codes() == ["refused file-not-regular"])
        try shelf.grow(to: 4)
        #expect(code { _ = try PublishTests.publish(shelf) } == "file-not-regular")
    }

    @Test func `files that are no part of a log are listed up to a number, and counted`() throws {
        try shelf.grow(to: 3)
        try publish()
        for number in 100..<200 { try Data().write(to: URL(fileURLWithPath: out + "/other-\(number)")) }
        let verdict = try verify()
        let extra = verdict.findings.filter { $0.code == "published-extra" }
        #expect(verdict.answer == .verified && extra.count == 65)
        #expect(extra.first?.message == "other-100: it is no file of a published log, and was not read")
        #expect(extra.last?.message == "other files: 36 more findings of this kind are not listed")
    }

    @Test func `a fork that a note held elsewhere proves is kept of a published log too`() throws {
        try shelf.grow(to: 3)
        let other = try Shelf()
        unlink(other.path)
        try FileManager.default.copyItem(atPath: shelf.path, toPath: other.path)
        try shelf.grow(to: 5)
        let store = try other.open()
        for number in 0..<2 { try store.append([Shelf.refused(900 + number)], now: Shelf.start) }
        try store.close()
        let note = try #require(try LedgerReader(other.path).latestCheckpoint())
        try publish()
        let verdict = try PublishedAudit.verify(FolderReader(out), AuditAnchors(genesis: shelf.genesis, since: [(bytes: note, file: "other.note")]))
        #expect(verdict.answer == .failed && verdict.forks.count == 1)
        #expect(verdict.forks.first?.first.bytes == note)
        #expect(try verdict.forks.first?.second.bytes == LedgerReader(shelf.path).latestCheckpoint())
        #expect(
            verdict.findings.filter { $0.code == "since-differs" }.map(\.message) == [
                "other.note and the checkpoint of size 5 here say two states of the first 5 entries, and both are signed by the ledger's key"
            ])
    }
}
