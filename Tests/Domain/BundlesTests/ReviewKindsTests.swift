// SPDX-License-Identifier: Apache-2.0
import Cryptography
import DomainFixtures
import StrictFormats
import Testing
import Trust

@testable import Bundles

/// The words beyond those of the reference bundles: every change kind, every condition operator, every class of action.
/// Frozen like them: see `ReviewGoldenTests` for what to do when this fails.
@Suite struct ReviewKindsTests {
    /// Keys are new in each run; what a review shows of them is fixed here.
    static func fixed(_ json: JSONValue) throws -> BundlePayload {
        let digest = Digest(ofText: "fixed").json
        return try derived(json.with([("/preparer/keyid", digest), ("/trust/digest", digest)]))
    }

    /// A policy that needs every word.
    static let wide: String = {
        let operators = [
            "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike", "NumericEquals",
            "NumericLessThan", "NumericGreaterThanEqualsIfExists", "DateLessThan", "DateNotEquals", "Bool", "BinaryEquals", "IpAddress",
            "NotIpAddress",
            "ArnEquals", "ArnNotLike", "Null", "ForAllValues:StringLike", "ForAnyValue:StringEquals", "ForAllValues:StringNotEqualsIfExists",
            "NoSuchOperator",
        ]
        let keys = [
            "aws:SourceArn", "aws:SourceAccount", "aws:PrincipalArn", "aws:PrincipalAccount", "kms:CallerAccount", "aws:PrincipalOrgID",
            "aws:PrincipalIsAWSService", "kms:ViaService", "kms:GrantIsForAWSResource", "kms:ScheduleKeyDeletionPendingWindowInDays",
            "kms:EncryptionContext:aws:cloudtrail:arn", "kms:EncryptionContext:other", "aws:CurrentTime",
        ]
        let conditions = operators.enumerated().map { index, name in
            let value: JSONValue = name == "Null" ? "true" : index % 3 == 0 ? ["a  b", "\u{E9}", "604183725190"] : "x\"y"
            return (name, JSONValue.object([(keys[index % keys.count], value)]))
        }
        func statement(_ sid: String?, _ effect: String, _ more: [(String, JSONValue?)]) -> JSONValue {
            .object([("Sid", sid.map { .string($0) }), ("Effect", .string(effect))] + more)
        }
        let principals: [JSONValue] = [
            "*", .object([("AWS", "*")]),
            .object([("AWS", ["604183725190", "arn:aws:iam::281474976710:role/path/reader", "arn:aws:iam::604183725190:user/u"])]),
            .object([("AWS", ["arn:aws:sts::604183725190:assumed-role/r/s", "AROAZQ3DUBC7EXAMPLE42"]), ("Service", "cloudtrail.amazonaws.com")]),
            .object([("Service", ["logs.amazonaws.com"]), ("Federated", "cognito-identity.amazonaws.com"), ("CanonicalUser", "abc")]),
        ]
        var statements = principals.enumerated().map { index, principal in
            statement(
                "P\(index)", index % 2 == 0 ? "Allow" : "Deny", [("Principal", principal), ("Action", .string("kms:Decrypt")), ("Resource", "*")])
        }
        statements.append(
            statement(
                nil, "Deny",
                [("NotPrincipal", principals[2]), ("NotAction", ["kms:*"]), ("NotResource", ["arn:aws:kms:us-east-1:604183725190:key/*"])]))
        statements.append(
            statement(
                "Actions", "Allow",
                [
                    ("Principal", principals[2]), ("Resource", .string(BundleFixture.keyARN)),
                    (
                        "Action",
                        [
                            "kms:*", "kms:Encrypt", "kms:Decrypt", "kms:Verify", "kms:PutKeyPolicy", "kms:CreateGrant", "kms:TagResource",
                            "kms:ScheduleKeyDeletion",
                            "kms:EnableKeyRotation", "kms:DescribeKey", "kms:Get*", "kms:Nonsense", "s3:GetObject", "*",
                        ]
                    ),
                ]))
        statements.append(
            statement(
                "a  \"Sid\"", "Allow",
                [("Principal", principals[0]), ("Action", "kms:Decrypt"), ("Resource", "*"), ("Condition", .object(conditions))]))
        return JSONWriter.canonicalText(.object([("Version", "2012-10-17"), ("Id", "wide  \u{E9}"), ("Statement", .array(statements))]))
    }()

    @Test(arguments: [1, 2, 3]) func `the review of every change kind is the text that it always was`(version: Int) throws {
        let kinds = [ReviewFieldTests.full] + ReviewFieldTests.others
        let wide = [
            BundleFixture.payload(.putKeyPolicy(key: BundleFixture.keyARN), base: BundleFixture.policy(), policy: Self.wide),
            BundleFixture.payload(.putKeyPolicy(key: BundleFixture.keyARN), base: Self.wide, policy: BundleFixture.policy()),
            BundleFixture.payload(
                .putKeyPolicy(key: BundleFixture.keyARN),
                base: Self.wide.replacing("kms:Verify", with: "kms:Sign").replacing("604183725190:user/u", with: "604183725190:user/v"),
                policy: Self.wide),
            BundleFixture.payload(.putKeyPolicy(key: BundleFixture.keyARN), policy: BundleFixture.policy()),
            BundleFixture.payload(.putKeyPolicy(key: BundleFixture.keyARN), base: BundleFixture.policy().replacing(",", with: ", ")),
            BundleFixture.payload(.putKeyPolicy(key: BundleFixture.keyARN), base: BundleFixture.policy()),
        ].map(\.json)
        let text = try (kinds + wide).map { try ReviewFieldTests.review(Self.fixed($0), version: version).text }.joined(separator: "\n")
        let golden = try Golden.text("kinds.review-\(version).txt")
        if text != golden { try Golden.keep(text, "kinds.review-\(version).txt") }
        #expect(text == golden)
        for line in text.split(separator: "\n") { #expect(line.count <= 78) }
    }
}
