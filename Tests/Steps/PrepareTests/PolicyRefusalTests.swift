// SPDX-License-Identifier: Apache-2.0
// Policies with which CloudTrail would not work, or that lock their owners out, are not prepared.
import Bundles
import DomainFixtures
import StrictFormats
import Testing

@testable import Prepare

@Suite struct PolicyRefusalTests {
    static let change = Desk.create.replacing("  template: org-cloudtrail-key\n\(Desk.parameters)", with: "  document: p.json")

    /// The rendered policy, with something replaced.
    static func policy(_ edits: (String, String)...) throws -> String {
        var text = try Desk.policy()
        for (old, new) in edits {
            guard text.contains(old) else { throw Refusal("test", .internalError, "\(old) is not there") }
            text = text.replacing(old, with: new)
        }
        return text
    }

    func refusal(_ policy: String, change: String = change) throws -> Refusal {
        var desk = try Desk()
        desk.files["p.json"] = policy
        return try desk.refusal(change)
    }

    @Test func `the sample that is published, with its placeholders and without`() throws {
        let sample = """
            {"Version":"2012-10-17","Id":"cloudtrail-kms-key","Statement":[
            {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::[SecurityAccountID]:root"},"Action":"kms:*","Resource":"*"},
            {"Sid":"AllowuseofthekeyFromCloudTrail","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],
             "Resource":"arn:aws:kms:Region:account_ID:key/key_ID","Condition":{"StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:[security-tooling-account-id]:trail/*"}}}]}
            """
        let placeholders = try refusal(sample)
        #expect(placeholders.code == "policy-refused" && placeholders.category == .badData)
        #expect(placeholders.details.contains { $0.hasPrefix("KP001 critical, /Statement/0/Principal") })
        #expect(placeholders.details.contains { $0.hasPrefix("KP001 critical, /Statement/1/Resource (line 4)") })
        let filled = sample.replacing("[SecurityAccountID]", with: "604183725190").replacing("[security-tooling-account-id]", with: "604183725190")
            .replacing("Region:account_ID:key/key_ID", with: "us-east-1:604183725190:key/ded25d8b-061c-4933-9e3e-1a86bb8d3ae3")
        let rules = try refusal(filled).details.map { String($0.prefix(5)) }
        // CloudTrail cannot DescribeKey: its requests have no encryption context.
        #expect(rules == ["KP023", "KP024"])
    }

    @Test(arguments: [
        // The trail of the one condition is not that of the other.
        ("arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail", "arn:aws:cloudtrail:us-east-1:604183725190:trail/org-trail", "KP023"),
        // Nobody may change the policy any more.
        ("\"kms:PutKeyPolicy\"", "\"kms:GetPublicKey\"", "KP011"),
        // CloudTrail may not encrypt.
        ("\"kms:GenerateDataKey*\"", "\"kms:Verify\"", "KP023"),
    ]) func `a policy that would not work, or that locks out, is refused with every statement at once`(old: String, new: String, rule: String) throws
    {
        let text = try Self.policy((old, new))
        let refusal = try refusal(text)
        #expect(["policy-refused", "policy-needs-waiver"].contains(refusal.code), "\(refusal)")
        #expect(refusal.details.contains { $0.hasPrefix(rule) }, "\(refusal.details)")
        #expect(refusal.place.file == "change.yaml")
        #expect(refusal.hint != nil)
    }

    @Test func `an organization's trail belongs to the management account, not to the key's`() throws {
        let own = "arn:aws:cloudtrail:*:604183725190:trail/*"
        let text = try Self.policy(
            ("arn:aws:cloudtrail:*:281474976710:trail/*", own),
            ("arn:aws:cloudtrail:us-east-1:281474976710:", "arn:aws:cloudtrail:us-east-1:604183725190:"))
        let refusal = try refusal(text)
        // A document says nothing of the organization: the approvers must see that somebody wants it so.
        #expect(refusal.code == "policy-needs-waiver")
        #expect(refusal.details.contains { $0.hasPrefix("KP021 high, /Statement/3/Condition/StringEquals/aws:SourceArn") }, "\(refusal.details)")
    }

    /// Readers who may decrypt whatever the key encrypted, not CloudTrail's files alone: high, not critical.
    static func doubtful() throws -> String {
        try policy((#""Condition":{"Null":{"kms:EncryptionContext:aws:cloudtrail:arn":"false"}},"#, ""))
    }

    @Test func `a finding of high severity needs a waiver, in the payload, for exactly its place`() throws {
        let text = try Self.doubtful()
        let open = try refusal(text)
        #expect(open.code == "policy-needs-waiver", "\(open)")
        let line = try #require(open.details.first)
        let rule = String(line.prefix(5))
        let pointer = try #require(
            line.split(separator: ", ").dropFirst().first?.split(separator: ":").first?.split(separator: " ").first.map(String.init))
        #expect(open.hint?.contains("waivers: [{ rule: \(rule), pointer: \"\(pointer)\"") == true)
        func waived(_ rule: String, _ pointer: String) -> String {
            Self.change + "\nwaivers: [{ rule: \(rule), pointer: \"\(pointer)\", reason: needed for backups }]"
        }
        var desk = try Desk()
        desk.files["p.json"] = text
        var all = Self.change + "\nwaivers:"
        for detail in open.details {
            let place =
                detail.split(separator: ", ").dropFirst().first?.split(separator: ":").first?.split(separator: " ").first.map(String.init) ?? ""
            all += "\n  - { rule: \(detail.prefix(5)), pointer: \"\(place)\", reason: needed for backups }"
        }
        let prepared = try desk.prepare(all)
        #expect(prepared.bundle.payload.waivers.first == Waiver(rule: rule, pointer: pointer, reason: "needed for backups"))
        #expect(try Review(of: prepared.bundle).text.contains("rule \(rule) at \(pointer): \"needed for backups\""))
        #expect(try desk.refusal(waived(rule, pointer + "/x")).code == "policy-needs-waiver")
        desk.files["p.json"] = try Desk.policy()
        let unused = try desk.refusal(waived(rule, pointer))
        #expect(unused.code == "waiver-unused")
        #expect(unused.hint == "take it out of the change file")
    }

    @Test func `what is critical cannot be waived`() throws {
        let text = try Self.policy(("\"kms:GenerateDataKey*\"", "\"kms:Verify\""))
        let critical = try refusal(text)
        let place =
            critical.details[0].split(separator: ", ").dropFirst().first?.split(separator: ":").first?.split(separator: " ").first.map(String.init)
            ?? ""
        let waived = Self.change + "\nwaivers: [{ rule: \(critical.details[0].prefix(5)), pointer: \"\(place)\", reason: x }]"
        #expect(try refusal(text, change: waived).code == "policy-refused")
    }
}
