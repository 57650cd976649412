// SPDX-License-Identifier: Apache-2.0
// The proofs of a whole change in one folder: each file of it counts. The ledger is the reference's.
import Cryptography
import Files
import Foundation
import StrictFormats
import TestSupport
import Testing

@testable import Ledger
@testable import Publish

@Suite(.enabled(if: SharedVectors.areHere)) struct StoryProofTests {
    static func log() throws -> NoteVerifier {
        try NoteVerifier(text: "example.com/org-cloudtrail/ledger+6bb0aa47+Aby3DJrv3lVARoFrsd7Y0C0+kIl1bVwZqFhafF9lB8Ze")
    }

    let folder: TemporaryFolder
    let story: StoryProof
    var out: String { folder.file("story") }

    init() throws {
        folder = try TemporaryFolder()
        let reader = try LedgerReader(SharedVectors.path("reference/ledger.sqlite"))
        var bundle = ""
        try reader.forEachEntry { _, bytes throws(Refusal) in
            let entry = try Entry(bytes)
            if bundle.isEmpty, case .bundleReceived = entry.data { bundle = entry.bundle?.text ?? "" }
        }
        story = try StoryProof(reader, of: bundle)
        try FolderWriter.write(story.files.map { ($0.name, $0.bytes) }, to: folder.file("story"))
    }

    @Test func `a story holds, names all that it is made of, and is found by id too`() throws {
        let check = try StoryCheck(FolderReader(out), by: [Self.log()])
        #expect(check.entries == story.entries && check.bundle == story.bundle && check.checkpoint.size == 26)
        let reader = try LedgerReader(SharedVectors.path("reference/ledger.sqlite"))
        // All entries of the ledger about the bundle, and those about trust.
        var expected: [Int] = []
        var id = ""
        try reader.forEachEntry { seq, bytes throws(Refusal) in
            let entry = try Entry(bytes)
            if entry.bundle == story.bundle || entry.type == .genesis || entry.type == .trustUpdated { expected.append(seq) }
            if case .bundleReceived(let name, _) = entry.data, entry.bundle == story.bundle { id = name }
        }
        #expect(check.entries == expected && expected.count > 10)
        #expect(try StoryProof(reader, of: id).files.map(\.bytes) == story.files.map(\.bytes))
        #expect(code { _ = try StoryProof(reader, of: "sha256:" + String(repeating: "0", count: 64)) } == "bundle-unknown")
        let index = try JSONDocument(Array(try #require(FileManager.default.contents(atPath: out + "/index.json"))), rules: .authored).root
        #expect(index["artifacts"]?.arrayValue?.count == check.artifacts && check.artifacts > 5)
        let stranger = NoteVerifier(name: "example.com/org-cloudtrail/ledger", key: try PrivateKey.generate(.ed25519).publicKey)
        #expect(code { _ = try StoryCheck(FolderReader(out), by: [stranger]) } == "proof-signature")
    }

    @Test func `each file that is changed, cut, removed or added is found`() throws {
        for file in story.files where file.name != "README.txt" {
            let url = URL(fileURLWithPath: out + "/" + file.name)
            var changed = file.bytes
            if changed.isEmpty { changed = [0x0A] } else { changed[changed.count / 2] ^= 1 }
            for bytes in [changed, Array(file.bytes.dropLast(2))] where bytes != file.bytes {
                try Data(bytes).write(to: url)
                #expect(code { _ = try StoryCheck(FolderReader(out), by: [Self.log()]) } != nil, "\(file.name)")
            }
            try FileManager.default.removeItem(at: url)
            #expect(code { _ = try StoryCheck(FolderReader(out), by: [Self.log()]) } == "story-missing", "\(file.name)")
            try Data(file.bytes).write(to: url)
        }
        let index = String(decoding: story.files.first { $0.name == "index.json" }?.bytes ?? [], as: UTF8.self)
        for (old, new, expected) in [
            ("\"size\": 26", "\"size\": 27", "story-differs"), ("\"entry\": 0,", "\"entry\": 1,", "story-differs"),
            ("countersign/story-proof/v1", "countersign/story-proof/v2", "story-malformed"),
            (story.bundle.hex, String(repeating: "0", count: 64), "story-differs"),
            // What is there for people says what the entries say.
            ("\"type\": \"genesis\"", "\"type\": \"execution-completed\"", "story-differs"),
            ("an approval or reject", "an approval", "story-differs"),
        ] {
            #expect(index.contains(old))
            try index.replacingOccurrences(of: old, with: new).write(toFile: out + "/index.json", atomically: true, encoding: .utf8)
            #expect(code { _ = try StoryCheck(FolderReader(out), by: [Self.log()]) } == expected, "\(new)")
        }
        try index.write(toFile: out + "/index.json", atomically: true, encoding: .utf8)
        try Data("x".utf8).write(to: URL(fileURLWithPath: out + "/entry-99.json"))
        #expect(code { _ = try StoryCheck(FolderReader(out), by: [Self.log()]) } == "story-extra")
    }

    @Test func `entries about trust alone are the story of no bundle`() throws {
        let numbers = try story.entries.filter { seq in
            let bytes = story.files.first { $0.name == "entry-\(seq).json" }?.bytes ?? []
            return [.genesis, .trustUpdated].contains(try Entry(bytes).type)
        }
        #expect(numbers.count == 2)
        var kept: Set<String> = ["checkpoint.note", "README.txt"]
        var told: [(entry: Entry, bytes: [UInt8])] = []
        for seq in numbers {
            let bytes = Array(try #require(FileManager.default.contents(atPath: out + "/entry-\(seq).json")))
            told.append((try Entry(bytes), bytes))
            kept.formUnion(["entry-\(seq).json", "entry-\(seq).tlog-proof"])
            kept.formUnion(told.last?.entry.data.artifacts.map { "artifact-\($0.hex)" } ?? [])
        }
        for file in story.files where !kept.contains(file.name) { try FileManager.default.removeItem(atPath: out + "/" + file.name) }
        let other = try #require(Digest(text: "sha256:" + String(repeating: "ab", count: 32)))
        let checkpoint = try Checkpoint(text: SignedNote(try #require(story.files.first { $0.name == "checkpoint.note" }).bytes).text)
        for bundle in [other, story.bundle] {
            try Data(StoryProof.index(of: bundle, checkpoint, told)).write(to: URL(fileURLWithPath: out + "/index.json"))
            let refusal = #expect(throws: Refusal.self) { try StoryCheck(FolderReader(out), by: [Self.log()]) }
            #expect(refusal?.code == "story-differs")
            #expect(refusal?.message == "no entry here says that the log received the change \(bundle)")
        }
    }

    @Test func `the page for people is no part of the proof, and whether it is ours is said`() throws {
        func readme() throws -> StoryCheck.Readme { try StoryCheck(FolderReader(out), by: [Self.log()]).readme }
        #expect(try readme() == .ours)
        try Data("run this".utf8).write(to: URL(fileURLWithPath: out + "/README.txt"))
        #expect(try readme() == .other)
        try FileManager.default.removeItem(atPath: out + "/README.txt")
        #expect(try readme() == .missing)
    }

    @Test func `a story leads to the checkpoint of a size, and begins with its bundle`() throws {
        let reader = try LedgerReader(SharedVectors.path("reference/ledger.sqlite"))
        let received = try #require(try story.entries.first { try Entry(reader.entry($0) ?? []).type == .bundleReceived })
        let earlier = try StoryProof(reader, of: story.bundle.text, at: 22)
        #expect(earlier.size == 22 && earlier.entries == story.entries.filter { $0 < 22 })
        try FolderWriter.write(earlier.files.map { ($0.name, $0.bytes) }, to: folder.file("earlier"))
        #expect(try StoryCheck(FolderReader(folder.file("earlier")), by: [Self.log()]).checkpoint.size == 22)
        var before = received
        while before > 0, try reader.checkpoint(before) == nil { before -= 1 }
        #expect(before > 0)
        let refusal = #expect(throws: Refusal.self) { try StoryProof(reader, of: story.bundle.text, at: before) }
        #expect(refusal?.code == "bundle-unknown")
        #expect(refusal?.message == "the first \(before) entries of this ledger hold no bundle \(story.bundle)")
    }

    @Test(.timeLimit(.minutes(10))) func `a pipe in a story is refused at once`() throws {
        for name in ["checkpoint.note", "index.json", "entry-0.json"] {
            unlink(out + "/" + name)
            #expect(mkfifo(out + "/" + name, 0o600) == 0)
            #expect(code { _ = try StoryCheck(FolderReader(out), by: [Self.log()]) } == "file-not-regular", "\(name)")
            unlink(out + "/" + name)
            try Data(try #require(story.files.first { $0.name == name }).bytes).write(to: URL(fileURLWithPath: out + "/" + name))
        }
    }

    @Test func `one of the keys that the log has had signed`() throws {
        let stranger = NoteVerifier(name: "example.com/org-cloudtrail/ledger", key: try PrivateKey.generate(.ed25519).publicKey)
        #expect(try StoryCheck(FolderReader(out), by: [stranger, Self.log()]).bundle == story.bundle)
    }
}
