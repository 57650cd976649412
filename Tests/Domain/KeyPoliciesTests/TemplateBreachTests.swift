// SPDX-License-Identifier: Apache-2.0
// Each assertion of the templates catches the policy that breaks it.
import StrictFormats
import Testing

@testable import KeyPolicies

@Suite struct TemplateBreachTests {
    /// An example's policy with one thing changed, and the claims that notice it; none where another statement still guards it.
    struct Breach: CustomTestStringConvertible {
        let example: String
        let old: String
        let new: String
        let claims: [String]

        init(_ example: String, _ old: String, _ new: String, _ claims: String...) {
            (self.example, self.old, self.new, self.claims) = (example, old, new, claims)
        }

        var testDescription: String { "\(example): \(claims.first ?? "")" }
    }

    static let stranger = "arn:aws:iam::990011223344:role/auditor"
    static let readers = #""arn:aws:iam::281474976710:root"]}"#
    static func andReader(_ arn: String) -> String { #""arn:aws:iam::281474976710:root","\#(arn)"]}"# }
    static let trail = #""aws:SourceArn":"arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail""#
    static let s3 = #""kms:ViaService":"s3.us-east-1.amazonaws.com""#

    static let all = [
        Breach(
            "organization", readers, andReader(stranger), "nobody outside of the named accounts can decrypt",
            "besides the named accounts, only CloudTrail can do anything"),
        Breach(
            "organization", readers, andReader("arn:aws:iam::604183725190:role/somebody"),
            "of the key's own account, only named readers can decrypt"),
        Breach(
            "organization", readers, andReader("arn:aws:iam::604183725190:role/cloudtrail-key-admin"),
            "of the key's own account, only named readers can decrypt", "no administrator can decrypt"),
        Breach("organization", #","arn:aws:iam::281474976710:root"]}"#, "]}", "the accounts that read can read the trail's logs"),
        Breach(
            "named-readers", #""arn:aws:iam::339712745831:role/security-analyst""#, #""arn:aws:iam::339712745831:root""#,
            "nobody but the named readers can decrypt"),
        Breach(
            "hardened", "715203958442:role/auditor", "715203958442:role/other", "nobody but the named readers can decrypt",
            "the named readers can read the trail's logs"),
        Breach(
            "organization", #""Null":{"kms:EncryptionContext:aws:cloudtrail:arn":"false"}"#, #""Null":{"aws:TokenIssueTime":"false"}"#,
            "nobody can decrypt anything but CloudTrail's logs", "the accounts that read can read the trail's logs"),
        Breach("hardened", ",\(s3)", "", "nobody can decrypt but through S3"),
        Breach(
            "hardened", s3, #""kms:ViaService":["s3.us-east-1.amazonaws.com","ec2.us-east-1.amazonaws.com"]"#, "nobody can decrypt but through S3"),
        Breach("hardened", #""aws:PrincipalOrgID":"o-4kx9m2q7vd","#, "", "nobody outside of the organization can decrypt"),
        Breach("organization", "kms:GenerateDataKey*", "kms:GenerateDataKeyWithoutPlaintext", "CloudTrail can encrypt this trail's logs"),
        Breach(
            "organization", #""Action":"kms:DescribeKey","Condition":{"StringEquals":{"#,
            #""Action":"kms:DescribeKey","Condition":{"Null":{"aws:SourceAccount":"false"},"StringEquals":{"#,
            "CloudTrail can find the key for this trail"),
        Breach(
            "bucket-keys", #""Action":"kms:Decrypt","Condition":{"StringEquals":{"aws:SourceArn""#,
            #""Action":"kms:Encrypt","Condition":{"StringEquals":{"aws:SourceArn""#,
            "CloudTrail can decrypt for this trail, as S3 Bucket Keys need it"),
        Breach(
            "organization", trail, trail.replacing("281474976710", with: "990011223344"),
            "CloudTrail can encrypt this trail's logs", "CloudTrail can find the key for this trail",
            "CloudTrail cannot use the key for a trail of another account"),
        Breach(
            "organization", trail, trail.replacing(#":"arn"#, with: #":["arn"#) + #","arn:aws:cloudtrail:eu-west-1:990011223344:trail/a"]"#,
            "CloudTrail cannot use the key for a trail of another account"),
        Breach("organization", #""kms:CreateAlias""#, #""kms:CreateAlias","kms:CreateGrant""#, "nobody can hand out grants"),
        Breach(
            "organization", #","arn:aws:iam::604183725190:root"]}}"#, "]}}",
            "the root user of the key's account can always change the policy"),
        Breach(
            "organization", #""arn:aws:iam::604183725190:root"]}}"#, #""arn:aws:iam::604183725190:root","arn:aws:iam::604183725190:role/other"]}}"#,
            "only administrators, the executor and that root user can change the policy"),
        Breach(
            "organization",
            #""kms:ListResourceTags","kms:PutKeyPolicy","kms:TagResource","kms:UntagResource","kms:UpdateKeyDescription","kms:CreateAlias""#,
            #""kms:PutKeyPolicy","kms:CreateAlias""#, "the executor can change the policy and read back what was done"),
        Breach(
            "hardened", #""Action":["kms:CancelKeyDeletion","kms:Describe*""#,
            #""Action":["kms:DisableKey","kms:CancelKeyDeletion","kms:Describe*""#),
        Breach(
            "hardened", #"["arn:aws:iam::604183725190:role/break-glass/cloudtrail-key-destroyer"]"#,
            #"["arn:aws:iam::604183725190:role/break-glass/cloudtrail-key-destroyer","arn:aws:iam::604183725190:role/late"]"#),
        Breach(
            "organization", "cloudtrail-key-admin\",\"arn:aws:iam::604183725190:role/cloudtrail-key-executor\"",
            "*\"", "only administrators, the executor and that root user can change the policy"),
        Breach(
            "hardened", #""kms:ScheduleKeyDeletionPendingWindowInDays":"30""#, #""kms:ScheduleKeyDeletionPendingWindowInDays":"7""#,
            "nobody can have the key deleted within a week"),
        Breach("organization", #""kms:CreateAlias""#, #""kms:CreateAlias","kms:DisableKey""#, "only named roles can disable the key or delete it"),
    ]

    @Test(arguments: all) func `the claims that a policy breaks are named, and no others`(breach: Breach) throws {
        let example = try #require(TemplateExample.all.first { $0.name == breach.example })
        let text = try example.document().text
        try #require(text.contains(breach.old))
        let document = try PolicyDocument(text: text.replacing(breach.old, with: breach.new))
        #expect(broken(document, try template(example.template).claims(values: try example.values())) == breach.claims)
    }
}
