// SPDX-License-Identifier: Apache-2.0
// A Terraform plan held against an approved bundle: exactly that, or every way in which it is not.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CheckPlanTests {
    static let golden = Golden("plans")

    /// A plan of the ceremony's bundle, by hand from Terraform's documented format, with some of its text replaced.
    struct Plan: Sendable, CustomTestStringConvertible {
        let name: String
        let exit: Int32
        /// Replacements of text, each of which must be found.
        let changes: [(String, String)]
        /// The policy in the plan, from the approved one.
        var policy: @Sendable (String) -> String = { $0 }

        init(_ name: String, _ exit: Int32 = 1, _ changes: (String, String)..., policy: @escaping @Sendable (String) -> String = { $0 }) {
            self.name = name
            self.exit = exit
            self.changes = changes
            self.policy = policy
        }

        var testDescription: String { name }

        func write(_ ceremony: Ceremony) throws {
            let approved = try ceremony.text("key/policy.json")
            let quoted = String(
                decoding: try JSONSerialization.data(withJSONObject: [policy(approved)], options: [.withoutEscapingSlashes]), as: UTF8.self
            ).dropFirst().dropLast()
            var text = try String(contentsOfFile: PackageFolder.path + "/Tests/EndToEnd/Plans/create-key.json", encoding: .utf8)
            text = text.replacingOccurrences(of: "POLICY", with: quoted).replacingOccurrences(
                of: "BUNDLE", with: try CheckPlanTests.bundleID(ceremony))
            for (old, new) in changes {
                try #require(text.contains(old), "\(old) is not in the plan")
                text = text.replacingOccurrences(of: old, with: new)
            }
            try ceremony.write("plan.json", text)
        }
    }

    /// The bundle's id, from the tag in the module that was exported.
    static func bundleID(_ ceremony: Ceremony) throws -> String {
        let tag = try #require(try ceremony.text("key/main.tf").firstMatch(of: /"countersign:change" = "([0-9a-f-]{36})"/))
        return String(tag.1)
    }

    /// One more resource change before the others.
    static func more(_ address: String, _ type: String, _ change: String) -> (String, String) {
        let entry = """
            "resource_changes": [
                { "address": "\(address)", "mode": "managed", "type": "\(type)", "name": "x", "provider_name": "registry.terraform.io/hashicorp/aws", "change": \(change) },
            """
        return ("\"resource_changes\": [", entry)
    }

    static let updateOfKey =
        "{ \"actions\": [\"update\"], \"before\": { \"arn\": \"arn:aws:kms:us-east-1:123456789012:key/0d2f7b61-7f4e-4d0b-9c4e-0a4f3f1f2a10\", \"policy\": \"{}\" }, \"after\": { \"policy\": \"{}\", \"arn\": \"arn:aws:kms:us-east-1:123456789012:key/0d2f7b61-7f4e-4d0b-9c4e-0a4f3f1f2a10\" }, \"after_unknown\": {} }"

    static let cases: [Plan] = [
        Plan("exactly what was approved", 0),
        Plan("the policy with its members in another order", 0) { policy in
            policy.replacingOccurrences(of: "{\"Id\":\"org-cloudtrail-key\",", with: "{").dropLast() + ",\"Id\":\"org-cloudtrail-key\"}"
        },
        Plan(
            "a data source and a resource of another kind", 0,
            more("aws_s3_bucket.logs", "aws_s3_bucket", "{ \"actions\": [\"create\"], \"before\": null, \"after\": {} }")),
        Plan("a policy that lets a stranger decrypt") {
            $0.replacingOccurrences(of: "arn:aws:iam::339712745831:root", with: "arn:aws:iam::999988887777:root")
        },
        Plan("no policy", 1, ("\"policy\": \"", "\"kept\": \"")),
        Plan("a policy that nobody knows yet", 1, ("\"key_id\": true,", "\"key_id\": true, \"policy\": true,")),
        Plan("a policy that is hidden", 1, ("\"after_sensitive\": { \"tags\": {}", "\"after_sensitive\": { \"policy\": true, \"tags\": {}")),
        Plan("another description", 1, ("Encrypts the organization's", "Encrypts the")),
        Plan("no rotation", 1, ("\"enable_key_rotation\": true", "\"enable_key_rotation\": false")),
        Plan("another rotation period", 1, ("\"rotation_period_in_days\": 365", "\"rotation_period_in_days\": 2560")),
        Plan("a key for many Regions", 1, ("\"multi_region\": false", "\"multi_region\": true")),
        Plan("an asymmetric key", 1, ("SYMMETRIC_DEFAULT", "RSA_2048")),
        Plan("a disabled key", 1, ("\"is_enabled\": true", "\"is_enabled\": false")),
        Plan("the lockout check bypassed", 1, ("lockout_safety_check\": false", "lockout_safety_check\": true")),
        Plan("a custom key store", 1, ("\"custom_key_store_id\": null", "\"custom_key_store_id\": \"cks-1\"")),
        Plan("an attribute of a newer provider", 1, ("\"timeouts\": null", "\"shared_with\": \"999988887777\"")),
        Plan("another bundle's tag", 1, ("\"tags\": { \"countersign:change\": \"", "\"tags\": { \"countersign:change\": \"x")),
        Plan(
            "default tags of the provider", 1, ("\"tags_all\": { \"countersign:change\"", "\"tags_all\": { \"Team\": \"x\", \"countersign:change\"")),
        Plan("another alias", 1, ("\"name\": \"alias/cloudtrail-org-key\"", "\"name\": \"alias/cloudtrail\"")),
        Plan("another name of the alias", 1, ("\"name\": { \"references\": [\"var.ct", "\"name_prefix\": {}, \"name\": { \"references\": [\"var.ct")),
        Plan(
            "the alias on a key that exists", 1,
            ("\"after\": { \"name\"", "\"after\": { \"target_key_id\": \"0d2f7b61-7f4e-4d0b-9c4e-0a4f3f1f2a10\", \"name\""),
            (", \"target_key_id\": true", "")),
        Plan(
            "the alias on a key of another resource", 1,
            ("[\"aws_kms_key.cloudtrail.key_id\", \"aws_kms_key.cloudtrail\"]", "[\"data.aws_kms_key.x.id\", \"data.aws_kms_key.x\"]")),
        Plan("the alias on one key or the other", 1, ("[\"aws_kms_key.cloudtrail.key_id\", ", "[\"var.other\", \"aws_kms_key.cloudtrail.key_id\", ")),
        Plan(
            "no alias", 1,
            (
                "\"type\": \"aws_kms_alias\", \"name\": \"cloudtrail\", \"provider",
                "\"type\": \"aws_kms_alias\", \"name\": \"cloudtrail\", \"provider"
            ), ("\"type\": \"aws_kms_alias\",\n", "\"type\": \"aws_s3_bucket\",\n")),
        Plan("a provider of somebody else", 1, ("registry.terraform.io/hashicorp/aws", "registry.terraform.io/hashicorp-inc/aws")),
        Plan("a provider of another registry", 1, ("registry.terraform.io/hashicorp/aws", "terraform.example.com/hashicorp/aws")),
        Plan("a plan that does not say which provider", 1, ("\"provider_name\": \"registry.terraform.io/hashicorp/aws\",", "")),
        Plan("OpenTofu's registry", 0, ("registry.terraform.io/hashicorp/aws", "registry.opentofu.org/hashicorp/aws")),
        Plan("nothing to do", 1, ("\"actions\": [\"create\"]", "\"actions\": [\"no-op\"]")),
        Plan(
            "a second key", 1,
            more("aws_kms_key.second", "aws_kms_key", "{ \"actions\": [\"create\"], \"before\": null, \"after\": {}, \"after_unknown\": {} }")),
        Plan(
            "a grant", 1,
            more("aws_kms_grant.x", "aws_kms_grant", "{ \"actions\": [\"create\"], \"before\": null, \"after\": {}, \"after_unknown\": {} }")),
        Plan("the policy of another key", 1, more("aws_kms_key.old", "aws_kms_key", updateOfKey)),
        Plan("a key destroyed", 1, more("aws_kms_key.old", "aws_kms_key", "{ \"actions\": [\"delete\"], \"before\": {}, \"after\": null }")),
        Plan(
            "a key replaced", 1,
            (
                "\"actions\": [\"create\"],\n        \"before\": null,\n        \"after\": {\n",
                "\"actions\": [\"delete\", \"create\"],\n        \"before\": null,\n        \"after\": {\n"
            )),
        Plan(
            "the trail's key", 1,
            more(
                "aws_cloudtrail.org", "aws_cloudtrail",
                "{ \"actions\": [\"update\"], \"before\": { \"kms_key_id\": null }, \"after\": { \"kms_key_id\": \"x\" } }")),
        Plan("an import", 1, ("\"after_sensitive\": { \"tags\"", "\"importing\": { \"id\": \"0d2f7b61\" }, \"after_sensitive\": { \"tags\"")),
        Plan(
            "a resource moved", 1,
            (
                "\"address\": \"aws_kms_key.cloudtrail\",\n      \"mode\"",
                "\"address\": \"aws_kms_key.cloudtrail\",\n      \"previous_address\": \"aws_kms_key.old\",\n      \"mode\""
            )),
        Plan("a resource forgotten", 1, more("aws_kms_key.old", "aws_kms_key", "{ \"actions\": [\"forget\"], \"before\": {}, \"after\": null }")),
        Plan(
            "a change outside of Terraform", 1,
            (
                "\"planned_values\"",
                "\"resource_drift\": [{ \"address\": \"aws_kms_key.old\", \"mode\": \"managed\", \"type\": \"aws_kms_key\", \"change\": { \"actions\": [\"update\"], \"before\": {}, \"after\": {} } }], \"planned_values\""
            )),
        Plan(
            "a change put off", 1,
            (
                "\"planned_values\"",
                "\"deferred_changes\": [{ \"reason\": \"provider_config_unknown\", \"resource_change\": { \"address\": \"aws_kms_key.old\", \"mode\": \"managed\", \"type\": \"aws_kms_key\", \"change\": { \"actions\": [\"create\"] } } }], \"planned_values\""
            )),
        Plan(
            "a stack that may hold a key", 1,
            more("aws_cloudformation_stack.x", "aws_cloudformation_stack", "{ \"actions\": [\"create\"], \"before\": null, \"after\": {} }")),
        Plan(
            "a provisioner", 1, ("\"expressions\": { \"policy\"", "\"provisioners\": [{ \"type\": \"local-exec\" }], \"expressions\": { \"policy\"")),
        Plan(
            "an action", 1,
            (
                "\"planned_values\"",
                "\"action_invocations\": [{ \"address\": \"action.aws_lambda_invoke.x\", \"type\": \"aws_lambda_invoke\" }], \"planned_values\""
            )),
        Plan("another account", 1, ("\"123456789012\"", "\"604183725190\"")),
        Plan(
            "no account to be seen", 1, ("\"constant_value\": [\"123456789012\"]", "\"references\": [\"var.accounts\"]"),
            ("aws_caller_identity\", \"name\"", "aws_partition\", \"name\"")),
        Plan("another Region", 1, ("\"value\": \"us-east-1\"", "\"value\": \"us-west-2\"")),
        Plan("no plan", 65, ("\"format_version\": \"1.2\"", "\"version\": 4")),
        Plan("a plan of another version", 65, ("\"format_version\": \"1.2\"", "\"format_version\": \"2.0\"")),
        Plan("a plan that failed", 65, ("\"errored\": false", "\"errored\": true")),
        Plan("a plan that is not complete", 65, ("\"complete\": true", "\"complete\": false")),
        Plan("a resource change without actions", 65, ("\"actions\": [\"create\"]", "\"actionz\": [\"create\"]")),
        Plan("a plan that ends too soon", 65, ("\"errored\": false\n}", "\"errored\": false")),
        Plan("a member twice", 65, ("\"errored\": false", "\"errored\": true, \"errored\": false")),
        Plan(
            "an address that would act on a terminal", 1,
            more("aws_kms_grant.\\u001b[2Jx", "aws_kms_grant", "{ \"actions\": [\"create\"], \"before\": null, \"after\": {} }")),
    ]

    static let arguments = ["check-plan", "plan.json", "--bundle", "bundle.json", "--trust", "trust.json"]

    @Test(arguments: cases) func `a plan is exactly what was approved, or every difference is named`(_ plan: Plan) throws {
        let ceremony = try Ceremony()
        try ceremony.must(["export", "terraform", "bundle.json", "--trust", "trust.json", "--out", "key"])
        try plan.write(ceremony)
        let ended = try ceremony.run(Self.arguments + ["--approval", "bundle.alice.json", "--approval", "bundle.carol.json"])
        #expect(ended.exit == plan.exit, Comment(rawValue: ended.out + ended.err))
        try Self.golden.compare(
            plan.name,
            ceremony.plain(
                (ended.out + ended.err).trimmingCharacters(in: .newlines).replacingOccurrences(
                    of: try CheckPlanTests.bundleID(ceremony), with: "{id}")))
    }

    @Test func `one approval is not enough`() throws {
        let ceremony = try Ceremony()
        try ceremony.must(["export", "terraform", "bundle.json", "--trust", "trust.json", "--out", "key"])
        try Plan("exactly").write(ceremony)
        let ended = try ceremony.run(Self.arguments + ["--approval", "bundle.alice.json"])
        #expect(ended.exit == 77)
        #expect(ended.out == "")
        #expect(ended.err.contains("1 of 2 approvers: alice"))
    }

    @Test func `JSON says the same`() throws {
        let ceremony = try Ceremony()
        try ceremony.must(["export", "terraform", "bundle.json", "--trust", "trust.json", "--out", "key"])
        try Plan("another alias", 1, ("\"name\": \"alias/cloudtrail-org-key\"", "\"name\": \"alias/cloudtrail\"")).write(ceremony)
        let ended = try ceremony.run(
            Self.arguments + ["--approval", "bundle.alice.json", "--approval", "bundle.carol.json", "--format", "json"])
        #expect(ended.exit == 1)
        #expect(
            ended.out.contains(
                "\"findings\":[{\"address\":\"aws_kms_alias.cloudtrail\",\"attribute\":\"name\",\"kind\":\"different\",\"message\":\"approved is \\\"alias/cloudtrail-org-key\\\"; the plan has \\\"alias/cloudtrail\\\"\"}]"
            ), Comment(rawValue: ended.out))
        #expect(ended.out.contains("\"verdict\":\"differs\""))
    }
}
