// SPDX-License-Identifier: Apache-2.0
// A key is made by a bundle, changed behind the ledger's back, and held against the ledger.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct DriftTests {
    /// A ceremony whose key was made, and the key's id.
    private func executed() throws -> (ceremony: Ceremony, alias: String, key: String) {
        let ceremony = try Ceremony()
        let alias = freshAlias("drift")
        try ceremony.approved("own", alias: alias)
        let ended = try ceremony.run(try ceremony.execution(of: "own"))
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
        let key = try #require(try ceremony.key(alias)["arn"] as? String)
        return (ceremony, alias, key.split(separator: "/").last.map(String.init) ?? key)
    }

    private func script(_ ceremony: Ceremony, _ arguments: [String]) throws -> String {
        let servers = try TestServers.shared()
        let python = try #require(TestServers.python)
        let file = PackageFolder.path + "/Tests/Support/key_drift.py"
        let ended = try Program([python, file, servers.url("kms"), servers.credentials()] + arguments, in: ceremony.folder).run()
        guard ended.exit == 0 else { throw ProgramFailure(ended.err) }
        return ended.out
    }

    private func drift(_ ceremony: Ceremony, _ more: [String] = [], profile: String = "reader", environment: [String: String] = [:]) throws -> Ended {
        try ceremony.run(
            ["drift", "ledger.sqlite", "--profile", profile, "--endpoint-url", try TestServers.shared().url("kms")] + more, environment: environment)
    }

    /// The facets that differ.
    private func differing(_ out: String) throws -> [String] {
        let keys = try JSONDocument(Array(out.utf8), rules: .authored).root["keys"]?.arrayValue ?? []
        return keys.flatMap { $0["findings"]?.arrayValue ?? [] }.filter { $0["result"]?.stringValue == "differs" }
            .compactMap { $0["facet"]?.stringValue }
    }

    @Test func `a key that nobody touched is the same`() throws {
        let (ceremony, alias, key) = try executed()
        let ended = try drift(ceremony, ["--alias", alias])
        #expect(ended.exit == 0, Comment(rawValue: ended.err + ended.out))
        #expect(ended.out.hasPrefix("same: arn:aws:kms:us-east-1:123456789012:key/\(key)\n"))
        #expect(ended.out.split(separator: "\n").count == 9)
        #expect(try drift(ceremony, ["--key-id", "00000000-0000-0000-0000-000000000000"]).exit == 66)
    }

    @Test(arguments: [
        ("policy", "policy", "put-key-policy"), ("alias", "alias", "move-alias"), ("grant", "grants", "revoke-grant"),
        ("rotation", "rotation", "set-rotation"), ("tag", "tags", "set-tags"), ("description", "description", "set-description"),
        ("disable", "state", "enable-key"),
    ]) func `what was changed by hand is found, and prepare reads the change file that brings it back`(
        _ what: String, _ facet: String, _ kind: String
    )
        throws
    {
        let (ceremony, alias, key) = try executed()
        _ = try script(ceremony, ["change", key, what] + (what == "alias" ? ["alias/" + alias] : []))
        let ended = try drift(ceremony, ["--key-id", key, "--format", "json", "--write-change", "back.yaml"])
        #expect(ended.exit == 1, Comment(rawValue: ended.err + ended.out))
        #expect(try differing(ended.out) == [facet])
        let change = try JSONDocument(Array(ceremony.text("back.yaml").utf8), rules: .authored).root
        #expect(change["change"]?.stringValue == kind)
        if what == "policy" {
            let text = try drift(ceremony, ["--key-id", key]).out
            #expect(text.contains("NEW statement"))
            #expect(text.contains("AROAEXAMPLEEXAMPLE123 is the unique id of a role or user that was deleted"))
        }
        let checkpoint = try ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out
        try ceremony.write("now.note", checkpoint)
        let prepared = try ceremony.run(
            ["prepare", "back.yaml", "--trust", "trust.json", "--checkpoint", "now.note", "--key", "dana", "--out", "back.json"])
        // The file is read; the other kinds are outside the limits of this ceremony's trust root.
        if what == "policy" {
            #expect(prepared.exit == 0, Comment(rawValue: prepared.err))
        } else {
            #expect(prepared.err.contains("operation \(kind) is outside the limits of trust root"), Comment(rawValue: prepared.err))
        }
    }

    @Test func `a signed snapshot holds the key's state and who read it`() throws {
        let (ceremony, alias, key) = try executed()
        let arn = "arn:aws:kms:us-east-1:123456789012:key/\(key)"
        try ceremony.must(
            ["snapshot", arn, "--profile", "reader", "--endpoint-url", try TestServers.shared().url("kms"), "--key", "dana", "--out", "s.json"])
        let envelope = try JSONDocument(Array(ceremony.text("s.json").utf8), rules: .authored).root
        #expect(envelope["payloadType"]?.stringValue == "application/vnd.countersign.snapshot+json")
        let payload = try #require(Base64.decode(envelope["payload"]?.stringValue ?? "", urlSafe: false))
        let snapshot = try JSONDocument(payload, rules: .signed).root
        #expect(snapshot["key"]?.stringValue == arn)
        #expect(snapshot["details"]?["aliases"]?.arrayValue?.compactMap(\.stringValue) == ["alias/" + alias])
        #expect(snapshot["details"]?["readBy"]?.stringValue == "arn:aws:iam::123456789012:user/reader")
        #expect(snapshot["details"]?["rotates"]?.boolValue == true)
        #expect(snapshot["details"]?["grants"]?.arrayValue?.isEmpty == true)
    }

    @Test(arguments: [
        (
            "drift",
            [
                "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies", "kms:ListResourceTags",
                "kms:ListAliases",
            ]
        ), ("snapshot", ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListKeyPolicies"]),
    ]) func `the IAM policy in policies/iam suffices, and no action of it is one too many`(_ command: String, _ actions: [String]) throws {
        let (ceremony, _, key) = try executed()
        let file = PackageFolder.path + "/policies/iam/\(command).json"
        func run(without action: String?) throws -> Ended {
            let name = freshAlias("user")
            let section = try script(ceremony, ["user", name, file] + (action.map { [$0] } ?? []))
            try ceremony.write("only", section)
            let environment = ["AWS_SHARED_CREDENTIALS_FILE": ceremony.scratch.file("only")]
            if command == "drift" { return try drift(ceremony, ["--key-id", key], profile: name, environment: environment) }
            return try ceremony.run(
                [
                    "snapshot", "arn:aws:kms:us-east-1:123456789012:key/\(key)", "--profile", name, "--endpoint-url",
                    try TestServers.shared().url("kms"), "--out", "s.json", "--force",
                ], environment: environment)
        }
        let whole = try run(without: nil)
        #expect(whole.exit == 0, Comment(rawValue: whole.err))
        for action in actions { #expect(try run(without: action).exit == 77, "\(action)") }
    }
}
