// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

@Suite struct PublishedPoliciesTests {
    private func findings(_ text: String, _ context: PolicyContext) throws -> [PolicyFinding] {
        PolicyChecks.run(try PolicyDocument(text: text), in: context)
    }

    @Test func `each known defect of the sample's JSON is found by its rule`() throws {
        let document = try PolicyDocument(text: PublishedPolicies.json)
        let account = try #require(PolicyContext.likelyKeyAccount(of: document))
        #expect(account == "[SecurityAccountID]")
        for management in [nil, management] {
            let found = rules(document, PolicyContext(keyAccount: account, managementAccount: management))
            for id in ["KP001", "KP006", "KP018", "KP021", "KP023", "KP024", "KP025"] { #expect(found.contains(id), "\(id)") }
            #expect(!found.contains("KP046"))
        }
        let findings = PolicyChecks.run(document, in: PolicyContext(keyAccount: account, managementAccount: management))
        #expect(
            findings.filter { $0.rule == "KP001" }.map(\.pointer) == [
                "/Statement/0/Principal/AWS", "/Statement/1/Principal/AWS", "/Statement/2/Resource",
                "/Statement/2/Condition/StringLike/kms:EncryptionContext:aws:cloudtrail:arn",
                "/Statement/2/Condition/StringEquals/aws:SourceArn",
                "/Statement/3/Principal/AWS",
            ])
    }

    @Test func `filled in as its names say, the sample still does not work`() throws {
        let context = PolicyContext(keyAccount: keyAccount, keyARN: keyARN, managementAccount: management)
        let found = try findings(PublishedPolicies.filledJSON, context)
        let owner = found.filter { $0.rule == "KP021" }
        #expect(owner.map(\.severity) == [.critical, .critical])
        #expect(
            owner[1].message
                == "statement \"AllowuseofthekeyFromCloudTrail\": aws:SourceArn names a trail of account 604183725190, but the trail belongs to account 281474976710"
        )
        let dead = try #require(found.first { $0.rule == "KP024" })
        #expect(dead.pointer == "/Statement/2/Action/4" && dead.severity == .critical && dead.line == 4)
        #expect(
            dead.message
                == "statement \"AllowuseofthekeyFromCloudTrail\" grants nothing for kms:DescribeKey: its requests never have kms:EncryptionContext:aws:cloudtrail:arn"
        )
        #expect(found.contains { $0.rule == "KP023" && $0.message.contains("DescribeKey") })
        let open = try findings(PublishedPolicies.filledJSON, PolicyContext(keyAccount: keyAccount, keyARN: keyARN))
        #expect(open.filter { $0.rule == "KP021" }.map(\.severity) == [.high, .high])
        let forgotten = PublishedPolicies.filledJSON.replacing("us-east-1:604183725190:key", with: "us-east-1:339712745831:key")
        #expect(try findings(forgotten, context).first { $0.rule == "KP006" }?.pointer == "/Statement/2/Resource")
    }

    @Test func `the sample's Terraform variant names CloudTrail nowhere`() throws {
        let found = rules(try PolicyDocument(text: PublishedPolicies.terraform))
        for id in ["KP018", "KP019", "KP023", "KP043"] { #expect(found.contains(id), "\(id)") }
        let works = try #require(
            try findings(PublishedPolicies.terraform, PolicyContext(keyAccount: keyAccount)).first { $0.rule == "KP023" })
        #expect(works.message.hasSuffix("no statement allows it"))
    }

    @Test func `the CloudFormation variant works but for the confused deputy`() throws {
        let document = try PolicyDocument(text: PublishedPolicies.cloudFormation)
        let context = PolicyContext(keyAccount: keyAccount, managementAccount: management)
        #expect(rules(document, context, from: .high) == ["KP020"])
        #expect(rules(document, context) == ["KP019", "KP020", "KP027", "KP033", "KP043"])
    }

    @Test func `the reference architecture's key differs by a statement that says nothing new`() throws {
        let document = try PolicyDocument(text: PublishedPolicies.securityReference)
        #expect(document.statements.count == 7)
        let context = PolicyContext(keyAccount: keyAccount, managementAccount: management)
        #expect(rules(document, context, from: .high) == ["KP020"])
        #expect(rules(document, context) == ["KP019", "KP020", "KP027", "KP033", "KP043"])
    }

    @Test func `Control Tower's key lies in the management account, and its trail is its own`() throws {
        let document = try PolicyDocument(text: PublishedPolicies.controlTower)
        let found = try findings(PublishedPolicies.controlTower, PolicyContext(keyAccount: management, managementAccount: management))
        #expect(PolicyContext.likelyKeyAccount(of: document) == management)
        for id in ["KP007", "KP020", "KP021", "KP022", "KP024", "KP025"] { #expect(!found.contains { $0.rule == id }, "\(id)") }
        // CloudTrail's guide asks for DescribeKey too, and this policy does not have it.
        #expect(
            found.filter { $0.severity >= .high }.map(\.message) == [
                "CloudTrail may not DescribeKey for the trail arn:aws:cloudtrail:us-east-1:281474976710:trail/aws-controltower-BaselineCloudTrail: no statement allows it"
            ])
    }

    @Test func `administrators by wildcard verbs can grant themselves what they may not do`() throws {
        let found = try findings(PublishedPolicies.administrators, PolicyContext(keyAccount: keyAccount))
        #expect(found.filter { $0.rule == "KP013" }.map(\.pointer) == ["/Statement/1/Action/0", "/Statement/1/Action/4"])
        #expect(found.filter { $0.rule == "KP015" }.map(\.pointer) == ["/Statement/1/Action"])
        #expect(found.filter { $0.rule == "KP043" }.map(\.pointer).contains("/Statement/1/Action/0"))
    }

    @Test func `an equals sign for a colon leaves CloudTrail without its right`() throws {
        let context = PolicyContext(keyAccount: keyAccount, managementAccount: keyAccount)
        let found = try findings(PublishedPolicies.misspelled, context)
        let typo = try #require(found.first { $0.rule == "KP028" })
        #expect(typo.pointer == "/Statement/1/Action" && typo.message.hasSuffix("did you mean kms:GenerateDataKey?"))
        #expect(found.contains { $0.rule == "KP023" && $0.message.contains("GenerateDataKey") })
    }

    @Test func `CloudTrail's reference statements raise no alarm`() throws {
        let document = try PolicyDocument(text: PublishedPolicies.reference)
        for management in [nil, management] {
            #expect(rules(document, PolicyContext(keyAccount: keyAccount, managementAccount: management), from: .high) == [])
        }
        #expect(rules(document, from: .medium) == ["KP033"])
    }

    @Test func `everyone bounded by the caller's account is not public`() throws {
        let document = try PolicyDocument(text: PublishedPolicies.console)
        let found = rules(document, PolicyContext(keyAccount: keyAccount, managementAccount: keyAccount))
        for id in ["KP007", "KP016", "KP018", "KP021", "KP022", "KP023", "KP024", "KP031"] { #expect(!found.contains(id), "\(id)") }
    }

    @Test(arguments: ["organization", "analyst"]) func `the template's policies pass every check`(name: String) throws {
        let document = try example(name)
        let known = PolicyContext(
            keyAccount: keyAccount, region: "us-east-1", executorARN: executor, trailARN: trail, managementAccount: management,
            trustedAccounts: [logArchive])
        for context in [PolicyContext(keyAccount: keyAccount), known] {
            #expect(rules(document, context, from: .high) == [])
            #expect(rules(document, context) == ["KP019", "KP027", "KP033"])
        }
    }
}
