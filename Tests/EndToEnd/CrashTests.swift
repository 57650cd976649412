// SPDX-License-Identifier: Apache-2.0
// Crash, full disk, cut network: write-ahead intents, sync, recovery by tag. Whatever happens, one key is made, ever.

import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct CrashTests {
    /// Goes on as a person would: resume what is open, or execute again where nothing was sent, until it is done.
    ///
    /// What was written down as sent, and never left, cannot be told from what was lost: CreateKey is not sent again, and a person ends it.
    private func finish(_ ceremony: Ceremony, _ name: String, _ ledger: String, _ alias: String) throws {
        let url = try TestServers.shared().url("kms")
        for _ in 0..<3 {
            let resumed = try ceremony.run(["resume", ledger, "--key", "ledger-key", "--profile", "executor", "--endpoint-url", url, "--wait", "2"])
            if resumed.exit == 0 { return }
            if try ceremony.story(ledger).last == "request-unknown" {
                #expect(resumed.exit == 75)
                #expect(try ceremony.key(alias)["aliases"] as? Int == 0)
                #expect(try ceremony.run(["resume", ledger, "--key", "ledger-key", "--abandon"]).exit == 1)
                return
            }
            // Nothing was begun, or what was authorized did not leave.
            let executed = try ceremony.run(ceremony.execution(of: name, ledger: ledger, more: ["--wait", "2"]))
            if executed.exit == 0 { return }
        }
        Issue.record("it never came to an end: \(try ceremony.story(ledger))")
    }

    private func isWhole(_ ceremony: Ceremony, _ ledger: String, _ alias: String) throws {
        #expect(try ceremony.findings(ledger).verdict == "verified")
        // One self-contained file is left.
        #expect(!FileManager.default.fileExists(atPath: ceremony.scratch.file(ledger + "-wal")))
        let story = try ceremony.story(ledger)
        #expect(story.filter { $0 == "request-intended create-key" }.count == 1)
        if story.last == "execution-abandoned abandoned" { return }
        let key = try ceremony.key(alias)
        #expect(key["aliases"] as? Int == 1)
        #expect(key["made"] as? Int == 1)
        #expect(key["rotation"] as? Bool == true)
        #expect(story.filter { $0 == "execution-completed" }.count == 1)
    }

    /// System calls at which the process is killed, before they are made: each sync of the ledger, each send, each first look for an answer.
    static let moments: [(call: String, times: [Int])] = [
        ("fdatasync", [2, 6, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24]), ("sendto", [1, 3, 8, 12, 16]), ("recvfrom", [2, 6, 10, 14]),
    ]

    static let kills: [Kill] = moments.flatMap { moment in moment.times.map { Kill(call: moment.call, time: $0) } }

    struct Kill: CustomTestStringConvertible {
        let call: String
        let time: Int
        var testDescription: String { "\(call) \(time)" }
    }

    @Test(arguments: kills) func `crash: the process is killed at any moment, and one key is made all the same`(_ kill: Kill) throws {
        let ceremony = try Ceremony()
        let alias = freshAlias("crash")
        try ceremony.approved("crash", alias: alias)
        let strace = ["strace", "-f", "-o", "/dev/null", "-e", "trace=\(kill.call)", "-e", "inject=\(kill.call):signal=SIGKILL:when=\(kill.time)"]
        // The shell says by its exit code that what it ran was killed.
        let ended = try ceremony.run(ceremony.execution(of: "crash"), under: ["sh", "-c", "\"$@\"; exit $?", "sh"] + strace)
        #expect([0, 137].contains(ended.exit), "\(ended.err)")
        // An auditor can read what a crash left, and nothing in it is wrong.
        #expect(try ceremony.findings().findings.filter { $0.hasPrefix("error") } == [])
        if ended.exit == 137 { try finish(ceremony, "crash", "ledger.sqlite", alias) }
        try isWhole(ceremony, "ledger.sqlite", alias)
    }

    @Test(arguments: [8, 24, 40, 56, 72, 88, 120]) func `full disk: it fills at any point, is told, and one key is made all the same`(
        _ kibibytes: Int
    ) throws {
        let ceremony = try Ceremony()
        let alias = freshAlias("full")
        try ceremony.approved("full", alias: alias)
        for folder in ["small", "after"] {
            try FileManager.default.createDirectory(atPath: ceremony.scratch.file(folder), withIntermediateDirectories: true)
        }
        let used = (try ceremony.bytes("ledger.sqlite").count + 4095) / 4096 * 4
        // A file system of its own, in a namespace of its own: it is gone with the process.
        let script = """
            mount -t tmpfs -o size=\(used + kibibytes)k tmpfs small || exit 99
            cp ledger.sqlite small/
            "$@"
            code=$?
            cp small/ledger.sqlite small/ledger.sqlite-wal after/ 2>/dev/null
            exit $code
            """
        let ended = try ceremony.run(
            ceremony.execution(of: "full", ledger: "small/ledger.sqlite"), under: ["unshare", "-rm", "sh", "-c", script, "sh"])
        try #require(ended.exit != 99, "this machine lets us mount nothing: \(ended.err)")
        #expect([0, 74].contains(ended.exit), "\(ended.err)")
        if ended.exit == 74 {
            #expect(ended.err.contains("small/ledger.sqlite"), "\(ended.err)")
            #expect(ended.err.contains("hint: "), "\(ended.err)")
        }
        #expect(try ceremony.findings("after/ledger.sqlite").findings.filter { $0.hasPrefix("error") } == [])
        try finish(ceremony, "full", "after/ledger.sqlite", alias)
        try isWhole(ceremony, "after/ledger.sqlite", alias)
    }

    @Test func `full disk under a new ledger, a new key and a new trust root: nothing half-made is left`() throws {
        let ceremony = try Ceremony()
        try FileManager.default.createDirectory(atPath: ceremony.scratch.file("small"), withIntermediateDirectories: true)
        let script =
            "mount -t tmpfs -o size=4k tmpfs small || exit 99; head -c 4096 /dev/zero > small/filler; \"$@\"; code=$?; ls -A small; exit $code"
        let commands = [
            ["ledger", "create", "small/new.sqlite", "--trust", "trust.json", "--key", "ledger-key"],
            ["key", "generate", "--out", "small/new", "--no-passphrase"], ["trust", "create", "trust.yaml", "--out", "small/new.json"],
            ["prepare", "bundle.yaml", "--trust", "trust.json", "--checkpoint", "checkpoint.note", "--key", "dana", "--out", "small/new.json"]
                + ["--policies", PackageFolder.path + "/policies"],
            [
                "approve", "bundle.json", "--trust", "trust.json", "--key", "bob", "--expect", ceremony.digest("bundle"), "--out", "small/new.json",
                "--format", "json",
            ],
        ]
        for command in commands {
            let ended = try ceremony.run(command, under: ["unshare", "-rm", "sh", "-c", script, "sh"])
            try #require(ended.exit != 99, "this machine lets us mount nothing: \(ended.err)")
            #expect(ended.exit == 74, "\(command.joined(separator: " ")): \(ended.err)")
            #expect(ended.out == "filler\n", "\(command.joined(separator: " ")) left: \(ended.out)")
            #expect(ended.err.contains("No space left on device") || ended.err.contains("SQLITE_FULL"), "\(ended.err)")
        }
    }
}
