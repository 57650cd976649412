// SPDX-License-Identifier: Apache-2.0
// Change sets of the changes to a key that exists; new keys are in Tests/EndToEnd/ChangeSetTests.swift.

import Bundles
import DomainFixtures
import StrictFormats
import Testing
import Trust

@testable import CheckPlan

@Suite struct StackChangesTests {
    static let key = BundleFixture.keyARN
    static let trail = "arn:aws:cloudtrail:us-east-1:604183725190:trail/org-trail"
    static let policy = BundleFixture.policy()
    static let otherPolicy = BundleFixture.policy().replacing("604183725190", with: "999988887777")

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let change: Change
        var base: String?
        let resources: [JSONValue]
        /// `kind property` of each finding.
        let findings: [String]
        var testDescription: String { name }
    }

    static func context(_ properties: [(String, JSONValue?)], _ deletion: JSONValue = "Retain") -> JSONValue {
        .string(JSONWriter.canonicalText(.object([("Properties", .object(properties)), ("DeletionPolicy", deletion)])))
    }

    static func modify(
        _ type: String, _ id: String, _ before: [(String, JSONValue?)], _ changed: [(String, JSONValue?)], replacement: JSONValue? = "False",
        details: JSONValue = [], deletion: JSONValue = "Retain"
    ) -> JSONValue {
        let after = before.filter { old in !changed.contains { $0.0 == old.0 } } + changed
        return .object([
            ("Action", "Modify"), ("LogicalResourceId", "R"), ("PhysicalResourceId", .string(id)), ("ResourceType", .string(type)),
            ("Replacement", replacement), ("Details", details), ("BeforeContext", context(before)), ("AfterContext", context(after, deletion)),
        ])
    }

    static let state: [(String, JSONValue?)] = [
        ("Description", "old"), ("EnableKeyRotation", "false"), ("Enabled", "true"), ("KeyPolicy", .string(otherPolicy)),
        ("Tags", [["Key": "a", "Value": "1"], ["Key": "b", "Value": "2"]]),
    ]

    static func update(
        _ changed: (String, JSONValue?)..., id: String = BundleFixture.keyID, replacement: JSONValue? = "False", details: JSONValue = [],
        deletion: JSONValue = "Retain"
    ) -> JSONValue { modify("AWS::KMS::Key", id, state, changed, replacement: replacement, details: details, deletion: deletion) }

    static let put = Change.putKeyPolicy(key: key)
    static let dynamic: JSONValue = [["Evaluation": "Dynamic", "Target": ["Attribute": "Properties", "Name": "KeyPolicy"]]]

    static let cases: [Case] = [
        Case(name: "a policy", change: put, base: otherPolicy, resources: [update(("KeyPolicy", .string(policy)))], findings: []),
        Case(
            name: "a policy as an object", change: put, base: otherPolicy,
            resources: [update(("KeyPolicy", try? JSONDocument(Array(policy.utf8), rules: .general).root))], findings: []),
        Case(
            name: "a policy on another base", change: put, base: policy, resources: [update(("KeyPolicy", .string(policy)))],
            findings: ["different KeyPolicy"]),
        Case(
            name: "another policy", change: put, base: otherPolicy,
            resources: [update(("KeyPolicy", .string(policy.replacing("kms:*", with: "kms:Put*"))))],
            findings: ["different KeyPolicy"]),
        Case(
            name: "a policy and something else", change: put, base: otherPolicy,
            resources: [update(("KeyPolicy", .string(policy)), ("Description", "new"))], findings: ["beyond Description"]),
        Case(
            name: "a policy of another key", change: put, base: otherPolicy, resources: [update(("KeyPolicy", .string(policy)), id: "other")],
            findings: ["missing -", "beyond -"]),
        Case(
            name: "a replacement", change: put, base: otherPolicy, resources: [update(("KeyPolicy", .string(policy)), replacement: "True")],
            findings: ["beyond -"]),
        Case(
            name: "a replacement on a condition", change: put, base: otherPolicy,
            resources: [update(("KeyPolicy", .string(policy)), replacement: "Conditional")], findings: ["beyond -"]),
        Case(
            name: "nothing said of a replacement", change: put, base: otherPolicy,
            resources: [update(("KeyPolicy", .string(policy)), replacement: nil)],
            findings: ["beyond -"]),
        Case(
            name: "a dynamic evaluation", change: put, base: otherPolicy, resources: [update(("KeyPolicy", .string(policy)), details: dynamic)],
            findings: ["unknown KeyPolicy"]),
        Case(
            name: "another deletion policy", change: put, base: otherPolicy, resources: [update(("KeyPolicy", .string(policy)), deletion: "Delete")],
            findings: ["beyond DeletionPolicy"]),
        Case(
            name: "rotation", change: .setRotation(key: key, rotationDays: 180),
            resources: [update(("EnableKeyRotation", "true"), ("RotationPeriodInDays", "180"))], findings: []),
        Case(
            name: "tags", change: .setTags(key: key, tags: [Tag(key: "c", value: "3")], removed: ["a"]),
            resources: [update(("Tags", [["Key": "b", "Value": "2"], ["Key": "c", "Value": "3"]]))], findings: []),
        Case(
            name: "a tag too many removed", change: .setTags(key: key, tags: [Tag(key: "c", value: "3")], removed: ["a"]),
            resources: [update(("Tags", [["Key": "c", "Value": "3"]]))], findings: ["different Tags"]),
        Case(name: "a description", change: .setDescription(key: key, description: "new"), resources: [update(("Description", "new"))], findings: []),
        Case(name: "a key disabled", change: .disableKey(key: key), resources: [update(("Enabled", "false"))], findings: []),
        Case(name: "a key enabled", change: .enableKey(key: key), resources: [update(("Enabled", "false"))], findings: ["different Enabled"]),
        Case(
            name: "an alias moved", change: .moveAlias(alias: "alias/x", fromKey: key.replacing("ded25d8b", with: "00000000"), key: key),
            resources: [modify("AWS::KMS::Alias", "alias/x", [("AliasName", "alias/x"), ("TargetKeyId", "old")], [("TargetKeyId", .string(key))])],
            findings: []),
        Case(
            name: "a trail's key", change: .attachTrail(key: key, trail: trail),
            resources: [modify("AWS::CloudTrail::Trail", "org-trail", [("TrailName", "org-trail")], [("KMSKeyId", .string(key))])], findings: []),
        Case(
            name: "a trail's key and its bucket", change: .attachTrail(key: key, trail: trail),
            resources: [
                modify("AWS::CloudTrail::Trail", "org-trail", [("S3BucketName", "a")], [("KMSKeyId", .string(key)), ("S3BucketName", "b")])
            ], findings: ["beyond S3BucketName"]),
    ]

    private func approved(_ change: Change, base: String? = nil) throws -> ApprovedBundle {
        let bundle = try BundleFixture.verified(BundleFixture.payload(change, base: base))
        let approvals = [
            try BundleFixture.approval(.approve, "alice", Keys.alice, on: bundle),
            try BundleFixture.approval(.approve, "carol", Keys.carol, on: bundle),
        ]
        return try ApprovedBundle.count(
            try approvals.map { try VerifiedApproval.verify($0, for: bundle) }, for: bundle, at: date("2026-11-24T12:00:00Z"))
    }

    private func set(_ resources: [JSONValue]) throws -> ChangeSet {
        let root = JSONValue.object([
            ("Status", "CREATE_COMPLETE"), ("ExecutionStatus", "AVAILABLE"),
            ("StackId", "arn:aws:cloudformation:us-east-1:604183725190:stack/key/1"),
            ("Changes", .array(resources.map { .object([("Type", "Resource"), ("ResourceChange", $0)]) })),
        ])
        return try ChangeSet(try JSONDocument(JSONWriter.canonical(root), rules: .general, file: "changes.json"))
    }

    @Test(arguments: cases) func `exactly that, or each difference`(_ example: Case) throws {
        let check = try PlanCheck(try set(example.resources), template: nil, against: try approved(example.change, base: example.base))
        #expect(check.findings.map { "\($0.kind.rawValue) \($0.attribute ?? "-")" } == example.findings, "\(check.findings.map(\.message))")
        #expect(check.isExactlyApproved == example.findings.isEmpty)
    }

    @Test(arguments: [
        Change.scheduleDeletion(key: key, days: 30, reason: "x"), .cancelDeletion(key: key),
        .revokeGrant(key: key, grantID: String(repeating: "a", count: 64)),
        .acknowledge(events: ["108ed254-c8a1-4f44-a587-5f4859b89b87"], reason: "x"),
    ]) func `what CloudFormation cannot make as it was approved is refused`(_ change: Change) throws {
        let approved = try approved(change)
        let empty = try set([])
        #expect { _ = try PlanCheck(empty, template: nil, against: approved) } throws: { ($0 as? Refusal)?.code == "plan-kind" }
    }
}
