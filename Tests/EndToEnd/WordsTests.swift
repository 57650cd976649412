// SPDX-License-Identifier: Apache-2.0
// What is said where somebody took a wrong turn: the thing that is wrong, and what to do.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct WordsTests {
    @Test(arguments: [
        (["ledger", "witness-request", "ledger.sqlite", "--old", "-1", "--out", "o"], "--old takes no negative number: -1"),
        (["audit", "prove", "ledger.sqlite", "--entry", "-1", "--out", "o"], "--entry takes no negative number: -1"),
        (["ledger", "checkpoint", "ledger.sqlite", "--size", "-20"], "--size takes no negative number: -20"),
    ])
    func `a negative number is named`(_ line: [String], _ said: String) throws {
        let ended = try Ceremony().run(line)
        #expect(ended.exit == 64)
        #expect(ended.err == "countersign: \(said)\n")
    }

    static let kinds = "a folder, https://HOST/PATH or s3://BUCKET/PREFIX"

    @Test(arguments: ["ftp://log.example.com/l", "HTTPS://log.example.com/l", "S3://bucket/l", "s3:/bucket/l"])
    func `an address of another kind is no folder`(_ place: String) throws {
        let ceremony = try Ceremony()
        let online = try ceremony.run(["audit", "verify", "--from", place])
        #expect(online.exit == 64)
        #expect(
            online.err
                == "countersign: \(place) is no place that is known here\n  hint: give \(Self.kinds), in small letters; a folder of that name: ./\(place)\n"
        )
        let offline = try ceremony.run(["audit", "rebuild", "--from", place, "--out", "o"], program: Built.airgap)
        #expect(offline.exit == 64)
        #expect(offline.err.contains("\(place) is no place that is known here\n  hint: give a folder, in small letters"))
        for to in [place, "https://log.example.com/l"] {
            let published = try ceremony.run(["ledger", "publish", "ledger.sqlite", "--to", to])
            #expect(published.exit == 64)
            #expect(
                published.err
                    == "countersign: \(to) is no place that is known here\n  hint: give a folder or s3://BUCKET/PREFIX, in small letters; a folder of that name: ./\(to)\n"
            )
        }
        #expect(try ceremony.files().keys.filter { $0.contains(":") } == [])
    }

    @Test(arguments: [
        (["audit", "verfy", "ledger.sqlite", "--genesis", "x"], "verfy\" in countersign audit", "did you mean: countersign audit verify?\n"),
        (["ledger", "publsh", "ledger.sqlite", "--to", "x"], "publsh\" in countersign ledger", "did you mean: countersign ledger publish?\n"),
        (["reviw", "bundle.json"], "reviw\" in countersign", "did you mean: countersign review?\n"),
        (["trust", "xyz"], "xyz\" in countersign trust", "there are: create, sign, verify, show, pin\n"),
        (["help", "nix"], "nix\" in countersign", "there are: key, trust, policy, prepare, "),
        (["publish"], "publish\" in countersign", "there are: key, trust, policy, prepare, "),
    ]) func `a word that is no command is named, with the command that is meant or those that there are`(
        _ words: [String], _ named: String, _ hint: String
    ) throws {
        let told = try Ceremony().run(words)
        #expect(told.exit == 64)
        #expect(told.err.hasPrefix("countersign: there is no command \"\(named)\n  hint: \(hint)"), "\(told.err)")
    }

    @Test func `a folder where a ledger belongs, and the other way about, is told`() throws {
        let ceremony = try Ceremony()
        try ceremony.must(["ledger", "publish", "ledger.sqlite", "--to", "published"])
        let folder = try ceremony.run(["audit", "verify", "published"])
        #expect(folder.exit == 66)
        #expect(
            folder.err
                == "countersign: published: this is a folder, and a ledger is one file\n  hint: a published log is audited by: audit verify --from FOLDER; audit rebuild makes a ledger of it\n"
        )
        let file = try ceremony.run(["audit", "verify", "--from", "ledger.sqlite"])
        #expect(file.exit == 66)
        #expect(
            file.err
                == "countersign: ledger.sqlite: this is a file, not a folder\n  hint: give the folder; a ledger's own file is given without --from\n")
        // A note that another program's mail or editor changed.
        try ceremony.write(
            "crlf.note", String(decoding: try ceremony.bytes("checkpoint.note"), as: UTF8.self).replacingOccurrences(of: "\n", with: "\r\n"))
        let note = try ceremony.run(["audit", "verify", "ledger.sqlite", "--since", "crlf.note"])
        #expect((note.out + note.err).contains("this note holds carriage returns"))
        // A file that is no position is not taken for one that others can reach, and is not written over.
        let position = try ceremony.run(["audit", "verify", "ledger.sqlite", "--position", "checkpoint.note"])
        #expect(position.exit == 65)
        #expect(position.err.hasPrefix("countersign: checkpoint.note:1:1: this is no position that an audit kept: "))
        #expect(position.err.hasSuffix("hint: give another name with --position; where this was one, take it away, and the audit begins anew\n"))
    }

    @Test func `an honest ledger whose witness is missing is not called a lie`() throws {
        let ceremony = try Ceremony()
        let audit = ["audit", "verify", "ledger.sqlite", "--genesis", ceremony.digest("genesis"), "--require-witness"]
        let ended = try ceremony.run(audit, program: Built.airgap)
        #expect(ended.exit == 1)
        #expect(
            ended.out.hasPrefix(
                "NOT WITNESSED: nothing in this ledger is wrong, but nobody outside of it vouches for all of it, which --require-witness demands.\n"))
        #expect(ended.out.contains("error: the file: nothing outside of this ledger vouches for entry 0: "), "\(ended.out)")
        // What is wrong besides is told first.
        let other = try ceremony.run(["audit", "verify", "ledger.sqlite", "--genesis", ceremony.digest("trust"), "--require-witness"])
        #expect(other.out.hasPrefix("FAILED: this ledger is not what it claims to be.\n"))
        // A checkpoint held elsewhere is enough.
        #expect(try ceremony.must(audit + ["--since", "checkpoint.note"]).out.contains("vouched for  entry 0\n"))
    }

    @Test func `what is found in a published log is no file's`() throws {
        let ceremony = try Ceremony()
        try ceremony.must(["ledger", "publish", "ledger.sqlite", "--to", "published"])
        let ended = try ceremony.must(["audit", "verify", "--from", "published", "--genesis", ceremony.digest("genesis")])
        #expect(ended.out.contains("warning: the published log: nothing outside of this ledger vouches for entry 0: "), "\(ended.out)")
    }

    @Test(arguments: ["w\u{9b}31m", "w\u{202e}1", "w\u{7f}", "w\u{200b}"])
    func `what a forged ledger holds in the place of a witness's name is not printed`(_ name: String) throws {
        let ceremony = try Ceremony()
        try ceremony.edit(
            "edited.sqlite", "INSERT INTO cosignatures(size, name, line) VALUES(1, 'w', CAST('\u{2014} \(name) AAAAAAAA' || char(10) AS BLOB))")
        let ended = try ceremony.run(["ledger", "checkpoint", "edited.sqlite"])
        #expect(ended.exit == 65)
        #expect(ended.out == "")
        #expect(ended.err.hasPrefix("countersign: edited.sqlite: this is no signature line of a note\n"), "\(ended.err)")
    }

    @Test func `each program says its own name in what it prints to be pasted`() throws {
        let ceremony = try Ceremony()
        for (program, name) in [(Built.countersign, "countersign"), (Built.airgap, "countersign-airgap")] {
            let ledger = try ceremony.run(["audit", "verify", "none.sqlite"], program: program)
            // An auditor is not told to make one.
            #expect(ledger.err.hasPrefix("countersign: none.sqlite: no ledger here: No such file or directory\n"), "\(ledger.err)")
            #expect(!ledger.err.contains("ledger create"), "\(ledger.err)")
            let entry = try ceremony.run(["audit", "prove", "ledger.sqlite", "--entry", "9", "--out", "o"], program: program)
            #expect(entry.err.contains("the ledger has entry 0\n  hint: \(name) audit show lists the entries\n"), "\(entry.err)")
            let json = try ceremony.run(["audit", "prove", "ledger.sqlite", "--entry", "9", "--out", "o", "--format", "json"], program: program)
            #expect(json.err.contains("\"hint\":\"\(name) audit show lists the entries\""), "\(json.err)")
            let unpinned = try ceremony.run(["review", "bundle.json", "--trust", "trust.json", "--pins", "none.json"], program: program)
            #expect(unpinned.exit == 66)
            try ceremony.write("pins.json", "{}")
            let warned = try ceremony.run(["review", "bundle.json", "--trust", "trust.json", "--pins", "pins.json"], program: program)
            #expect(warned.err.contains("then: \(name) trust pin trust.json --digest sha256:"), "\(warned.err)")
        }
    }
}
