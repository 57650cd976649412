// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

/// Each rule with what breaks it and with a near miss.
struct RuleCase: Sendable, CustomTestStringConvertible {
    let rule: String
    let severity: Severity
    let breaks: String
    let nearMiss: String
    var context = PolicyContext(keyAccount: keyAccount)
    var testDescription: String { rule }

    init(
        _ rule: String, _ severity: Severity, breaks: String, nearMiss: String,
        context: PolicyContext = PolicyContext(keyAccount: keyAccount)
    ) {
        (self.rule, self.severity, self.breaks, self.nearMiss, self.context) = (rule, severity, breaks, nearMiss, context)
    }

    static let role = "arn:aws:iam::604183725190:role/r"
    static let foreignRole = "arn:aws:iam::339712745831:role/r"
    static let foreignRoot = "arn:aws:iam::339712745831:root"
    static let hasContext = #""Null":{"kms:EncryptionContext:aws:cloudtrail:arn":"false"}"#
    static let source = #""StringEquals":{"aws:SourceArn":"\#(trail)"}"#
    static let lake = PolicyContext(keyAccount: keyAccount, eventDataStore: true)

    static let statements: [RuleCase] = [
        RuleCase(
            "KP001", .critical, breaks: statement(principal: aws("arn:aws:iam::ACCOUNT_ID:role/r")),
            nearMiss: statement(principal: aws(role))),
        RuleCase("KP001", .critical, breaks: statement("<name>"), nearMiss: statement("a < b")),
        RuleCase(
            "KP001", .critical, breaks: statement(condition: #""StringLike":{"aws:PrincipalTag/a":"${Team}"}"#),
            nearMiss: statement(condition: #""StringLike":{"aws:PrincipalTag/a":"${aws:username}-${*}"}"#)),
        RuleCase(
            "KP001", .critical, breaks: statement(principal: aws("111122223333")), nearMiss: statement(principal: aws("111111111111"))),
        RuleCase("KP001", .medium, breaks: statement(principal: aws("123456789012")), nearMiss: statement(principal: aws("123456789013"))),
        RuleCase(
            "KP001", .critical, breaks: statement(condition: #""StringEquals":{"kms:CallerAccount":"account-id"}"#),
            nearMiss: statement(condition: #""StringEquals":{"kms:CallerAccount":"339712745831"}"#)),
        RuleCase("KP002", .critical, breaks: statement(#"a\u0007"#), nearMiss: statement("a b")),
        RuleCase("KP005", .critical, breaks: statement(resource: ""), nearMiss: statement()),
        RuleCase(
            "KP005", .critical, breaks: statement(action: #""Action":[]"#), nearMiss: statement(action: #""NotAction":"kms:Decrypt""#)),
        RuleCase(
            "KP006", .high, breaks: statement(resource: #""Resource":"arn:aws:kms:us-east-1:604183725190:alias/a""#),
            nearMiss: statement(resource: #""Resource":"*""#)),
        RuleCase(
            "KP006", .high, breaks: statement(resource: #""Resource":"\#(keyARN.dropLast())4""#),
            nearMiss: statement(resource: #""Resource":"\#(keyARN)""#), context: PolicyContext(keyAccount: keyAccount, keyARN: keyARN)),
        RuleCase(
            "KP007", .critical, breaks: statement(), nearMiss: statement(condition: #""StringEquals":{"kms:CallerAccount":"604183725190"}"#)
        ),
        RuleCase(
            "KP007", .critical, breaks: statement(condition: #""StringLike":{"aws:PrincipalArn":"*"}"#),
            nearMiss: statement(condition: #""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::604183725190:role/*"}"#)),
        RuleCase(
            "KP007", .critical, breaks: statement(condition: #""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}"#),
            nearMiss: statement(effect: "Deny")),
        RuleCase(
            "KP008", .critical, breaks: statement(principal: #""NotPrincipal":{"AWS":"\#(role)"}"#),
            nearMiss: statement(principal: aws(role))),
        RuleCase(
            "KP009", .high, breaks: statement(action: #""NotAction":"kms:Decrypt""#),
            nearMiss: statement(effect: "Deny", action: #""NotAction":"kms:Decrypt""#)),
        RuleCase(
            "KP013", .high, breaks: statement(principal: aws(role), action: #""Action":"kms:Create*""#),
            nearMiss: statement(principal: aws(role), action: #""Action":["kms:CreateGrant","kms:Get*"]"#)),
        RuleCase(
            "KP014", .high,
            breaks: statement("A", principal: aws(role), action: #""Action":"kms:DisableKey""#) + ","
                + statement("B", principal: aws(role)),
            nearMiss: statement("A", principal: aws(role), action: #""Action":"kms:DisableKey""#) + ","
                + statement("B", principal: aws(role + "2"))),
        RuleCase(
            "KP014", .high,
            breaks: statement("A", principal: aws(role), action: #""Action":"kms:DisableKey""#) + ","
                + statement("B", condition: #""StringEquals":{"kms:CallerAccount":"604183725190"}"#),
            nearMiss: statement("A", principal: aws(role), action: #""Action":"kms:DisableKey""#) + ","
                + statement("B", condition: #""StringEquals":{"kms:CallerAccount":"339712745831"}"#)),
        RuleCase(
            "KP015", .medium, breaks: statement(principal: aws(role), action: #""Action":"kms:CreateGrant""#),
            nearMiss: statement(
                principal: aws(role), action: #""Action":"kms:CreateGrant""#,
                condition: #""ForAllValues:StringEquals":{"kms:GrantOperations":"Encrypt"}"#)),
        RuleCase(
            "KP016", .critical, breaks: statement(principal: aws(foreignRole)), nearMiss: statement(principal: aws(role)),
            context: PolicyContext(keyAccount: keyAccount, trustedAccounts: [])),
        RuleCase(
            "KP016", .critical, breaks: statement(condition: #""StringEquals":{"kms:CallerAccount":"999900001111"}"#),
            nearMiss: statement(principal: aws(foreignRole, root)),
            context: PolicyContext(keyAccount: keyAccount, managementAccount: management, trustedAccounts: [logArchive])),
        RuleCase(
            "KP017", .medium, breaks: statement(principal: aws(foreignRole), action: #""Action":"kms:PutKeyPolicy""#),
            nearMiss: statement(principal: aws(foreignRole), action: #""Action":"kms:GetKey*""#)),
        RuleCase(
            "KP018", .high, breaks: statement(principal: aws(foreignRoot)),
            nearMiss: statement(principal: aws(foreignRoot), condition: hasContext)),
        RuleCase(
            "KP018", .high,
            breaks: statement(
                principal: aws(foreignRoot), condition: #""StringNotEquals":{"kms:EncryptionContext:aws:cloudtrail:arn":"x"}"#),
            nearMiss: statement(principal: aws(foreignRole))),
        RuleCase(
            "KP019", .medium, breaks: statement(principal: aws(foreignRoot)),
            nearMiss: statement(principal: aws(foreignRoot), condition: #""StringEquals":{"aws:PrincipalOrgID":"o-1"}"#)),
        RuleCase("KP020", .high, breaks: statement(principal: cloudTrail), nearMiss: statement(principal: cloudTrail, condition: source)),
        RuleCase(
            "KP020", .high,
            breaks: statement(principal: cloudTrail, condition: #""ArnLike":{"aws:SourceArn":"arn:aws:cloudtrail:*:*:trail/*"}"#),
            nearMiss: statement(principal: cloudTrail, condition: #""StringEquals":{"aws:SourceAccount":"281474976710"}"#)),
        RuleCase(
            "KP020", .critical, breaks: statement(principal: cloudTrail, action: #""Action":"kms:GenerateDataKey""#, condition: source),
            nearMiss: statement(principal: cloudTrail, action: #""Action":"kms:GenerateDataKey""#), context: lake),
        RuleCase(
            "KP021", .high, breaks: statement(principal: cloudTrail, condition: source.replacing(management, with: keyAccount)),
            nearMiss: statement(principal: cloudTrail, condition: source)),
        RuleCase(
            "KP021", .critical, breaks: statement(principal: cloudTrail, condition: source.replacing(management, with: logArchive)),
            nearMiss: statement(principal: cloudTrail, condition: source),
            context: PolicyContext(keyAccount: keyAccount, managementAccount: management)),
        RuleCase(
            "KP021", .critical, breaks: statement(principal: cloudTrail, condition: source.replacing("us-east-1", with: "eu-west-1")),
            nearMiss: statement(principal: cloudTrail, condition: source), context: PolicyContext(keyAccount: keyAccount, trailARN: trail)),
        RuleCase(
            "KP022", .high, breaks: statement(principal: cloudTrail, action: #""Action":"kms:GenerateDataKey*""#, condition: source),
            nearMiss: statement(principal: cloudTrail, action: #""Action":"kms:GenerateDataKey*""#, condition: hasContext)),
        RuleCase(
            "KP024", .critical,
            breaks: statement(principal: aws(role), action: #""Action":["kms:Decrypt","kms:DescribeKey"]"#, condition: hasContext),
            nearMiss: statement(principal: aws(role), action: #""Action":["kms:Decrypt","kms:*"]"#, condition: hasContext)),
        RuleCase(
            "KP024", .critical, breaks: statement(effect: "Deny", action: #""Action":"kms:PutKeyPolicy""#, condition: hasContext),
            nearMiss: statement(
                effect: "Deny", action: #""Action":"kms:PutKeyPolicy""#, condition: hasContext.replacing("false", with: "true"))),
        RuleCase(
            "KP024", .high,
            breaks: statement(principal: cloudTrail, condition: #""StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}"#),
            nearMiss: statement(principal: aws(role), condition: #""StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}"#)),
        RuleCase(
            "KP024", .critical, breaks: statement(principal: cloudTrail, condition: #""StringEquals":{"aws:PrincipalOrgID":"o-1"}"#),
            nearMiss: statement(condition: #""StringEquals":{"aws:PrincipalOrgID":"o-1"}"#)),
        RuleCase(
            "KP025", .medium, breaks: statement(principal: cloudTrail, action: #""Action":"kms:ReEncrypt*""#),
            nearMiss: statement(principal: cloudTrail, action: #""Action":["kms:GenerateDataKey*","kms:DescribeKey","kms:Decrypt"]"#)),
        RuleCase(
            "KP026", .high, breaks: statement(condition: #""ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"}"#),
            nearMiss: statement(condition: #""ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"a"}"#)),
        RuleCase(
            "KP026", .high, breaks: statement(condition: #""ForAnyValue:StringEquals":{"aws:PrincipalArn":"a"}"#),
            nearMiss: statement(condition: #""StringEquals":{"aws:PrincipalArn":"a"}"#)),
        RuleCase(
            "KP026", .high, breaks: statement(condition: #""StringEqualsIfExists":{"kms:CallerAccount":"604183725190"}"#),
            nearMiss: statement(effect: "Deny", condition: #""StringNotEqualsIfExists":{"kms:CallerAccount":"604183725190"}"#)),
        RuleCase(
            "KP027", .medium, breaks: statement(condition: #""StringEquals":{"aws:PrincipalArn":"arn:aws:iam::604183725190:role/*"}"#),
            nearMiss: statement(condition: #""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::604183725190:role/*"}"#)),
        RuleCase(
            "KP028", .high, breaks: statement(action: #""Action":"kms=GenerateDataKey""#),
            nearMiss: statement(action: #""Action":"KMS:generatedatakey""#)),
        RuleCase(
            "KP028", .high, breaks: statement(action: #""Action":"kms:ReEncrypt""#),
            nearMiss: statement(action: #""Action":"kms:ReEncrypt*""#)),
        RuleCase(
            "KP028", .medium, breaks: statement(action: #""Action":"kms:TeleportEverything""#),
            nearMiss: statement(action: #""Action":"*""#)),
        RuleCase(
            "KP029", .high, breaks: statement(condition: #""StringEqual":{"aws:PrincipalOrgID":"o-1"}"#),
            nearMiss: statement(condition: #""StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}"#)),
        RuleCase(
            "KP029", .high, breaks: statement(condition: #""Bool":{"kms:GrantIsForAWSResource":"yes"}"#),
            nearMiss: statement(condition: #""Bool":{"kms:GrantIsForAWSResource":true}"#)),
        RuleCase(
            "KP029", .high, breaks: statement(condition: #""StringEquals":{"kms:CallerAcount":"1"}"#),
            nearMiss: statement(condition: #""StringEquals":{"KMS:calleraccount":"1"}"#)),
        RuleCase("KP030", .high, breaks: statement(principal: aws("AROAABCDEFGHIJKLMNOPQ")), nearMiss: statement(principal: aws(role))),
        RuleCase(
            "KP030", .high, breaks: statement(principal: aws("arn:aws:iam::604183725190:role/*")), nearMiss: statement(principal: aws(root))
        ),
        RuleCase(
            "KP030", .medium, breaks: statement(principal: aws("arn:aws:sts::604183725190:assumed-role/r/s")),
            nearMiss: statement(principal: aws("arn:aws:iam::604183725190:user/u"))),
        RuleCase(
            "KP031", .high,
            breaks: statement(effect: "Deny", action: #""Action":"kms:*""#, condition: #""StringNotEquals":{"aws:PrincipalOrgID":"o-1"}"#),
            nearMiss: statement(
                effect: "Deny", action: #""Action":"kms:*""#,
                condition: #""StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}"#)),
        RuleCase(
            "KP031", .high,
            breaks: statement(effect: "Deny", action: #""Action":"*""#, condition: #""NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#),
            nearMiss: statement(
                effect: "Deny", action: #""Action":"kms:PutKeyPolicy""#, condition: #""NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#)),
        RuleCase(
            "KP032", .critical,
            breaks: statement(
                effect: "Deny", action: #""Action":"kms:Put*""#, condition: #""ArnNotEquals":{"aws:PrincipalArn":"\#(role)"}"#),
            nearMiss: statement(
                effect: "Deny", action: #""Action":"kms:Put*""#, condition: #""ArnNotEquals":{"aws:PrincipalArn":["\#(role)","\#(root)"]}"#)
        ),
        RuleCase(
            "KP042", .medium,
            breaks: statement("A", principal: aws(role), action: #""Action":"kms:TagResource""#) + ","
                + statement("B", principal: aws(root), condition: #""StringEquals":{"aws:ResourceTag/team":"a"}"#),
            nearMiss: statement("A", principal: aws(role), action: #""Action":["kms:TagResource","kms:PutKeyPolicy"]"#) + ","
                + statement("B", principal: aws(root), condition: #""StringEquals":{"aws:ResourceTag/team":"a"}"#)),
        RuleCase(
            "KP042", .medium,
            breaks: statement("A", principal: aws(role), action: #""Action":"kms:UpdateAlias""#) + ","
                + statement("B", principal: aws(root), condition: #""ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}"#),
            nearMiss: statement("A", principal: aws(role), action: #""Action":"kms:UpdateAlias""#) + ","
                + statement("B", principal: aws(root), condition: #""StringEquals":{"aws:ResourceTag/team":"a"}"#)),
        RuleCase("KP043", .low, breaks: statement("S"), nearMiss: statement("T")),
        RuleCase(
            "KP043", .low, breaks: statement("T", principal: aws(foreignRole), action: #""Action":"kms:Create*""#),
            nearMiss: statement("T", principal: aws(foreignRole), action: #""Action":["kms:GenerateDataKey*","kms:Describe*","kms:ReEncrypt*"]"#)),
        RuleCase(
            "KP043", .low, breaks: statement("A", principal: aws(root), action: #""Action":"kms:Decrypt""#),
            nearMiss: statement("A", principal: aws(role), action: #""Action":"kms:Decrypt""#)),
        RuleCase(
            "KP044", .medium, breaks: statement(principal: aws("arn:aws-cn:iam::604183725190:role/r")),
            nearMiss: statement(principal: aws(role))),
        RuleCase("KP047", .medium, breaks: statement("For ann.lee@example.com"), nearMiss: statement("For the team @ example.com")),
        RuleCase("KP047", .medium, breaks: statement("AKIAIOSFODNN7EXAMPLE"), nearMiss: statement("AKIA is where access keys begin")),
        RuleCase("KP047", .medium, breaks: statement("password: hunter2"), nearMiss: statement("AllowPasswordRotation")),
        RuleCase(
            "KP047", .medium, breaks: statement("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY4f9Q2"),
            nearMiss: statement("AllowSecurityToolingAccountToUseTheKeyForCloudTrail2026")),
        RuleCase(
            "KP047", .medium, breaks: statement("AllowAnnLee", principal: aws("arn:aws:iam::604183725190:user/annlee")),
            nearMiss: statement("AllowAuditor", principal: aws("arn:aws:iam::604183725190:user/annlee"))),
        RuleCase(
            "KP049", .high, breaks: statement(effect: "Deny", principal: #""NotPrincipal":{"AWS":"\#(role)"}"#),
            nearMiss: statement(effect: "Deny")),
    ]
}

@Suite struct RuleTests {
    /// Beside an innocent statement, so that what is found is the case's own.
    private func found(_ rule: String, _ text: String, _ context: PolicyContext) throws -> [PolicyFinding] {
        let innocent = statement(rule == "KP043" ? "S" : "Account", principal: aws(root), action: #""Action":"kms:*""#)
        return PolicyChecks.run(try policy(innocent, text), in: context).filter { $0.rule == rule }
    }

    @Test(arguments: RuleCase.statements) func `a rule finds its case and leaves the near miss alone`(example: RuleCase) throws {
        let findings = try found(example.rule, example.breaks, example.context)
        #expect(findings.contains { $0.severity == example.severity }, "\(findings)")
        #expect(findings.allSatisfy { $0.pointer.hasPrefix("/Statement/") && $0.line == 1 })
        #expect(
            try found(example.rule, example.nearMiss, example.context).allSatisfy { $0.severity < .medium && example.severity >= .medium })
    }

    /// Rules that a single statement beside an innocent one cannot break: each has a test of its own below, with its near miss.
    static let ofDocuments: Set<String> = ["KP003", "KP004", "KP010", "KP011", "KP023", "KP033", "KP046"]

    @Test func `every rule has a case that breaks it and a near miss`() {
        let cases = Set(RuleCase.statements.map(\.rule))
        #expect(cases.isDisjoint(with: Self.ofDocuments))
        #expect(cases.union(Self.ofDocuments) == Set(PolicyChecks.rules.map(\.id)))
    }

    @Test func `without version 2012-10-17 the version is named`() throws {
        let old = try policy(wholeAccount, version: "2008-10-17")
        #expect(PolicyChecks.run(old, in: PolicyContext(keyAccount: keyAccount)).first { $0.rule == "KP004" }?.pointer == "/Version")
        #expect(rules(try PolicyDocument(text: #"{"Statement":[\#(wholeAccount)]}"#)).contains("KP004"))
        #expect(!rules(try policy(wholeAccount)).contains("KP004"))
    }

    @Test func `a policy of more than 28 KiB is told to be near the quota`() throws {
        #expect(rules(try policy(statement(String(repeating: "a", count: 28_700)))).contains("KP003"))
        #expect(!rules(try policy(statement(String(repeating: "a", count: 28_000)))).contains("KP003"))
    }

    @Test func `the account must be able to change the policy`() throws {
        #expect(!rules(try policy(wholeAccount)).contains("KP010"))
        #expect(rules(try policy(statement(principal: aws(root), action: #""Action":"kms:Describe*""#))).contains("KP010"))
        let bound = statement(
            principal: aws(root), action: #""Action":"kms:PutKeyPolicy""#, condition: #""StringEquals":{"aws:PrincipalOrgID":"o-1"}"#)
        let finding = PolicyChecks.run(try policy(bound), in: PolicyContext(keyAccount: keyAccount)).first { $0.rule == "KP010" }
        #expect(finding?.message == "whether the key's account may change the policy depends on aws:PrincipalOrgID")
        let denied = try policy(wholeAccount, statement("D", effect: "Deny", action: #""Action":"kms:PutKeyPolicy""#))
        #expect(rules(denied).contains("KP010") && rules(denied).contains("KP032"))
    }

    @Test func `the executor must be able to change the policy`() throws {
        func severity(_ document: PolicyDocument, _ executor: String) -> Severity? {
            let context = PolicyContext(keyAccount: keyAccount, executorARN: executor)
            return PolicyChecks.run(document, in: context).first { $0.rule == "KP011" }?.severity
        }
        #expect(severity(try example("organization"), executor) == nil)
        #expect(severity(try example("organization"), executor + "2") == .critical)
        #expect(severity(try policy(wholeAccount), executor) == .medium)
        #expect(severity(try policy(wholeAccount), "nobody") == .critical)
    }

    @Test func `CloudTrail must be able to write, and the statement that keeps it from it is named`() throws {
        func finding(_ document: PolicyDocument, _ context: PolicyContext = PolicyContext(keyAccount: keyAccount)) -> PolicyFinding? {
            PolicyChecks.run(document, in: context).first { $0.rule == "KP023" }
        }
        #expect(finding(try example("organization")) == nil)
        let text = try example("organization").text
        let denied = text.replacing(#"["kms:DisableKey","kms:PutKeyPolicy""#, with: #"["kms:DescribeKey","kms:PutKeyPolicy""#)
        #expect(
            finding(try PolicyDocument(text: denied))?.message == "statement \"Guard\" denies CloudTrail DescribeKey for the trail \(trail)"
        )
        let owned = text.replacing("trail/org-trail", with: "trail/other")
        #expect(finding(try PolicyDocument(text: owned), PolicyContext(keyAccount: keyAccount, trailARN: trail))?.pointer == "/Statement/3")
        let organization = #""StringEquals":{"aws:SourceOrgID":"o-1"}"#
        let open = statement(
            "E", principal: cloudTrail, action: #""Action":["kms:GenerateDataKey*","kms:DescribeKey"]"#, condition: organization)
        #expect(finding(try policy(open))?.severity == .high)
        #expect(
            finding(try policy(wholeAccount), RuleCase.lake)?.message
                == "CloudTrail may not GenerateDataKey for an event data store: no statement allows it")
        let lake = statement("L", principal: cloudTrail, action: #""Action":["kms:GenerateDataKey","kms:Decrypt"]"#)
        #expect(finding(try policy(wholeAccount, lake), RuleCase.lake) == nil)
    }

    @Test func `deletion is to be denied to all but the named, and slow`() throws {
        #expect(rules(try policy(wholeAccount)).contains("KP033"))
        let guarded = #""ArnNotEquals":{"aws:PrincipalArn":["\#(RuleCase.role)","\#(root)"]}"#
        let slow = #""NumericLessThan":{"kms:ScheduleKeyDeletionPendingWindowInDays":"30"}"#
        let destroy = #""Action":["kms:ScheduleKeyDeletion","kms:DisableKey"]"#
        let careful = try policy(
            wholeAccount, statement("G", effect: "Deny", action: destroy, condition: guarded),
            statement("W", effect: "Deny", action: #""Action":"kms:ScheduleKeyDeletion""#, condition: slow))
        #expect(!rules(careful).contains("KP033"))
        let fast = PolicyChecks.run(try example("organization"), in: PolicyContext(keyAccount: keyAccount)).filter { $0.rule == "KP033" }
        #expect(fast.map(\.message) == ["statement \"Administration\" lets the key be deleted after 7 days: nothing asks for 30"])
    }

    @Test func `somebody outside the account must be able to read`() throws {
        #expect(rules(try policy(wholeAccount)).contains("KP046"))
        #expect(!rules(try policy(wholeAccount, statement(principal: aws(RuleCase.foreignRole)))).contains("KP046"))
    }

    @Test func `findings come heaviest first, and every rule says why, whence and what to do`() throws {
        let findings = PolicyChecks.run(try PolicyDocument(text: PublishedPolicies.json), in: PolicyContext(keyAccount: keyAccount))
        #expect(zip(findings, findings.dropFirst()).allSatisfy { $0.severity >= $1.severity })
        #expect(Set(PolicyChecks.rules.map(\.id)).count == PolicyChecks.rules.count)
        for rule in PolicyChecks.rules { #expect(![rule.reason, rule.source, rule.fix].contains(""), "\(rule.id)") }
        #expect(PolicyChecks.rule("KP021")?.severity == .critical)
    }
}
