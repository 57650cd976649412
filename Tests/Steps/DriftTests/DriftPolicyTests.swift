// SPDX-License-Identifier: Apache-2.0
import Bundles
import DomainFixtures
import KeyPolicies
import StrictFormats
import Testing

@testable import Drift

/// The default policy: what is only written otherwise is the same; what allows something else is proven and shown.
@Suite struct DriftPolicyTests {
    /// The approved policy with an edit of its text.
    private static func edited(_ old: String, _ new: String) throws -> String {
        let policy = try Desk.policy.get()
        #expect(policy.contains(old))
        return policy.replacing(old, with: new)
    }

    private static func finding(_ policy: String) throws -> DriftFinding {
        try #require(DriftComparison(try Desk.approved(), try Desk.live(policy: policy)).findings.first { $0.facet == "policy" })
    }

    @Test func `other spaces and another order of members are the same`() throws {
        let document = try JSONDocument(Array(try Desk.policy.get().utf8), rules: .authored).root
        let finding = try Self.finding(JSONWriter.pretty(document))
        #expect(finding.result == .same)
        #expect(finding.words == ["json-equal"])
    }

    @Test func `a list of one for a single value is the same`() throws {
        let finding = try Self.finding(try Self.edited(#""Resource":"*""#, #""Resource":["*"]"#))
        #expect(finding.result == .same)
        #expect(finding.words == ["semantically-equal"])
    }

    @Test func `a statement more is shown with what it newly allows, and put-key-policy brings the approved one back`() throws {
        let more =
            #"{"Action":"kms:Decrypt","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:role/thief"},"Resource":"*","Sid":"ByHand"}"#
        let live = try Self.edited(#""Statement":["#, #""Statement":["# + more + ",")
        let finding = try Self.finding(live)
        #expect(finding.result == .differs)
        #expect(
            finding.words == [
                "NEW statement", "  1. \"ByHand\" allows", "    - role thief of account 999999999999 [AWS arn:aws:iam::999999999999:role/thief]",
                "    to", "      - DECRYPT: decrypt (Decrypt)", "    on this key (*)", "    without further condition",
            ])
        let change = try #require(ReturningChange(finding, stem: "back"))
        #expect(change.files.map(\.name) == ["back.policy.json", "back.base.json"])
        #expect(change.files.map(\.text) == [try Desk.policy.get(), live])
        let bundle = try Desk.prepare(change)
        #expect(bundle.change == .putKeyPolicy(key: BundleFixture.keyARN))
        #expect(bundle.policy?.document == (try Desk.policy.get()))
        #expect(bundle.base?.document == live)
    }

    @Test func `a statement less is a difference too`() throws {
        let document = try JSONDocument(Array(try Desk.policy.get().utf8), rules: .authored).root
        let statements = try #require(document["Statement"]?.arrayValue)
        let fewer = document.with([("/Statement", .array(Array(statements.dropLast())))])
        let finding = try Self.finding(JSONWriter.pretty(fewer))
        #expect(finding.result == .differs)
        #expect(!finding.words.isEmpty)
    }

    @Test func `the unique id of a deleted role is named for what it is`() throws {
        let live = try Self.edited(#""arn:aws:iam::604183725190:role/cloudtrail-key-executor""#, #""AROAEXAMPLEEXAMPLE123""#)
        let finding = try Self.finding(live)
        #expect(finding.result == .differs)
        #expect(finding.words.contains("AROAEXAMPLEEXAMPLE123 is the unique id of a role or user that was deleted: it stands where its ARN was"))
    }
}
