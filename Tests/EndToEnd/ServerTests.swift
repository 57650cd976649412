// SPDX-License-Identifier: Apache-2.0
// Executions against servers: who we are to them, what they hold already, and what they answer, or do not.

import Foundation
import StrictFormats
import TestSupport
import Testing

/// Tests share one server: each has an alias of its own.
func freshAlias(_ name: String) -> String { "\(name)-\(String(UInt32.random(in: 0x1000_0000...UInt32.max), radix: 16))" }

extension Ceremony {
    /// A create-key bundle of an alias of its own, approved by two.
    func approved(_ name: String = "own", alias: String? = nil, account: String = Ceremony.account) throws {
        try prepare(name, change: createKey(alias: alias ?? freshAlias(name), account: account))
        try approve(name, by: "alice", "carol")
    }

    /// The key behind an alias, read by boto3 from the server.
    func key(_ alias: String) throws -> [String: Any] {
        let servers = try TestServers.shared()
        let python = try #require(TestServers.python)
        let script = PackageFolder.path + "/Tests/Support/read_key.py"
        let ended = try Program([python, script, servers.url("kms"), servers.credentials(), "alias/" + alias], in: folder).run()
        guard ended.exit == 0 else { throw ProgramFailure(ended.err) }
        return try JSONSerialization.jsonObject(with: Data(ended.out.utf8)) as? [String: Any] ?? [:]
    }

    /// Types of the entries, the code of what was refused or failed beside.
    func story(_ ledger: String = "ledger.sqlite") throws -> [String] {
        try entries(ledger).map { entry in entry.type + ((entry.data.code ?? entry.data.name ?? entry.data.outcome).map { " " + $0 } ?? "") }
    }

    /// What the auditor says of a ledger: the findings' codes, by severity.
    func findings(_ ledger: String = "ledger.sqlite") throws -> (verdict: String, findings: [String]) {
        let ended = try run(["audit", "verify", ledger, "--genesis", digest("genesis"), "--format", "json"], program: Built.airgap)
        let answer = try JSONDocument(Array(ended.out.utf8), rules: .authored).root
        let findings = answer["findings"]?.arrayValue ?? []
        return (answer["verdict"]?.stringValue ?? "", findings.map { "\($0["severity"]?.stringValue ?? "") \($0["code"]?.stringValue ?? "")" })
    }
}

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct ServerTests {
    static let golden = Golden("servers")

    static let identities: [BadInput] = [
        BadInput("another role of the account", 77) { try $0.execution(profile: "wrong-role") },
        BadInput("a user who may only read", 77) { try $0.execution(profile: "reader") },
        BadInput("a wrong secret", 77) { try $0.execution(profile: "stranger") },
        BadInput("credentials of another account", 77) {
            try $0.approved("elsewhere", account: "604183725190")
            return try $0.execution(of: "elsewhere")
        },
        BadInput("no server", 69) { try $0.execution(server: "dead") },
        BadInput("a server that answers with a page of HTML", 69) { try $0.execution(server: "garbage") },
        BadInput("a server that answers with noise", 69) { try $0.execution(server: "noise") },
        BadInput("snapshot: no server", 69) { _ in
            ["snapshot", Self.someKey, "--profile", "reader", "--endpoint-url", try TestServers.shared().url("dead"), "--out", "out.json"]
        },
        BadInput("snapshot: a server that answers with a page of HTML", 69) { _ in
            ["snapshot", Self.someKey, "--profile", "reader", "--endpoint-url", try TestServers.shared().url("garbage"), "--out", "out.json"]
        },
        BadInput("snapshot: a key that is not there", 1) { _ in
            ["snapshot", Self.someKey, "--profile", "reader", "--endpoint-url", try TestServers.shared().url("kms"), "--out", "out.json"]
        },
        BadInput("snapshot: what is no key", 64) { _ in
            [
                "snapshot", "alias/cloudtrail-org-key", "--profile", "reader", "--endpoint-url", try TestServers.shared().url("kms"), "--out",
                "out.json",
            ]
        },
        BadInput("snapshot: the output is there already", 73) {
            try $0.write("out.json", "mine")
            return ["snapshot", Self.someKey, "--profile", "reader", "--endpoint-url", try TestServers.shared().url("kms"), "--out", "out.json"]
        },
    ]

    static let someKey = "arn:aws:kms:us-east-1:\(Ceremony.account):key/0b7d3a32-6e3f-4c0f-9c5f-2b1de6f3a111"

    @Test(arguments: identities) func `nothing is sent as somebody else, or to a server that does not answer`(_ input: BadInput) throws {
        try input.check(against: Self.golden)
    }

    @Test func `an alias that is taken stops the execution before anything is sent`() throws {
        let ceremony = try Ceremony()
        let alias = freshAlias("taken")
        try ceremony.approved("first", alias: alias)
        try ceremony.must(ceremony.execution(of: "first"))
        try ceremony.approved("second", alias: alias)
        let ended = try ceremony.run(ceremony.execution(of: "second"))
        #expect(ended.exit == 1)
        try Self.golden.compare("an alias that is taken", ceremony.plain(ended.err).replacingOccurrences(of: alias, with: "{alias}"))
        let bundle = ceremony.digest("second")
        let story = try ceremony.entries().filter { $0.bundle == bundle }.map(\.type)
        #expect(
            story == [
                "bundle-received", "approval-received", "approval-received", "execution-authorized", "precondition-checked", "precondition-checked",
                "execution-refused",
            ])
        #expect(try ceremony.findings().verdict == "verified")
    }

    @Test func `a live policy that is not the base stops the execution before anything is sent`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved()
        let made = try ceremony.must(ceremony.execution(of: "own", more: ["--format", "json"]))
        let key = try #require(try JSONDocument(Array(made.out.utf8), rules: .authored).root["key"]?.stringValue)
        let account = "arn:aws:iam::\(Ceremony.account):root"
        try ceremony.write(
            "base.json",
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"\(account)\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"
        )
        try ceremony.prepare("change", change: ceremony.addReader(to: key, base: "base: { document: base.json }"))
        try ceremony.approve("change", by: "alice", "carol")
        let ended = try ceremony.run(ceremony.execution(of: "change"))
        #expect(ended.exit == 1)
        try Self.golden.compare("a live policy that is not the base", ceremony.plain(ended.err))
        #expect(
            Array(try ceremony.story().suffix(3)) == [
                "execution-authorized", "precondition-checked policy-is-base", "execution-refused precondition-differs",
            ])
        #expect(try ceremony.findings().verdict == "verified")
    }

    @Test func `a bundle is executed once, and a second time is refused, on record`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved()
        try ceremony.must(ceremony.execution(of: "own"))
        let before = try ceremony.entries().count
        let ended = try ceremony.run(ceremony.execution(of: "own"))
        #expect(ended.exit == 77)
        try Self.golden.compare(
            "a bundle that is executed already", ceremony.plain(ended.err).replacingOccurrences(of: "entry \(before - 1)", with: "entry {last}"))
        #expect(try ceremony.story().dropFirst(before) == ["execution-refused bundle-already-executed"])
        #expect(try ceremony.must(["resume", "ledger.sqlite", "--key", "ledger-key"]).exit == 0)
        #expect(try ceremony.entries().count == before + 1)
    }

    @Test func `no server uses nothing up: the same bundle is executed when there is one`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved()
        #expect(try ceremony.run(ceremony.execution(of: "own", server: "dead")).exit == 69)
        #expect(try ceremony.story() == ["genesis", "bundle-received", "approval-received", "approval-received"])
        try ceremony.must(ceremony.execution(of: "own"))
        #expect(try ceremony.findings().verdict == "verified")
    }

    @Test func `an answer that is lost leaves the outcome unknown, and resume finds the one key by its tag`() throws {
        let ceremony = try Ceremony()
        let alias = freshAlias("lost")
        try ceremony.approved("lost", alias: alias)
        let ended = try ceremony.run(ceremony.execution(of: "lost", server: "lost-answer"))
        #expect(ended.exit == 75)
        try Self.golden.compare("an answer that is lost", ceremony.plain(ended.err))
        #expect(try ceremony.story().last == "request-unknown")
        #expect(try ceremony.key(alias)["aliases"] as? Int == 0)
        // A second execute sends nothing while the first is open.
        let again = try ceremony.run(ceremony.execution(of: "lost"))
        #expect(again.exit == 75)
        try Self.golden.compare("execute where only resume goes on", ceremony.plain(again.err))
        try ceremony.must([
            "resume", "ledger.sqlite", "--key", "ledger-key", "--profile", "executor", "--endpoint-url", TestServers.shared().url("kms"),
        ])
        #expect(
            try ceremony.story().filter { $0.hasPrefix("request-") || $0.hasPrefix("execution-completed") } == [
                "request-intended create-key", "request-sent", "request-unknown", "request-resolved applied", "request-intended enable-key-rotation",
                "request-sent", "request-completed", "request-intended create-alias", "request-sent", "request-completed", "execution-completed",
            ])
        let key = try ceremony.key(alias)
        #expect(key["rotation"] as? Bool == true)
        #expect(try ceremony.findings().verdict == "verified")
    }

    @Test func `an answer of no sense leaves the outcome unknown: CreateKey is never sent again, and a person ends it`() throws {
        let ceremony = try Ceremony()
        try ceremony.approved("broken")
        let ended = try ceremony.run(ceremony.execution(of: "broken", server: "broken-answer"))
        #expect(ended.exit == 75)
        try Self.golden.compare("an answer of no sense", ceremony.plain(ended.err))
        let resume = [
            "resume", "ledger.sqlite", "--key", "ledger-key", "--profile", "executor", "--endpoint-url", try TestServers.shared().url("kms"),
            "--wait", "1",
        ]
        let resumed = try ceremony.run(resume)
        #expect(resumed.exit == 75)
        try Self.golden.compare(
            "resume where nothing shows",
            ceremony.plain(resumed.err).replacingOccurrences(of: "[0-9]+ keys", with: "{n} keys", options: .regularExpression))
        let abandoned = try ceremony.run(["resume", "ledger.sqlite", "--key", "ledger-key", "--abandon", "--reason", "a new bundle follows"])
        #expect(abandoned.exit == 1)
        #expect(
            ceremony.plain(abandoned.out)
                == "abandoned: nothing is known to have taken effect\n  a new bundle follows\n  bundle {broken}\n  the ledger has 11 entries")
        #expect(try ceremony.story().filter { $0.hasPrefix("request-intended") } == ["request-intended create-key"])
        #expect(try ceremony.findings().verdict == "verified")
        #expect(try ceremony.run(ceremony.execution(of: "broken")).exit == 77)
    }
}
