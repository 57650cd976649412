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
        let check = try StoryCheck(FolderReader(out), by: Self.log())
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
        #expect(code { _ = try StoryCheck(FolderReader(out), by: stranger) } == "proof-signature")
    }

    @Test func `each file that is changed, cut, removed or added is found`() throws {
        for file in story.files where file.name != "README.txt" {
            let url = URL(fileURLWithPath: out + "/" + file.name)
            var changed = file.bytes
            if changed.isEmpty { changed = [0x0A] } else { changed[changed.count / 2] ^= 1 }
            for bytes in [changed, Array(file.bytes.dropLast(2))] where file.name != "index.json" && bytes != file.bytes {
                try Data(bytes).write(to: url)
                #expect(code { _ = try StoryCheck(FolderReader(out), by: Self.log()) } != nil, "\(file.name)")
            }
            try FileManager.default.removeItem(at: url)
            #expect(code { _ = try StoryCheck(FolderReader(out), by: Self.log()) } == "story-missing", "\(file.name)")
            try Data(file.bytes).write(to: url)
        }
        let index = String(decoding: story.files.first { $0.name == "index.json" }?.bytes ?? [], as: UTF8.self)
        for (old, new, expected) in [
            ("\"size\": 26", "\"size\": 27", "story-differs"), ("\"entry\": 0,", "\"entry\": 1,", "story-differs"),
            ("countersign/story-proof/v1", "countersign/story-proof/v2", "story-malformed"),
            (story.bundle.hex, String(repeating: "0", count: 64), "story-differs"),
        ] {
            #expect(index.contains(old))
            try index.replacingOccurrences(of: old, with: new).write(toFile: out + "/index.json", atomically: true, encoding: .utf8)
            #expect(code { _ = try StoryCheck(FolderReader(out), by: Self.log()) } == expected, "\(new)")
        }
        try index.write(toFile: out + "/index.json", atomically: true, encoding: .utf8)
        try Data("x".utf8).write(to: URL(fileURLWithPath: out + "/entry-99.json"))
        #expect(code { _ = try StoryCheck(FolderReader(out), by: Self.log()) } == "story-extra")
    }
}
