// SPDX-License-Identifier: Apache-2.0
// What is asked at a terminal, and that nothing is asked where there is none. A pseudo-terminal of Python's stands in.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TerminalTests {
    /// Runs a command at a pseudo-terminal: waits for each question, then types the answer.
    private static let terminal = #"""
        import json, os, pty, select, sys, time
        dialogue, command = json.loads(sys.argv[1]), sys.argv[2:]
        pid, fd = pty.fork()
        if pid == 0:
            os.execvp(command[0], command)
        seen, deadline = b"", time.monotonic() + 30
        def read():
            global seen
            if not select.select([fd], [], [], max(0, deadline - time.monotonic()))[0]:
                os.kill(pid, 9)
                sys.exit("nothing more came: " + seen.decode())
            try:
                data = os.read(fd, 65536)
            except OSError:
                return False
            seen += data
            return bool(data)
        for question, answer in dialogue:
            start = len(seen)
            while question.encode() not in seen[start:]:
                if not read():
                    break
            os.write(fd, answer.encode() + b"\n")
        while read():
            pass
        sys.stdout.write(seen.decode())
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """#

    private func talk(_ ceremony: Ceremony, _ dialogue: [[String]], _ arguments: [String], program: String = Built.airgap) throws -> Ended {
        let json = String(decoding: try JSONEncoder().encode(dialogue), as: UTF8.self)
        return try ceremony.run(["-c", Self.terminal, json, program] + arguments, program: "python3")
    }

    private let question = "type the first two words of the fingerprint:"

    private func approve(_ key: String = "bob") -> [String] {
        ["approve", "bundle.json", "--trust", "trust.json", "--key", key, "--out", "out.json"]
    }

    /// The first two words as the review shows them.
    private func words(_ ceremony: Ceremony) throws -> [String] {
        let text = try ceremony.must(["review", "bundle.json", "--trust", "trust.json"], program: Built.airgap).out
        let lines = text.split(separator: "\n").map(String.init)
        let at = try #require(lines.firstIndex { $0.hasPrefix("FINGERPRINT") })
        return lines[at + 1].split(separator: " ").prefix(2).map(String.init)
    }

    @Test(arguments: [" ", "-"]) func `an approval is signed when the two words are typed`(_ between: String) throws {
        let ceremony = try Ceremony()
        let ended = try talk(ceremony, [[question, words(ceremony).joined(separator: between)]], approve())
        #expect(ended.exit == 0)
        #expect(ended.out.contains("COUNTERSIGN REVIEW, version 3"))
        #expect(ended.out.contains("APPROVED by bob"))
        // It is worth something: it counts.
        #expect(
            try ceremony.must(["ledger", "record", "ledger.sqlite", "bundle.json", "out.json", "--key", "ledger-key"]).out
                == "recorded: 2 new entries; the ledger has 3\n")
    }

    @Test(arguments: ["", "yes", "lusab babad", "y"]) func `nothing is signed when other words are typed`(_ typed: String) throws {
        let ceremony = try Ceremony()
        let ended = try talk(ceremony, [[question, typed]], approve())
        #expect(ended.exit == 1)
        #expect(ended.out.contains("countersign: these are not the first two words of the fingerprint; nothing was signed"))
        #expect(!FileManager.default.fileExists(atPath: ceremony.scratch.file("out.json")))
    }

    @Test func `the words of another bundle do not do`() throws {
        let ceremony = try Ceremony()
        let right = try words(ceremony)
        try ceremony.prepare("bundle", change: ceremony.createKey(alias: "another"), more: ["--force"])
        #expect(try words(ceremony) != right)
        #expect(try talk(ceremony, [[question, right.joined(separator: " ")]], approve()).exit == 1)
    }

    @Test func `a reject asks the same`() throws {
        let ceremony = try Ceremony()
        let arguments = ["reject"] + approve().dropFirst() + ["--reason", "wrong account"]
        #expect(try talk(ceremony, [[question, "no no"]], arguments).exit == 1)
        let ended = try talk(ceremony, [[question, words(ceremony).joined(separator: " ")]], arguments)
        #expect(ended.exit == 0)
        #expect(ended.out.contains("REJECTED by bob"))
    }

    @Test func `a passphrase is asked without being shown, twice for a new key`() throws {
        let ceremony = try Ceremony()
        let made = try talk(
            ceremony, [["New passphrase for new:", "correct horse"], ["The same again:", "correct horse"]], ["key", "generate", "--out", "new"])
        #expect(made.exit == 0)
        #expect(!made.out.contains("horse"))
        let other = try talk(
            ceremony, [["New passphrase for other:", "correct horse"], ["The same again:", "battery staple"]], ["key", "generate", "--out", "other"])
        #expect(other.exit == 64)
        #expect(other.out.contains("the two passphrases differ, or are empty; no key was made"))
        #expect(!FileManager.default.fileExists(atPath: ceremony.scratch.file("other")))
        let empty = try talk(ceremony, [["New passphrase for other:", ""], ["The same again:", ""]], ["key", "generate", "--out", "other"])
        #expect(empty.exit == 64)
        // The key opens with what was typed, and with nothing else.
        let signed = try talk(ceremony, [["Passphrase for new:", "correct horse"]], ["trust", "sign", "trust.json", "--key", "new"])
        #expect(signed.out.contains("stands in no role of this version"))
        #expect(signed.exit == 77)
        let wrong = try talk(ceremony, [["Passphrase for new:", "correct hose"]], ["trust", "sign", "trust.json", "--key", "new"])
        #expect(wrong.out.contains("the passphrase does not open this key"))
        #expect(wrong.exit == 77)
    }

    @Test(arguments: ["/dev/null", "/dev/zero", "closed"]) func `nothing is asked, and nothing waits, where there is no terminal`(_ input: String)
        throws
    {
        let ceremony = try Ceremony()
        try ceremony.write("secret", "correct horse\n")
        try ceremony.must(["key", "generate", "--out", "sealed", "--passphrase-file", "secret"])
        let commands: [([String], String)] = [
            (approve(), "\"To approve, type the first two words of the fingerprint:\""),
            (["key", "generate", "--out", "new"], "\"New passphrase for new:\""),
            (["trust", "sign", "trust.json", "--key", "sealed"], "\"Passphrase for sealed:\""),
            (["ledger", "record", "ledger.sqlite", "bundle.json", "--key", "sealed"], "\"Passphrase for sealed:\""),
        ]
        for (arguments, question) in commands {
            let ended = try ceremony.run(arguments, input: input)
            #expect(ended.exit == 64)
            #expect(ended.err.hasPrefix("countersign: \(question) cannot be asked: standard input is no terminal\n  hint: "), "\(ended.err)")
        }
    }

    /// The chain of trust is verified on another thread; taking OpenSSL down at the end would crash one of some hundred refusals.
    @Test func `a refusal while the chain is being verified is a refusal, each time`() throws {
        let ceremony = try Ceremony()
        let script = """
            for round in $(seq 80); do
                "$0" review missing.json --trust trust.json >/dev/null 2>&1 & one=$!
                "$0" review missing.json --trust trust.json >/dev/null 2>&1 & two=$!
                "$0" review missing.json --trust trust.json >/dev/null 2>&1 & three=$!
                for pid in $one $two $three; do wait $pid; echo $?; done
            done
            """
        let ended = try ceremony.run(["-c", script, Built.countersign], program: "sh", seconds: 300)
        #expect(ended.out.split(separator: "\n") == Array(repeating: "66", count: 240))
    }

    @Test func `errors for programs have one shape, on standard error`() throws {
        let ceremony = try Ceremony()
        try ceremony.write("change.yaml", ceremony.createKey(alias: "a").replacingOccurrences(of: "rotation: 365", with: "rotaton: 365"))
        let cases: [([String], Int32, String)] = [
            (
                ["review", "missing.json", "--trust", "trust.json"], 66,
                #"{"error":{"code":"file-missing","file":"missing.json","hint":"check the name; file names are relative to the current folder","message":"no such file"}}"#
            ),
            (
                ["prepare", "change.yaml", "--trust", "trust.json", "--checkpoint", "checkpoint.note", "--key", "dana", "--out", "out.json"], 65,
                #"{"error":{"code":"unknown-member","column":1,"file":"change.yaml","hint":"did you mean \"rotation\"?","line":8,"message":"unknown member \"rotaton\"","pointer":"/rotaton"}}"#
            ),
            (["review", "bundle.json"], 64, #"{"error":{"code":"trust-missing","hint":"--trust FILE","message":"no trust root was given"}}"#),
            (["review"], 64, #"{"error":{"code":"usage","message":"Missing expected argument '<bundle>'"}}"#),
            (
                ["key", "generate", "--out", "new", "--no-passphrase", "--passphrase-file", "f"], 64,
                #"{"error":{"code":"usage","message":"--no-passphrase and --passphrase-file exclude each other"}}"#
            ),
        ]
        for (arguments, exit, wanted) in cases {
            for format in [["--format", "json"], ["--format=json"]] {
                let ended = try ceremony.run(arguments + format)
                #expect(ended.exit == exit)
                #expect(ended.out == "")
                #expect(ended.err == wanted + "\n")
            }
        }
    }
}
