// SPDX-License-Identifier: Apache-2.0
// What --force may not take away: inputs, keys, ledgers, and what is no file.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct OutputTests {
    /// A command line, and what it is told.
    struct Case: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let said: String
        var testDescription: String { arguments.joined(separator: " ") }

        init(_ line: String, _ said: String) {
            arguments = line.split(separator: " ").map(String.init) + ["--force"]
            self.said = said
        }
    }

    static let database = "this file is a database, a ledger perhaps, and is not replaced"
    static let key = "this file holds a private key, which is never replaced"
    static let input = "this command reads this file, and does not write over it"
    static let link = "this is a symbolic link, which is neither followed nor replaced"
    static let noLedger = "this file is no ledger, and a ledger does not take its place"
    static let cases = [
        Case("ledger export ledger.sqlite --out ledger.sqlite", database), Case("ledger export ledger.sqlite --out alice", key),
        Case("ledger export ledger.sqlite --out link", link),
        Case("ledger export ledger.sqlite --out ledger.sqlite-wal", "this name belongs to the ledger beside it"),
        Case("ledger export ledger.sqlite --out ledger.sqlite.lock", "this name belongs to the ledger beside it"),
        Case("ledger witness-request ledger.sqlite --old 0 --out ledger.sqlite", database),
        Case("audit prove ledger.sqlite --entry 0 --out ledger.sqlite", database),
        Case("audit prove ledger.sqlite --entry 0 --out alice", key),
        Case("ledger backup ledger.sqlite --to pipe", "this is no file, and a ledger is one"),
        Case("ledger backup ledger.sqlite --to link", link), Case("ledger backup ledger.sqlite --to alice", key),
        Case("ledger backup ledger.sqlite --to ledger.sqlite", "this is the ledger itself"),
        Case("ledger backup ledger.sqlite --to bundle.json", noLedger),
        Case("ledger compact ledger.sqlite --to alice", key), Case("ledger compact ledger.sqlite --to pipe", "this is no file, and a ledger is one"),
        Case("ledger migrate ledger.sqlite --to link", link),
        Case("audit rebuild --from published --out published/checkpoint", noLedger),
        Case("trust create trust.yaml --out trust.yaml", input), Case("trust create trust.yaml --out alice.pub", input),
        Case("trust create trust.yaml --out ledger.sqlite", database),
        Case("prepare bundle.yaml --trust trust.json --checkpoint checkpoint.note --key dana --out checkpoint.note", input),
        Case("prepare bundle.yaml --trust trust.json --checkpoint checkpoint.note --key dana --out other-name-of-trust", input),
        Case("export terraform bundle.json --trust trust.json --out full", key),
    ]

    @Test(arguments: cases) func `what is there stays as it is`(_ line: Case) throws {
        let ceremony = try Ceremony()
        try ceremony.must(["ledger", "publish", "ledger.sqlite", "--to", "published"])
        let files = FileManager.default
        try files.createSymbolicLink(atPath: ceremony.scratch.file("link"), withDestinationPath: "ledger.sqlite")
        try files.linkItem(atPath: ceremony.scratch.file("trust.json"), toPath: ceremony.scratch.file("other-name-of-trust"))
        try #require(mkfifo(ceremony.scratch.file("pipe"), 0o600) == 0)
        try files.createDirectory(atPath: ceremony.scratch.file("full"), withIntermediateDirectories: false)
        try files.copyItem(atPath: ceremony.scratch.file("alice"), toPath: ceremony.scratch.file("full/main.tf"))
        let before = try Self.contents(ceremony.folder)
        let ended = try ceremony.run(line.arguments)
        #expect(ended.exit == 73, "\(ended.out)\(ended.err)")
        #expect(ended.err.contains(": \(line.said)\n"), "\(ended.err)")
        #expect(try Self.contents(ceremony.folder) == before)
    }

    @Test func `--force replaces a ledger by a ledger, and a file by a file`() throws {
        let ceremony = try Ceremony()
        for _ in 0..<2 { try ceremony.must(["ledger", "backup", "ledger.sqlite", "--to", "copy.sqlite", "--force"]) }
        for _ in 0..<2 { try ceremony.must(["ledger", "compact", "copy.sqlite", "--to", "compact.sqlite", "--force"]) }
        for _ in 0..<2 { try ceremony.must(["ledger", "export", "ledger.sqlite", "--out", "entries.jsonl", "--force"]) }
        try ceremony.write("empty", "")
        try ceremony.must(["ledger", "backup", "ledger.sqlite", "--to", "empty", "--force"])
        for copy in ["copy.sqlite", "compact.sqlite", "empty"] {
            try ceremony.must(["audit", "verify", copy, "--genesis", ceremony.digest("genesis")])
        }
    }

    @Test(arguments: [
        ["ledger", "backup", "ledger.sqlite", "--to", "none/copy"], ["ledger", "compact", "ledger.sqlite", "--to", "none/copy"],
        ["ledger", "create", "none/new", "--trust", "trust.json", "--key", "ledger-key"],
        ["ledger", "export", "ledger.sqlite", "--out", "none/lines"], ["audit", "rebuild", "--from", "published", "--out", "none/copy"],
    ])
    func `a folder that is not there is named`(_ line: [String]) throws {
        let ceremony = try Ceremony()
        try ceremony.must(["ledger", "publish", "ledger.sqlite", "--to", "published"])
        let ended = try ceremony.run(line)
        #expect(ended.exit == 73)
        #expect(ended.err.contains(": the folder none is not there\n  hint: make it, or check the name\n"), "\(ended.err)")
    }

    @Test(arguments: [
        ["ledger", "create", "ledger.sqlite", "--trust", "trust.json", "--key", "ledger-key"],
        ["audit", "verify", "ledger.sqlite", "--evidence", "bundle.json"], ["key", "generate", "--out", "alice", "--no-passphrase"],
    ])
    func `nobody is told of a --force that is not there`(_ line: [String]) throws {
        let ended = try Ceremony().run(line)
        #expect(ended.exit == 73)
        #expect(ended.err.hasSuffix(": this file exists and is not overwritten\n  hint: choose another name\n"), "\(ended.err)")
    }

    /// Every name below a folder and what stands there.
    private static func contents(_ folder: String) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            let path = "\(folder)/\(name)"
            let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            contents["\(name) \(type?.rawValue ?? "")"] = type == .typeRegular ? try Data(contentsOf: URL(fileURLWithPath: path)) : Data()
        }
        return contents
    }
}
