// SPDX-License-Identifier: Apache-2.0
// `execute --rehearse`: the whole execution, offline, and nothing changed by it.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite struct RehearsalTests {
    static let golden = Golden("rehearsal")

    static func rehearsal(_ approvals: [String] = ["alice", "carol"], more: [String] = []) -> [String] {
        ["execute", "bundle.json"] + approvals.flatMap { ["--approval", "bundle.\($0).json"] } + ["--ledger", "ledger.sqlite", "--rehearse"] + more
    }

    @Test func `a rehearsal tells what would happen, and leaves every file as it was`() throws {
        let ceremony = try Ceremony()
        let before = try ceremony.files()
        let ended = try ceremony.must(Self.rehearsal())
        #expect(ended.err.isEmpty)
        #expect(try ceremony.files() == before)
        #expect(!FileManager.default.fileExists(atPath: ceremony.scratch.file("ledger.sqlite.lock")))
        try Self.golden.compare("a new key", ceremony.plain(ended.out))
    }

    @Test func `as JSON it is one line, with the entries that would be written`() throws {
        let ceremony = try Ceremony()
        let ended = try ceremony.must(Self.rehearsal(more: ["--format", "json"]))
        let answer = try JSONDocument(Array(ended.out.utf8), rules: .authored).root
        #expect(answer["rehearsal"]?.boolValue == true)
        #expect(answer["ending"]?.stringValue == "completed")
        #expect(answer["done"]?.arrayValue?.compactMap(\.stringValue) == ["create-key", "enable-key-rotation", "create-alias"])
        #expect(
            answer["entries"]?.arrayValue?.compactMap { $0["type"]?.stringValue } == [
                "bundle-received", "approval-received", "approval-received", "execution-authorized", "precondition-checked", "precondition-checked",
                "request-intended", "request-sent", "request-completed", "request-intended", "request-sent", "request-completed", "request-intended",
                "request-sent", "request-completed", "expectation-checked", "expectation-checked", "expectation-checked", "expectation-checked",
                "execution-completed",
            ])
        #expect(answer["events"]?.arrayValue?.first?["event"]?.stringValue == "identifying")
    }

    @Test func `what the real run would refuse, a rehearsal refuses with the same exit`() throws {
        let ceremony = try Ceremony()
        let before = try ceremony.files()
        let ended = try ceremony.run(Self.rehearsal(["alice"]))
        #expect(ended.exit == 77)
        #expect(try ceremony.files() == before)
        try Self.golden.compare("one approval", ceremony.plain(ended.out + "\n" + ended.err))
    }

    @Test func `prepare says what the model took`() throws {
        let ceremony = try Ceremony()
        let ended = try ceremony.must([
            "prepare", "bundle.yaml", "--trust", "trust.json", "--checkpoint", "checkpoint.note", "--key", "dana", "--out", "again.json",
            "--policies", PackageFolder.path + "/policies",
        ])
        #expect(ended.out.contains("\n  rehearsed: a model of KMS takes CreateKey, EnableKeyRotation, CreateAlias\n"))
    }

    @Test func `without --rehearse the ledger's key is asked for`() throws {
        let ceremony = try Ceremony()
        let ended = try ceremony.run(["execute", "bundle.json", "--ledger", "ledger.sqlite"])
        #expect(ended.exit == 64)
        #expect(ended.err.hasPrefix("Error: Missing expected argument '--key <file>'"))
        let resume = try ceremony.run(["resume", "ledger.sqlite"])
        #expect(resume.exit == 64)
        #expect(resume.err.hasPrefix("Error: Missing expected argument '--key <file>'"))
    }
}
