// SPDX-License-Identifier: Apache-2.0
// Plans of the changes to a key that exists; new keys are in Tests/EndToEnd/CheckPlanTests.swift.

import Bundles
import DomainFixtures
import StrictFormats
import Testing
import Trust

@testable import CheckPlan

@Suite struct OtherChangesTests {
    static let key = BundleFixture.keyARN
    static let trail = "arn:aws:cloudtrail:us-east-1:604183725190:trail/org-trail"
    static let policy = BundleFixture.policy()
    static let otherPolicy = BundleFixture.policy().replacing("604183725190", with: "999988887777")

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let change: Change
        var base: String?
        let resources: [JSONValue]
        /// `kind attribute` of each finding.
        let findings: [String]

        var testDescription: String { name }
    }

    static func resource(_ type: String, _ action: String, _ before: [(String, JSONValue?)]?, _ changed: [(String, JSONValue?)]) -> JSONValue {
        let after = (before ?? []).filter { old in !changed.contains { $0.0 == old.0 } } + changed
        return .object([
            ("address", .string("\(type).x")), ("mode", "managed"), ("provider_name", "registry.terraform.io/hashicorp/aws"), ("type", .string(type)),
            (
                "change",
                .object([
                    ("actions", .strings([action])), ("before", before.map { .object($0) } ?? JSONValue(.null)), ("after", .object(after)),
                    ("after_unknown", .object([])), ("after_sensitive", .object([])),
                ])
            ),
        ])
    }

    /// A key as Terraform remembers it.
    static let state: [(String, JSONValue?)] = [
        ("arn", .string(key)), ("description", "old"), ("enable_key_rotation", false), ("rotation_period_in_days", JSONValue(.null)),
        ("is_enabled", true),
        ("policy", .string(otherPolicy)), ("tags", .object([("a", "1"), ("b", "2")])), ("tags_all", .object([("a", "1"), ("b", "2")])),
    ]

    static func update(_ changed: (String, JSONValue?)...) -> JSONValue { resource("aws_kms_key", "update", state, changed) }

    static let rotation = Change.setRotation(key: key, rotationDays: 180)
    static let tags = Change.setTags(key: key, tags: [Tag(key: "c", value: "3")], removed: ["a"])

    static let cases: [Case] = [
        Case(
            name: "a policy, as a resource of its own", change: .putKeyPolicy(key: key), base: otherPolicy,
            resources: [
                resource(
                    "aws_kms_key_policy", "update", [("key_id", .string(BundleFixture.keyID)), ("policy", .string(otherPolicy))],
                    [("policy", .string(policy))])
            ],
            // Its state has no ARN: the provider must say where it is.
            findings: ["unknown -", "unknown -"]),
        Case(
            name: "a policy, in the key's resource", change: .putKeyPolicy(key: key), base: otherPolicy,
            resources: [update(("policy", .string(policy)))],
            findings: []),
        Case(
            name: "a policy on another base", change: .putKeyPolicy(key: key), base: policy, resources: [update(("policy", .string(policy)))],
            findings: ["different policy"]),
        Case(
            name: "a policy and something else", change: .putKeyPolicy(key: key), base: otherPolicy,
            resources: [update(("policy", .string(policy)), ("description", "new"))], findings: ["beyond description"]),
        Case(
            name: "another policy", change: .putKeyPolicy(key: key), base: otherPolicy,
            resources: [update(("policy", .string(policy.replacing("kms:*", with: "kms:Put*"))))], findings: ["different policy"]),
        Case(
            name: "rotation", change: rotation, resources: [update(("enable_key_rotation", true), ("rotation_period_in_days", 180))], findings: []),
        Case(
            name: "rotation without its period", change: rotation, resources: [update(("enable_key_rotation", true))],
            findings: ["missing rotation_period_in_days"]),
        Case(
            name: "tags", change: tags,
            resources: [update(("tags", .object([("b", "2"), ("c", "3")])), ("tags_all", .object([("c", "3"), ("b", "2")])))], findings: []),
        Case(
            name: "tags, one not removed", change: tags,
            resources: [update(("tags", .object([("a", "1"), ("b", "2"), ("c", "3")])), ("tags_all", .object([("b", "2"), ("c", "3")])))],
            findings: ["different tags"]),
        Case(name: "a description", change: .setDescription(key: key, description: "new"), resources: [update(("description", "new"))], findings: []),
        Case(name: "disabled", change: .disableKey(key: key), resources: [update(("is_enabled", false))], findings: []),
        Case(
            name: "enabled instead of disabled", change: .disableKey(key: key), resources: [update(("is_enabled", true))],
            findings: ["different is_enabled"]),
        Case(
            name: "the same change of another key", change: .disableKey(key: key),
            resources: [
                resource(
                    "aws_kms_key", "update", [("arn", .string(key.replacing("ded25d8b", with: "00000000"))), ("is_enabled", true)],
                    [("is_enabled", false)])
            ],
            findings: ["missing -", "beyond -"]),
        Case(
            name: "an alias moved", change: .moveAlias(alias: "alias/a", fromKey: key.replacing("ded25d8b", with: "00000000"), key: key),
            resources: [
                resource(
                    "aws_kms_alias", "update", [("name", "alias/a"), ("arn", "arn:aws:kms:us-east-1:604183725190:alias/a"), ("target_key_id", "x")],
                    [("target_key_id", .string(BundleFixture.keyID))])
            ], findings: []),
        Case(
            name: "the trail", change: .attachTrail(key: key, trail: trail),
            resources: [
                resource("aws_cloudtrail", "update", [("arn", .string(trail)), ("kms_key_id", JSONValue(.null))], [("kms_key_id", .string(key))])
            ],
            findings: []),
        Case(
            name: "the trail, no more logging", change: .attachTrail(key: key, trail: trail),
            resources: [
                resource(
                    "aws_cloudtrail", "update", [("arn", .string(trail)), ("enable_logging", true)],
                    [("kms_key_id", .string(key)), ("enable_logging", false)])
            ], findings: ["beyond enable_logging"]),
        Case(
            name: "a key in another Region", change: .attachTrail(key: key, trail: trail),
            resources: [
                resource(
                    "aws_cloudtrail", "update", [("arn", .string(trail.replacing("us-east-1", with: "us-west-2")))], [("kms_key_id", .string(key))])
            ], findings: ["missing -", "beyond -"]),
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

    @Test(arguments: cases) func `exactly that, or each difference`(_ example: Case) throws {
        let root = JSONValue.object([("format_version", "1.2"), ("resource_changes", .array(example.resources))])
        let plan = try TerraformPlan(try JSONDocument(JSONWriter.canonical(root), rules: .general, file: "plan.json"))
        let check = try PlanCheck(plan, against: try approved(example.change, base: example.base))
        #expect(check.findings.map { "\($0.kind.rawValue) \($0.attribute ?? "-")" } == example.findings, "\(check.findings.map(\.message))")
        #expect(check.isExactlyApproved == example.findings.isEmpty)
    }

    @Test(arguments: [
        Change.scheduleDeletion(key: key, days: 30, reason: "x"), .cancelDeletion(key: key),
        .revokeGrant(key: key, grantID: String(repeating: "a", count: 64)),
        .acknowledge(events: ["108ed254-c8a1-4f44-a587-5f4859b89b87"], reason: "x"),
    ]) func `what Terraform cannot make as it was approved is refused`(_ change: Change) throws {
        let root = JSONValue.object([("format_version", "1.2"), ("resource_changes", .array([]))])
        let plan = try TerraformPlan(try JSONDocument(JSONWriter.canonical(root), rules: .general, file: "plan.json"))
        let approved = try approved(change)
        #expect { _ = try PlanCheck(plan, against: approved) } throws: { ($0 as? Refusal)?.code == "plan-kind" }
    }

    @Test func `an instance's address leads to its resource in the configuration`() {
        let configuration = PlanConfiguration(
            .object([
                (
                    "root_module",
                    .object([
                        (
                            "module_calls",
                            .object([
                                ("key", .object([("module", .object([("resources", .array([.object([("address", "aws_kms_key.x")])]))]))]))
                            ])
                        )
                    ])
                )
            ]))
        #expect(configuration.resource(#"module.key["a.b]\"[c"].aws_kms_key.x[0]"#)?.module == ["key"])
        #expect(configuration.resource("aws_kms_key.x") == nil)
    }
}
