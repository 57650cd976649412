// SPDX-License-Identifier: Apache-2.0
// A CloudFormation change set held against an approved bundle: exactly that, or every way in which it is not.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ChangeSetTests {
    static let golden = Golden("change-sets")

    /// A change set of the ceremony's bundle, by hand from the documented format, with some of its text replaced.
    struct ChangeSet: Sendable, CustomTestStringConvertible {
        let name: String
        let exit: Int32
        let changes: [(String, String)]
        var template: [(String, String)]? = []
        var policy: @Sendable (String) -> String = { $0 }
        var testDescription: String { name }

        init(
            _ name: String, _ exit: Int32 = 1, _ changes: (String, String)..., template: [(String, String)]? = [],
            policy: @escaping @Sendable (String) -> String = { $0 }
        ) {
            (self.name, self.exit, self.changes, self.template, self.policy) = (name, exit, changes, template, policy)
        }

        /// A text inside of a text.
        static func quoted(_ text: String) throws -> String {
            String(
                decoding: String(decoding: try JSONSerialization.data(withJSONObject: [text], options: [.withoutEscapingSlashes]), as: UTF8.self)
                    .dropFirst(2).dropLast(2).utf8, as: UTF8.self)
        }

        func write(_ ceremony: Ceremony) throws -> [String] {
            try ceremony.must(["export", "cloudformation", "bundle.json", "--trust", "trust.json", "--out", "stack"])
            let approved = try ceremony.text("stack/policy.json")
            let tag = try #require(
                try ceremony.text("stack/template.json").firstMatch(
                    of: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/))
            var text = try String(contentsOfFile: PackageFolder.path + "/Tests/EndToEnd/Plans/create-key.changes.json", encoding: .utf8)
            text = text.replacingOccurrences(of: "POLICY", with: try Self.quoted(policy(approved))).replacingOccurrences(of: "BUNDLE", with: tag.0)
            for (old, new) in changes {
                try #require(text.contains(old), "\(old) is not in the change set")
                text = text.replacingOccurrences(of: old, with: new)
            }
            try ceremony.write("changes.json", text)
            guard let template else { return [] }
            var stack = try ceremony.text("stack/template.json")
            for (old, new) in template {
                try #require(stack.contains(old), "\(old) is not in the template")
                stack = stack.replacingOccurrences(of: old, with: new)
            }
            try ceremony.write("template.json", stack)
            return ["--template", "template.json"]
        }
    }

    /// One more change before the others.
    static func more(_ resource: String) -> (String, String) {
        ("\"Changes\": [", "\"Changes\": [ { \"Type\": \"Resource\", \"ResourceChange\": \(resource) },")
    }

    static let modify =
        "{ \"Action\": \"Modify\", \"LogicalResourceId\": \"Old\", \"PhysicalResourceId\": \"0d2f7b61\", \"ResourceType\": \"AWS::KMS::Key\", \"Replacement\": \"False\", \"BeforeContext\": \"{}\", \"AfterContext\": \"{}\" }"

    static let cases: [ChangeSet] = [
        ChangeSet("exactly what was approved", 0),
        ChangeSet("scalars as they are", 0, ("\\\"365\\\"", "365"), ("\\\"EnableKeyRotation\\\":\\\"true\\\"", "\\\"EnableKeyRotation\\\":true")),
        ChangeSet(
            "a resource of another kind", 0,
            more("{ \"Action\": \"Add\", \"LogicalResourceId\": \"Logs\", \"ResourceType\": \"AWS::S3::Bucket\" }")),
        ChangeSet("without the template", 1, template: nil),
        ChangeSet("the alias on another key of the template", 1, template: [("\"Ref\": \"Key\"", "\"Ref\": \"Other\"")]),
        ChangeSet("a template without that key", 1, template: [("\"Key\": {", "\"Ke\": {")]),
        ChangeSet("the alias on a key that exists", 1, ("{{changeSet:KNOWN_AFTER_APPLY}}", "0d2f7b61-7f4e-4d0b-9c4e-0a4f3f1f2a10")),
        ChangeSet("a policy that lets a stranger decrypt") {
            $0.replacingOccurrences(of: "arn:aws:iam::339712745831:root", with: "arn:aws:iam::999988887777:root")
        },
        ChangeSet("a policy that follows from something else") {
            $0.replacingOccurrences(of: "arn:aws:iam::339712745831:root", with: "{{changeSet:KNOWN_AFTER_APPLY}}")
        },
        ChangeSet("a policy with a hidden parameter") { $0.replacingOccurrences(of: "arn:aws:iam::339712745831:root", with: "****") },
        ChangeSet("no policy", 1, ("\\\"KeyPolicy\\\"", "\\\"KeptPolicy\\\"")),
        ChangeSet("another description", 1, ("Encrypts the organization's", "Encrypts the")),
        ChangeSet("no rotation", 1, ("\\\"EnableKeyRotation\\\":\\\"true\\\"", "\\\"EnableKeyRotation\\\":\\\"false\\\"")),
        ChangeSet("another rotation period", 1, ("\\\"365\\\"", "\\\"2560\\\"")),
        ChangeSet("a key for many Regions", 1, ("\\\"MultiRegion\\\":\\\"false\\\"", "\\\"MultiRegion\\\":\\\"true\\\"")),
        ChangeSet("the lockout check bypassed", 1, ("SafetyCheck\\\":\\\"false\\\"", "SafetyCheck\\\":\\\"true\\\"")),
        ChangeSet("a property of a newer resource", 1, ("\\\"Origin\\\"", "\\\"SharedWith\\\":\\\"999988887777\\\",\\\"Origin\\\"")),
        ChangeSet("another bundle's tag", 1, ("{\\\"Value\\\":\\\"", "{\\\"Value\\\":\\\"x")),
        ChangeSet("a tag more", 1, ("\\\"Tags\\\":[", "\\\"Tags\\\":[{\\\"Key\\\":\\\"team\\\",\\\"Value\\\":\\\"x\\\"},")),
        ChangeSet("tags of the stack", 1, ("\"Tags\": null", "\"Tags\": [{ \"Key\": \"team\", \"Value\": \"x\" }]")),
        ChangeSet("another alias", 1, ("alias/cloudtrail-org-key", "alias/cloudtrail")),
        ChangeSet("no key", 1, ("AWS::KMS::Key", "AWS::S3::Bucket")),
        ChangeSet(
            "a second key", 1,
            more("{ \"Action\": \"Add\", \"LogicalResourceId\": \"Second\", \"ResourceType\": \"AWS::KMS::Key\", \"AfterContext\": \"{}\" }")),
        ChangeSet(
            "a replica", 1,
            more("{ \"Action\": \"Add\", \"LogicalResourceId\": \"R\", \"ResourceType\": \"AWS::KMS::ReplicaKey\", \"AfterContext\": \"{}\" }")),
        ChangeSet("a change of another key", 1, more(modify)),
        ChangeSet(
            "a key removed", 1,
            more("{ \"Action\": \"Remove\", \"LogicalResourceId\": \"Old\", \"ResourceType\": \"AWS::KMS::Key\", \"PolicyAction\": \"Delete\" }")),
        ChangeSet(
            "an import", 1,
            ("\"Action\": \"Add\",\n        \"LogicalResourceId\": \"Key\"", "\"Action\": \"Import\",\n        \"LogicalResourceId\": \"Key\"")),
        ChangeSet("existing resources imported", 1, ("\"ImportExistingResources\": null", "\"ImportExistingResources\": true")),
        ChangeSet(
            "an action that is not known", 1,
            ("\"Action\": \"Add\",\n        \"LogicalResourceId\": \"Key\"", "\"Action\": \"Dynamic\",\n        \"LogicalResourceId\": \"Key\"")),
        ChangeSet(
            "drift", 1, more(modify.replacingOccurrences(of: "\"Replacement\"", with: "\"ResourceDriftStatus\": \"MODIFIED\", \"Replacement\""))),
        ChangeSet("drift reverted", 1, ("\"OnStackFailure\"", "\"DeploymentMode\": \"REVERT_DRIFT\", \"OnStackFailure\"")),
        ChangeSet(
            "a nested stack", 1,
            more(
                "{ \"Action\": \"Add\", \"LogicalResourceId\": \"Inner\", \"ResourceType\": \"AWS::CloudFormation::Stack\", \"ChangeSetId\": \"arn:aws:cloudformation:x\" }"
            )),
        ChangeSet("code of one's own", 1, more("{ \"Action\": \"Add\", \"LogicalResourceId\": \"C\", \"ResourceType\": \"Custom::Key\" }")),
        ChangeSet("another account", 1, ("us-east-1:123456789012:stack", "us-east-1:604183725190:stack")),
        ChangeSet("another Region", 1, ("us-east-1:123456789012:stack", "us-west-2:123456789012:stack")),
        ChangeSet("a part of nested stacks", 65, ("\"RootChangeSetId\": null", "\"RootChangeSetId\": \"arn:aws:cloudformation:x\"")),
        ChangeSet("nested stacks asked for", 65, ("\"IncludeNestedStacks\": false", "\"IncludeNestedStacks\": true")),
        ChangeSet("no property values", 65, ("\"AfterContext\"", "\"AfterContex\"")),
        ChangeSet("property values that are cut", 65, ("\\\"UpdateReplacePolicy\\\":\\\"Retain\\\"}\"", "\\\"UpdateReplacePolicy\\\":\\\"Ret\"")),
        ChangeSet("a change set that failed", 65, ("\"CREATE_COMPLETE\"", "\"FAILED\"")),
        ChangeSet("a change set that was overtaken", 65, ("\"AVAILABLE\"", "\"OBSOLETE\"")),
        ChangeSet("the first page", 65, ("\"StatusReason\"", "\"NextToken\": \"x\", \"StatusReason\"")),
        ChangeSet("a change without a type", 65, ("\"ResourceType\": \"AWS::KMS::Alias\"", "\"ResourceTyp\": \"AWS::KMS::Alias\"")),
    ]

    static let arguments = [
        "check-plan", "changes.json", "--bundle", "bundle.json", "--trust", "trust.json", "--approval", "bundle.alice.json", "--approval",
        "bundle.carol.json",
    ]

    @Test(arguments: cases) func `a change set is exactly what was approved, or every difference is named`(_ set: ChangeSet) throws {
        let ceremony = try Ceremony()
        let template = try set.write(ceremony)
        let ended = try ceremony.run(Self.arguments + template)
        #expect(ended.exit == set.exit, Comment(rawValue: ended.out + ended.err))
        let id = try #require(try ceremony.text("stack/template.json").firstMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/))
            .0
        try Self.golden.compare(
            set.name, ceremony.plain((ended.out + ended.err).trimmingCharacters(in: .newlines).replacingOccurrences(of: id, with: "{id}")))
    }

    @Test func `a template belongs to a change set`() throws {
        let ceremony = try Ceremony()
        try ceremony.write("plan.json", "{\"format_version\":\"1.2\",\"resource_changes\":[]}")
        let ended = try ceremony.run(["check-plan", "plan.json"] + Self.arguments.dropFirst(2) + ["--template", "plan.json"])
        #expect(ended.exit == 64)
        #expect(ended.err.contains("--template belongs to a change set"))
    }
}
