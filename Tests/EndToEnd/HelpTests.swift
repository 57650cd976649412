// SPDX-License-Identifier: Apache-2.0
// Every command explains itself, with an example that works when it is pasted into a shell.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct HelpTests {
    /// A command as the program itself describes it.
    struct Command: Decodable {
        let commandName: String
        let subcommands: [Command]?
    }

    /// Paths of every command below the root, from the program's own description.
    static func paths(of program: String) throws -> [[String]] {
        struct Dump: Decodable { let command: Command }
        let dump = try Program([program, "--experimental-dump-help"], in: "/tmp").run()
        func walk(_ command: Command, _ path: [String]) -> [[String]] {
            [path] + (command.subcommands ?? []).filter { $0.commandName != "help" }.flatMap { walk($0, path + [$0.commandName]) }
        }
        return walk(try JSONDecoder().decode(Dump.self, from: Data(dump.out.utf8)).command, [])
    }

    /// The example of a help text as one line of shell.
    static func example(_ help: String) -> String? {
        guard let range = help.range(of: "Example:\n") else { return nil }
        let lines = help[range.upperBound...].split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
        return lines.joined(separator: "\n")
    }

    @Test(arguments: [Built.countersign, Built.airgap]) func `every command has help that fits 80 columns, with an example`(_ program: String) throws
    {
        let paths = try Self.paths(of: program)
        #expect(paths.count >= 17)
        for path in paths {
            let ended = try Program([program] + path + ["--help"], in: "/tmp").run()
            #expect(ended.exit == 0)
            #expect(ended.err == "")
            let name = path.joined(separator: " ")
            #expect(ended.out.hasPrefix("OVERVIEW: "), "\(name)")
            #expect(
                ended.out.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("Usage") || !$0.contains("  countersign") }, "\(name)")
            let example = Self.example(ended.out)
            #expect(example != nil, "\(name) has no example")
            // Each line but the last goes on: a shell reads it as one command.
            for line in (example ?? "").split(separator: "\n").dropLast() { #expect(line.hasSuffix("\\"), "\(name): \(line)") }
            #expect(try Program([program, "help"] + path, in: "/tmp").run().out == ended.out)
        }
    }

    /// README.md names them: what they print is a file as it stands, or nothing.
    static let withoutFormat = ["policy render", "ledger checkpoint", "ledger vkey", "witness vkey", "witness serve"]

    @Test func `every command answers in JSON but for those that the README names`() throws {
        var found: [String] = []
        for path in try Self.paths(of: Built.countersign) {
            let help = try Program([Built.countersign] + path + ["--help"], in: "/tmp").run().out
            if !help.contains("SUBCOMMANDS:"), !help.contains("--format <format>") { found.append(path.joined(separator: " ")) }
        }
        #expect(found == Self.withoutFormat)
        let readme = try String(contentsOfFile: PackageFolder.path + "/README.md", encoding: .utf8)
        let named = Self.withoutFormat.dropLast().map { "`\($0)`" }.joined(separator: ", ")
        #expect(readme.contains("output is a file as it stands (\(named)) and for `witness serve`."))
    }

    /// What the pasted example ends with, where that is not success: nobody is at a terminal here.
    static let ends: [String: (exit: Int32, said: String)] = [
        "approve": (64, "cannot be asked: standard input is no terminal"), "reject": (64, "cannot be asked: standard input is no terminal"),
        "snapshot": (1, "there is no such key: arn:aws:kms:us-east-1:604183725190:key/"),
        // The ceremony's trust root lists no witness, and nobody of that name answers.
        "ledger cosign": (77, "is no witness of trust root version 1"), "ledger witness": (69, "does not answer"),
        "drift": (66, "no bundle of this ledger took effect on a key yet"),
    ]

    /// A trust root's configuration as JSON.
    static let people = """
        {"origin":"example.com/org-cloudtrail","expires":"2099-01-01T00:00:00Z",
         "keys":{"dana":{"owner":"dana","file":"dana.pub"},"alice":{"owner":"alice","file":"alice.pub"},"bob":{"owner":"bob","file":"bob.pub"},
                 "carol":{"owner":"carol","file":"carol.pub"},"exec":{"owner":"release-engineering","file":"ledger-key.pub"}},
         "roles":{"root":{"keys":["alice","bob","carol"],"threshold":2},"preparer":{"keys":["dana"]},
                  "approver":{"keys":["alice","bob","carol"],"threshold":2},"ledger":{"keys":["exec"]}},
         "limits":{"accounts":["123456789012"],"regions":["us-east-1"],"operations":["create-key","put-key-policy"],"validity":"7d"}}

        """

    /// A folder with everything that the examples name.
    static func folder() throws -> Ceremony {
        let ceremony = try Ceremony()
        let alias = freshAlias("help")
        try ceremony.write("change.yaml", ceremony.createKey(alias: alias))
        try ceremony.write("ledger.note", ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
        try ceremony.prepare("bundle", change: ceremony.createKey(alias: alias), more: ["--force"])
        try ceremony.approve("bundle", by: "alice", "bob", more: ["--force"])
        for (old, new) in [("bundle.alice.json", "alice.json"), ("bundle.bob.json", "bob.json")] {
            try FileManager.default.moveItem(atPath: ceremony.scratch.file(old), toPath: ceremony.scratch.file(new))
        }
        try ceremony.must([
            "reject", "bundle.json", "--trust", "trust.json", "--key", "carol", "--expect", ceremony.digest("bundle"), "--reason", "no", "--out",
            "reject.json",
        ])
        try ceremony.must(["ledger", "record", "ledger.sqlite", "bundle.json", "alice.json", "bob.json", "--key", "ledger-key"])
        for (file, digest) in [("genesis.txt", "genesis"), ("digest.txt", "trust")] { try ceremony.write(file, ceremony.digest(digest) + "\n") }
        try ceremony.must(["audit", "prove", "ledger.sqlite", "--entry", "1", "--out", "entry-1.tlog-proof"])
        try ceremony.must(["ledger", "publish", "ledger.sqlite", "--to", "published"])
        try ceremony.write("log.vkey", ceremony.must(["ledger", "vkey", "ledger.sqlite"]).out)
        for copy in ["old.note", "new.note"] { try ceremony.write(copy, ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out) }
        try ceremony.must(["key", "generate", "--out", "w1", "--no-passphrase"])
        try ceremony.must(["ledger", "witness-request", "ledger.sqlite", "--old", "0", "--out", "asked.txt"])
        let cosign = ["witness", "cosign", "asked.txt", "--key", "w1", "--name", "w1.example.com", "--state", "other", "--log-key", "log.vkey"]
        for copy in ["w1.txt", "w2.txt"] { try ceremony.write(copy, ceremony.must(cosign.map { $0 == "other" ? copy + "-state" : $0 }).out) }
        try ceremony.write("request.txt", ceremony.text("asked.txt"))
        let policy = try JSONSerialization.jsonObject(with: Data(ceremony.payload("bundle").utf8)) as? [String: Any]
        let document = (policy?["policy"] as? [String: Any])?["document"] as? String
        try ceremony.write("my-policy.json", (document ?? "").replacingOccurrences(of: Ceremony.account, with: "604183725190"))
        for copy in ["old.json", "new.json"] { try ceremony.write(copy, ceremony.text("my-policy.json")) }
        let assertion = "- { name: nobody deletes, expect: never, principals: [\"999999999999\"], actions: [\"kms:ScheduleKeyDeletion\"] }\n"
        try ceremony.write("assertions.yaml", assertion)
        // What the air-gapped program reads in their place.
        try ceremony.write(
            "assertions.json",
            #"[{"name":"nobody deletes","expect":"never","principals":["999999999999"],"actions":["kms:ScheduleKeyDeletion"]}]"#)
        try ceremony.write("people.json", Self.people)
        try ceremony.must(["export", "terraform", "bundle.json", "--trust", "trust.json", "--out", "key"])
        try SnapshotCheckTests.write("signed.json", signedBy: "dana", in: ceremony)
        try CheckPlanTests.Plan("as approved", 0, ("alias/cloudtrail-org-key", "alias/\(alias)")).write(ceremony)
        try FileManager.default.createSymbolicLink(atPath: ceremony.scratch.file("policies"), withDestinationPath: PackageFolder.path + "/policies")
        return ceremony
    }

    @Test(.enabled(if: TestServers.areInstalled), arguments: [Built.countersign, Built.airgap])
    func `every example works when it is pasted`(_ program: String) throws {
        let template = try Self.folder()
        let name = (program as NSString).lastPathComponent
        // A server runs until it is stopped: Tests/Interop/test_witness.py runs that one.
        for path in try Self.paths(of: program) where path != ["witness", "serve"] {
            let ceremony = try path == ["resume"] ? Self.folder() : Ceremony(copying: template)
            let help = try Program([program] + path + ["--help"], in: "/tmp").run().out
            let example = try #require(Self.example(help))
            // It is this program that runs.
            #expect(example.hasPrefix("  \(name) "), "\(example)")
            // What the example makes is not there yet; what it goes on from is.
            for made in [
                "out", "guardrails", "trust.json", "alice", "alice.pub", "ledger.sqlite", "bundle.json", "reject.json", "entry-1.tlog-proof",
                "entry-1.json", "request.txt",
            ] {
                if example.contains("--out \(made)") || example.contains("create \(made)") {
                    try? FileManager.default.removeItem(atPath: ceremony.scratch.file(made))
                    try? FileManager.default.removeItem(atPath: ceremony.scratch.file(made + ".pub"))
                    try? FileManager.default.removeItem(atPath: ceremony.scratch.file("entry-1.json"))
                }
            }
            let url = try TestServers.shared().url("kms")
            if path == ["resume"] {
                try ceremony.must(ceremony.execution(of: "bundle", approvals: []) + ["--approval", "alice.json", "--approval", "bob.json"])
            }
            let folder = (program as NSString).deletingLastPathComponent
            let ended = try ceremony.run(
                ["-c", "PATH=\(folder):$PATH\n" + example], program: "bash", environment: ["AWS_ENDPOINT_URL": url])
            let (exit, said) = Self.ends[path.joined(separator: " ")] ?? (0, "")
            #expect(ended.exit == exit, "\(example)\n\(ended.err)")
            #expect(said.isEmpty || ended.err.contains(said), "\(example)\n\(ended.err)")
        }
    }

    @Test func `the version is said by both programs`() throws {
        for program in [Built.countersign, Built.airgap] { #expect(try Program([program, "--version"], in: "/tmp").run().out == "0.1.0\n") }
    }
}
