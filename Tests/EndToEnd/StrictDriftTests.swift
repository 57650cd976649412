// SPDX-License-Identifier: Apache-2.0
// A key and a trail, held against the ledger over real HTTP; each way back is prepared by the real program.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct StrictDriftTests {
    private struct World {
        let server: StrictServer
        let desk: StrictDesk
        let key: String
        let trail: String

        init() throws {
            server = try StrictServer()
            desk = try StrictDesk(url: server.url, credentials: server.credentials)
            key = try desk.makeKey("drift")
            trail = try server.byHand("trail", "org-trail")
            try desk.attach(trail, to: key)
        }

        func drift(_ more: [String] = []) throws -> Ended { try desk.read(["drift", "ledger.sqlite"] + more) }
    }

    @Test func `nothing has changed: every line says so`() throws {
        let world = try World()
        let ended = try world.drift()
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
        #expect(
            ended.out == """
                same: \(world.key)
                  same      policy       semantically-equal
                  same      ram-policy   no policy beside the default one
                  same      grants       no grants
                  same      alias        alias/drift
                  same      rotation     every 365 days
                  same      tags         as approved
                  same      state        Enabled
                  same      description  as approved
                  same      trail        \(world.trail)

                """)
    }

    struct Change: CustomTestStringConvertible, Sendable {
        /// As key_drift.py takes it; KEY and TRAIL stand for those of the world.
        let testDescription: String
        let arguments: [String]
        /// The lines that differ; ID stands for any id.
        let lines: [String]
        /// The kind of change that is offered; nil where none is.
        let offered: String?

        init(_ arguments: String..., lines: [String], offered: String?) {
            testDescription = arguments.joined(separator: " ")
            self.arguments = arguments
            self.lines = lines
            self.offered = offered
        }
    }

    static let trailARN = "arn:aws:cloudtrail:us-east-1:123456789012:trail/org-trail"

    static let changes: [Change] = [
        Change("statement", lines: ["policy       NEW statement"], offered: "put-key-policy"),
        Change("alias", "alias/drift", lines: ["alias        alias/drift leads to the key ID"], offered: "move-alias"),
        Change("alias-gone", "alias/drift", lines: ["alias        alias/drift is gone"], offered: "add-alias"),
        Change("alias-more", "alias/more", lines: ["alias        alias/more leads here, and no bundle put it there"], offered: nil),
        Change(
            "grant", lines: ["grants       grant ID, which no bundle made: arn:aws:iam::123456789012:role/somebody may Decrypt"],
            offered: "revoke-grant"),
        Change("rotation", lines: ["rotation     off, instead of every 365 days"], offered: "set-rotation"),
        Change("period", lines: ["rotation     every 90 days, instead of every 365"], offered: "set-rotation"),
        Change("tag", lines: ["tags         by-hand is there, and no bundle put it there"], offered: "set-tags"),
        Change(
            "description", lines: ["description  \"by hand\", instead of \"Encrypts the organization's CloudTrail logs\""],
            offered: "set-description"),
        Change("disable", lines: ["state        Disabled, instead of Enabled"], offered: "enable-key"),
        Change("delete", lines: ["state        PendingDeletion, instead of Enabled"], offered: "cancel-deletion"),
        Change(
            "trail", "org-trail", lines: ["trail        \(trailARN) names the key arn:aws:kms:us-east-1:123456789012:key/ID"],
            offered: "attach-trail"),
        Change("trail-none", "org-trail", lines: ["trail        \(trailARN) names no key"], offered: "attach-trail"),
        Change("trail-gone", "org-trail", lines: ["trail        \(trailARN) is gone"], offered: nil),
    ]

    @Test(arguments: changes) func `what was changed by hand is found, prepared back, executed, and gone`(_ change: Change) throws {
        let world = try World()
        try world.server.byHand(arguments: ["change", world.key] + change.arguments)
        let ended = try world.drift(["--write-change", "back.yaml"])
        #expect(ended.exit == 1, Comment(rawValue: ended.err))
        let found = ended.out.split(separator: "\n").filter { $0.hasPrefix("  DIFFERS") }.map { line in
            String(line.dropFirst(12)).replacingOccurrences(
                of: "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}", with: "ID", options: .regularExpression)
        }
        #expect(found == change.lines)
        let file = world.desk.ceremony.scratch.file("back.yaml")
        guard let offered = change.offered else {
            #expect(!FileManager.default.fileExists(atPath: file))
            return
        }
        let text = try world.desk.ceremony.text("back.yaml")
        #expect(try JSONDocument(Array(text.utf8), rules: .authored).root["change"]?.stringValue == offered)
        try world.desk.approve("back", text)
        let executed = try world.desk.execute("back")
        if offered == "revoke-grant" {
            // The template gives the executor no kms:RevokeGrant: the administrators' role runs such a bundle.
            #expect(executed.exit == 1)
            #expect(executed.err.contains("is not authorized to perform: kms:RevokeGrant"))
            return
        }
        #expect(executed.exit == 0, Comment(rawValue: executed.err))
        let again = try world.drift()
        #expect(again.exit == 0, Comment(rawValue: again.out))
        #expect(try world.desk.ceremony.findings().verdict == "verified")
    }

    @Test func `a policy of AWS RAM is found, and a full snapshot holds it`() throws {
        let world = try World()
        let id = world.key.split(separator: "/").last.map(String.init) ?? ""
        let shared =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:root"},"Action":"kms:Decrypt","Resource":"*"}]}"#
        let text = JSONWriter.canonicalText(.object([("shared", .object([(id, .string(shared))]))]))
        try world.server.control(text)
        let ended = try world.drift(["--write-change", "back.yaml"])
        #expect(ended.exit == 1, Comment(rawValue: ended.err))
        #expect(
            ended.out.split(separator: "\n").filter { $0.hasPrefix("  DIFFERS") } == [
                "  DIFFERS   ram-policy   a policy beside the default one, which no bundle put there: AWS_RAM"
            ])
        #expect(!FileManager.default.fileExists(atPath: world.desk.ceremony.scratch.file("back.yaml")))
        let read = try world.desk.read(["snapshot", world.key, "--full", "--out", "full.json"])
        #expect(read.exit == 0, Comment(rawValue: read.err))
        let snapshot = try JSONDocument(Array(world.desk.ceremony.text("full.json").utf8), rules: .authored).root
        #expect(snapshot["policyNames"]?.arrayValue?.compactMap(\.stringValue) == ["default", "AWS_RAM"])
        #expect(snapshot["details"]?["ramPolicy"]?["document"]?.stringValue == shared)
    }

    @Test func `a snapshot holds the key that a trail names, or that it names none`() throws {
        let world = try World()
        func trail() throws -> JSONValue? {
            let ended = try world.desk.read(["snapshot", world.key, "--trail", world.trail, "--out", "trail.json", "--force"])
            #expect(ended.exit == 0, Comment(rawValue: ended.err))
            return try JSONDocument(Array(world.desk.ceremony.text("trail.json").utf8), rules: .authored).root["details"]?["trail"]
        }
        let attached = try trail()
        #expect(attached?["arn"]?.stringValue == world.trail)
        #expect(attached?["key"]?.stringValue == world.key)
        try world.server.byHand("change", world.key, "trail-none", "org-trail")
        let bare = try trail()
        #expect(bare?["arn"]?.stringValue == world.trail)
        #expect(bare?["key"] == nil)
    }

    @Test func `a snapshot with a trail that is not there is refused, and nothing is written`() throws {
        let world = try World()
        try world.server.byHand("change", world.key, "trail-gone", "org-trail")
        let ended = try world.desk.read(["snapshot", world.key, "--trail", world.trail, "--out", "trail.json", "--format", "json"])
        #expect(ended.exit == 1)
        // The warning of the reader's long-lived key goes before it.
        let last = try #require(ended.err.split(separator: "\n").last)
        let error = try JSONDocument(Array(last.utf8), rules: .authored).root["error"]
        #expect(error?["code"]?.stringValue == "trail-missing")
        #expect(error?["message"]?.stringValue == "there is no such trail: \(world.trail)")
        #expect(!FileManager.default.fileExists(atPath: world.desk.ceremony.scratch.file("trail.json")))
    }

    @Test func `an execution with a user's access key is warned of, and audit show tells of it for ever`() throws {
        let server = try StrictServer()
        let desk = try StrictDesk(url: server.url, credentials: server.credentials)
        try desk.approve("own", try desk.createKey("by-user", executor: "user/deployer"))
        let ended = try desk.execute("own", profile: "deployer")
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
        #expect(desk.ceremony.plain(ended.err).contains("is a long-lived access key; a role's session is safer"))
        let shown = try desk.ceremony.must(["audit", "show", "ledger.sqlite"], program: Built.airgap).out
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(shown.contains("run as arn:aws:iam::123456789012:user/deployer; AWS's clock "))
        #expect(shown.contains("WARNING: made with an IAM user's long-lived access key, not with a role's session"))
    }
}
