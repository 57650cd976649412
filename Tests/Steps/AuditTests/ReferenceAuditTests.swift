// SPDX-License-Identifier: Apache-2.0
// What the README of the reference says that a correct verifier answers; and the stories that ledgers tell.
import Bundles
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing

@testable import Audit
@testable import Ledger

@Suite(.enabled(if: SharedVectors.areHere)) struct ReferenceAuditTests {
    static let genesis = Digest(text: "sha256:f0c83ad7a87c32ce28260087e1ce1176b129e1abae9c30c5a5fbe71d03781fc2")

    func audit(_ file: String = "ledger.sqlite", genesis: Digest? = genesis, since: [String] = [], requireWitness: Bool = false) throws
        -> AuditVerdict
    {
        let notes = try since.map { (bytes: try SharedVectors.bytes("reference/\($0)"), file: $0) }
        return try LedgerAudit(LedgerReader(SharedVectors.path("reference/\(file)"))).verify(
            AuditAnchors(genesis: genesis, since: notes, requireWitness: requireWitness))
    }

    static let unknown = ["review-version-unknown 2", "review-version-unknown 3", "review-version-unknown 23", "review-version-unknown 24"]

    @Test func `with its genesis and the last checkpoint it verifies, but for reviews of version 0`() throws {
        let verdict = try audit(since: ["checkpoint-last.txt"])
        #expect(verdict.answer == .verified)
        #expect(verdict.findings.map { "\($0.severity) \($0.code) \($0.entry ?? -1)" } == Self.unknown.map { "warning \($0)" })
        #expect(verdict.size == 26)
        #expect(verdict.root.text == "sha256:a037a9b9a1a7e9054435819c2fc46efc6736d78ff5fa0439853eadc167f3e10a")
        #expect(verdict.witnessed == 26)
        #expect(verdict.genesis == Self.genesis)
        #expect(verdict.origin == "example.com/org-cloudtrail/ledger")
    }

    @Test func `without a checkpoint its tail is unwitnessed, which is an error where a witness is required`() throws {
        let verdict = try audit()
        #expect(verdict.answer == .verified)
        #expect(verdict.found(.error) + verdict.found(.note) == [])
        #expect(verdict.found(.warning) == ["unwitnessed-tail -"] + Self.unknown)
        #expect(verdict.witnessed == 0)
        let strict = try audit(requireWitness: true)
        #expect(strict.answer == .failed)
        #expect(strict.found(.error) == ["unwitnessed-tail -"])
        let older = try audit(since: ["checkpoint-22.txt"])
        #expect(older.answer == .verified)
        #expect(older.witnessed == 22)
        #expect(older.found(.warning).contains("unwitnessed-tail -"))
    }

    @Test func `without any anchor it is consistent and not verified; with a checkpoint alone it is anchored`() throws {
        #expect(try audit(genesis: nil).answer == .unanchored)
        #expect(try audit(genesis: nil, since: ["checkpoint-last.txt"]).answer == .verified)
        #expect(try audit(genesis: nil, since: ["cosigned-checkpoint.txt"]).answer == .verified)
        let wrong = try audit(genesis: BundleFixture.ledgerRoot)
        #expect(wrong.answer == .failed)
        #expect(wrong.found(.error) == ["genesis-differs 0"])
        #expect(try audit(since: ["checkpoint-last.txt", "checkpoint-1.txt", "checkpoint-22.txt"]).witnessed == 26)
    }

    static let witnessedGenesis = Digest(text: "sha256:d8225fbd9171d68a6fa9852d52abb86f55df895a1cea1be2c089282373e8902e")

    @Test func `a ledger whose intents were cosigned is verified, and vouched for as a whole`() throws {
        let verdict = try audit("witnessed/ledger.sqlite", genesis: Self.witnessedGenesis, requireWitness: true)
        #expect(verdict.answer == .verified)
        #expect(verdict.witnessed == 21)
        #expect(verdict.found(.error) == [])
        #expect(Set(verdict.found(.warning).map { $0.split(separator: " ")[0] }) == ["review-version-unknown"])
    }

    static let spoiled: [(String, [String], Int)] = [
        ("DELETE FROM cosignatures WHERE size = 8 AND name LIKE '%w2'", ["sent-unwitnessed 8"], 21),
        ("DELETE FROM cosignatures WHERE size = 21 AND name LIKE '%w2'", [], 20),
        ("DELETE FROM cosignatures", ["sent-unwitnessed 8", "sent-unwitnessed 11", "sent-unwitnessed 14"], 0),
        ("UPDATE cosignatures SET name = 'witness.example.com/w3' WHERE size = 4 AND name LIKE '%w2'", ["cosigner-unknown -"], 21),
        ("UPDATE cosignatures SET size = 6 WHERE size = 5 AND name LIKE '%w2'", ["cosignature-size -"], 21),
        (
            "UPDATE cosignatures SET line = (SELECT line FROM cosignatures WHERE size = 4 AND name LIKE '%w2') WHERE size = 21 AND name LIKE '%w2'",
            ["cosignature-invalid -"], 20
        ),
        (
            "UPDATE cosignatures SET line = (SELECT line FROM cosignatures WHERE size = 21 AND name LIKE '%w1') WHERE size = 21 AND name LIKE '%w2'",
            ["cosignature-invalid -"], 20
        ),
        (
            "UPDATE cosignatures SET line = CAST(substr(line, 1, length(line) - 1) AS BLOB) WHERE size = 21",
            ["cosignature-invalid -", "cosignature-invalid -"], 20
        ),
    ]

    @Test(arguments: spoiled) func `what is wrong with cosignatures is found`(statement: String, errors: [String], witnessed: Int) throws {
        let folder = try TemporaryFolder()
        try folder.write("l.sqlite", SharedVectors.bytes("reference/witnessed/ledger.sqlite"))
        let door = try Program(
            ["sqlite3", "l.sqlite", "DROP TRIGGER IF EXISTS cosignatures_no_update; DROP TRIGGER IF EXISTS cosignatures_no_delete; \(statement)"],
            in: folder.path
        ).run()
        #expect(door.exit == 0, "\(door.err)")
        let verdict = try LedgerAudit(LedgerReader(folder.file("l.sqlite"))).verify(AuditAnchors(genesis: Self.witnessedGenesis))
        #expect(verdict.found(.error) == errors)
        #expect(verdict.witnessed == witnessed)
        #expect(verdict.answer == (errors.isEmpty ? .verified : .failed))
    }

    @Test func `its story is told`() throws {
        let story = try Story(LedgerReader(SharedVectors.path("reference/ledger.sqlite")), only: nil)
        for words in [
            "received; prepared by dana", "alice APPROVES it", "carol REJECTS it", "COMPLETED: create-key, enable-key-rotation, create-alias",
            "REFUSED: carol rejected this bundle [vetoed]", "trust root version 2 comes into force",
        ] {
            #expect(story.text.contains(words), "\(words)")
        }
        let one = try Story(LedgerReader(SharedVectors.path("reference/ledger.sqlite")), only: "9f387dd5-63ea-495d-8350-1a7c11deb3db")
        #expect(!one.text.contains("COMPLETED"))
        #expect(one.json["entries"]?.arrayValue?.count == 4)
        let refusal = try #require(throws: Refusal.self) { try Story(LedgerReader(SharedVectors.path("reference/ledger.sqlite")), only: "none") }
        #expect(refusal.code == "bundle-unknown")
    }
}

@Suite struct StoryTests {
    func story(_ script: Script) throws -> Story {
        let folder = try TemporaryFolder()
        try script.write(to: folder.file("l.sqlite"))
        return try Story(LedgerReader(folder.file("l.sqlite")), only: nil)
    }

    @Test func `nothing that an entry says can act on the reader's screen`() throws {
        let evil = "\u{1B}[2J\u{202E}x"
        var script = Good.script(upTo: "intended create-key")
        script.data("intended create-key") { data in
            guard case .requestIntended(let old) = data else { return data }
            return .requestIntended(
                EntryData.Intent(name: evil, attempt: 1, service: evil, target: evil, pin: old.pin, sent: old.sent, body: old.body, endpoint: evil))
        }
        script.data("alias-free") { _ in
            .preconditionChecked(EntryData.Check(name: evil, result: .differs, grade: evil, observed: .object([("a", .string(evil))])))
        }
        script.steps += [
            Step("r", nil, "12:10:00") { _ in .executionRefused(code: evil, message: evil) },
            Good.end(.executionFailed(EntryData.End(done: [evil], key: EntryData.Key(id: evil, arn: evil), code: evil, message: evil))),
        ]
        for end in [
            EntryData.executionCompleted(EntryData.End(done: [evil], key: EntryData.Key(id: evil, arn: evil))),
            .executionAbandoned(EntryData.End(done: [evil], key: nil, code: evil)),
        ] {
            script.steps.append(Good.end(end, label: "\(script.steps.count)"))
        }
        let text = try story(script).text
        #expect(SafeText.isClean(text.replacing("\n", with: "")))
        #expect(text.contains("\\u{1b}[2J\\u{202e}x"))
        for finding in try script.audited().findings { #expect(SafeText.isClean(finding.message), "\(finding.code)") }
    }

    @Test(arguments: [
        ("arn:aws:iam::604183725190:user/deployer", true), ("arn:aws:iam::604183725190:user/division/deployer", true),
        ("arn:aws-us-gov:iam::604183725190:user/deployer", true), ("arn:aws:sts::604183725190:assumed-role/executor/user/x", false),
        ("arn:aws:sts::604183725190:federated-user/deployer", false), ("arn:aws:iam::604183725190:root", false), ("user/", false),
    ]) func `an execution with a user's long-lived access key is called one`(_ arn: String, _ isUser: Bool) throws {
        var script = Good.script(upTo: "authorized")
        script.data("authorized") { _ in Good.authorization(arn: arn) }
        let told = try story(script)
        let warning = "WARNING: made with an IAM user's long-lived access key, not with a role's session"
        let words = told.json["entries"]?.arrayValue?.first { $0["type"]?.stringValue == "execution-authorized" }?["words"]?.arrayValue
        #expect(words?.compactMap(\.stringValue).last == (isUser ? warning : "run as \(arn); AWS's clock 2026-11-24T12:00:00Z"))
        #expect(told.text.contains("WARNING") == isUser)
    }

    @Test func `a bundle that cannot be read does not end the story`() throws {
        var script = Good.script(upTo: "received")
        script.data("received", artifacts: [[0x7B]]) { _ in .bundleReceived(id: BundleFixture.id, envelope: Digest(ofText: "{")) }
        #expect(try story(script).text.contains("that cannot be read"))
    }
}
