// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

@Suite struct EvaluatorTests {
    let role = "arn:aws:iam::604183725190:role/r"
    let ec = (key: "kms:EncryptionContext:aws:cloudtrail:arn", value: trail)
    let source = (key: "aws:SourceArn", value: trail)

    @Test func `the template lets CloudTrail write for its trail and for no other`() throws {
        let document = try example("organization")
        #expect(try word(document, "cloudtrail.amazonaws.com", "kms:GenerateDataKey", [source, ec]) == "allowed")
        #expect(try word(document, "cloudtrail.amazonaws.com", "kms:DescribeKey", [source]) == "allowed")
        let other = trail.replacing("281474976710", with: "999900001111")
        #expect(try word(document, "cloudtrail.amazonaws.com", "kms:GenerateDataKey", [(source.key, other), (ec.key, other)]) == "denied")
        #expect(try word(document, "cloudtrail.amazonaws.com", "kms:Decrypt", [source, ec]) == "denied")
        #expect(try word(document, "cloudtrail.amazonaws.com", "kms:GenerateDataKey", [source], absent: [ec.key]) == "denied")
        #expect(try answer(document, "cloudtrail.amazonaws.com", "kms:GenerateDataKey", [source]).missing == [ec.key])
    }

    @Test func `the template gives administration to the named and reading to the readers`() throws {
        let document = try example("organization")
        let admin = "arn:aws:iam::604183725190:role/cloudtrail-key-admin"
        #expect(try word(document, executor, "kms:PutKeyPolicy") == "allowed")
        #expect(try word(document, "arn:aws:sts::604183725190:assumed-role/cloudtrail-key-executor/run-1", "kms:PutKeyPolicy") == "allowed")
        #expect(try word(document, root, "kms:PutKeyPolicy") == "allowed")
        #expect(try word(document, role, "kms:PutKeyPolicy") == "denied")
        #expect(try word(document, role, "kms:GetKeyPolicy") == "delegated")
        #expect(try word(document, admin, "kms:Decrypt", [ec]) == "denied")
        #expect(try word(document, admin, "kms:ScheduleKeyDeletion") == "allowed")
        let reader = "arn:aws:iam::339712745831:role/analyst"
        #expect(try answer(document, reader, "kms:Decrypt", [ec]).verdict == .delegated(account: logArchive))
        #expect(try word(document, reader, "kms:Decrypt", absent: [ec.key]) == "denied")
        let open = try answer(document, reader, "kms:Decrypt")
        #expect(open.verdict == .unknown(missing: [ec.key]))
        #expect(open.statements.map(\.sid) == ["Readers"])
        let denial = try answer(document, role, "kms:PutKeyPolicy")
        #expect(denial.reason == .explicitDeny)
        #expect(denial.statements.map(\.pointer) == ["/Statement/6"])
    }

    @Test func `a name or a star is enough in the key's account, an account principal asks IAM, another account always does`() throws {
        let direct = try policy(statement(principal: aws(role)))
        #expect(try word(direct, role, "kms:Decrypt") == "allowed")
        #expect(try word(try policy(statement()), role, "kms:Decrypt") == "allowed")
        #expect(try word(try policy(statement()), "cloudtrail.amazonaws.com", "kms:Decrypt") == "allowed")
        #expect(try word(try policy(statement(principal: aws(root))), role, "kms:Decrypt") == "delegated")
        #expect(try word(try policy(statement(principal: aws(keyAccount))), role, "kms:Decrypt") == "delegated")
        #expect(try word(try policy(statement(principal: aws(keyAccount))), root, "kms:Decrypt") == "allowed")
        let foreign = "arn:aws:iam::339712745831:role/r"
        #expect(try word(try policy(statement(principal: aws(foreign))), foreign, "kms:Decrypt") == "delegated")
        #expect(try word(try policy(statement()), foreign, "kms:Decrypt") == "delegated")
    }

    @Test func `what KMS does not do across accounts is denied to them, and IAM's own actions to everyone`() throws {
        let document = try policy(statement(action: #""Action":"kms:*""#))
        let foreign = "arn:aws:iam::339712745831:role/r"
        for action in ["PutKeyPolicy", "ScheduleKeyDeletion", "ListKeyRotations", "ImportKeyMaterial", "GetKeyLastUsage", "TagResource"] {
            #expect(try answer(document, foreign, "kms:\(action)").reason == .notAcrossAccounts)
            #expect(try word(document, role, "kms:\(action)") == "allowed")
        }
        for action in ["Decapsulate", "CreateGrant", "GetKeyRotationStatus"] {
            #expect(try word(document, foreign, "kms:\(action)") == "delegated")
        }
        for action in ["CreateKey", "ListKeys", "GenerateRandom"] {
            #expect(try answer(document, role, "kms:\(action)").reason == .notOfKeyPolicies)
        }
    }

    @Test func `a statement without Resource or for another key is inert, and one whose key is not known is unknown`() throws {
        #expect(try word(try policy(statement(resource: "")), role, "kms:Decrypt") == "denied")
        #expect(try word(try policy(statement(action: "")), role, "kms:Decrypt") == "denied")
        let named = try policy(statement(resource: #""Resource":"\#(keyARN)""#))
        #expect(try word(named, role, "kms:Decrypt") == "allowed")
        #expect(try answer(named, role, "kms:Decrypt", key: nil).missing == ["the key's ARN"])
        #expect(
            try word(try policy(statement(resource: #""Resource":"arn:aws:kms:us-east-1:604183725190:alias/a""#)), role, "kms:Decrypt")
                == "denied")
        let otherAccount = try policy(statement(resource: #""Resource":"\#(keyARN.replacing(keyAccount, with: logArchive))""#))
        #expect(try answer(otherAccount, role, "kms:Decrypt", key: nil).verdict == .denied)
        #expect(try word(try policy(statement(resource: #""NotResource":"\#(keyARN)""#)), role, "kms:Decrypt") == "denied")
        #expect(try word(try policy(statement(resource: #""Resource":"arn:aws:kms""#)), role, "kms:Decrypt") == "allowed")
    }

    @Test(arguments: [
        ("kms:Decrypt", true), ("KMS:dEcRyPt", true), ("kms:De*", true), ("kms:Decryp?", true), ("*", true), ("kms:ReEncrypt", false),
        ("k*:Decrypt", false), ("Decrypt", false), ("kms=Decrypt", false), ("s3:*", false),
    ])
    func `an action is matched in any case, with wildcards in its name only`(pattern: String, matches: Bool) throws {
        let document = try policy(statement(action: #""Action":"\#(pattern)""#))
        #expect(try word(document, role, "kms:Decrypt") == (matches ? "allowed" : "denied"))
        #expect(
            try word(try policy(statement(action: #""NotAction":"\#(pattern)""#)), role, "kms:Decrypt") == (matches ? "denied" : "allowed"))
    }

    @Test func `a session is its role whatever the path, and a role is not yet a session`() throws {
        let session = "arn:aws:sts::604183725190:assumed-role/r/s"
        #expect(
            try word(try policy(statement(principal: aws("arn:aws:iam::604183725190:role/path/r"))), session, "kms:Decrypt") == "allowed")
        #expect(try word(try policy(statement(principal: aws(session))), session, "kms:Decrypt") == "allowed")
        #expect(try answer(try policy(statement(principal: aws(session))), role, "kms:Decrypt").missing == ["the session's name"])
        let byARN = #""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::604183725190:role/path/r"}"#
        #expect(try word(try policy(statement(condition: byARN)), session, "kms:Decrypt") == "allowed")
        #expect(try word(try policy(statement(condition: byARN)), role, "kms:Decrypt") == "denied")
        let below = #""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::604183725190:role/path/*"}"#
        #expect(try word(try policy(statement(condition: below)), session, "kms:Decrypt") == "unknown")
        let told = [(key: "aws:PrincipalArn", value: "arn:aws:iam::604183725190:role/path/r")]
        #expect(try word(try policy(statement(condition: below)), session, "kms:Decrypt", told) == "allowed")
    }

    @Test func `NotPrincipal with Allow bans, with Deny spares only who is listed by every name`() throws {
        let session = "arn:aws:sts::604183725190:assumed-role/r/s"
        let ban = try policy(statement(principal: #""NotPrincipal":{"AWS":"\#(role)"}"#))
        #expect(try word(ban, role, "kms:Decrypt") == "denied")
        #expect(try word(ban, "arn:aws:iam::604183725190:role/other", "kms:Decrypt") == "allowed")
        func deny(_ spared: String...) throws -> PolicyDocument {
            let list = spared.map { #""\#($0)""# }.joined(separator: ",")
            return try policy(statement("A"), statement("D", effect: "Deny", principal: #""NotPrincipal":{"AWS":[\#(list)]}"#))
        }
        #expect(try word(try deny(role), role, "kms:Decrypt") == "denied")
        #expect(try word(try deny(role, root), role, "kms:Decrypt") == "allowed")
        #expect(try word(try deny(role, root), session, "kms:Decrypt") == "denied")
        #expect(try word(try deny(role, root, session), session, "kms:Decrypt") == "allowed")
        #expect(try word(try deny(role, root), "cloudtrail.amazonaws.com", "kms:Decrypt") == "denied")
    }

    @Test func `keys that follow from the principal are derived and cannot be chosen`() throws {
        let caller = try policy(statement(condition: #""StringEquals":{"KMS:callerAccount":"339712745831"}"#))
        #expect(try word(caller, "arn:aws:iam::339712745831:user/u", "kms:Decrypt") == "delegated")
        #expect(try word(caller, role, "kms:Decrypt") == "denied")
        let refusal = try #require(throws: Refusal.self) { try answer(caller, role, "kms:Decrypt", [("kms:CallerAccount", logArchive)]) }
        #expect(refusal.code == "context-contradicts-principal")
        let guarded = try policy(
            statement("A"),
            statement(
                "D", effect: "Deny",
                condition: #""StringNotEquals":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}"#))
        #expect(try word(guarded, "cloudtrail.amazonaws.com", "kms:Decrypt") == "allowed")
        #expect(try answer(guarded, role, "kms:Decrypt").missing == ["aws:PrincipalOrgID"])
        let unguarded = try policy(
            statement("A"), statement("D", effect: "Deny", condition: #""StringNotEquals":{"aws:PrincipalOrgID":"o-1"}"#))
        #expect(try word(unguarded, "cloudtrail.amazonaws.com", "kms:Decrypt") == "denied")
    }

    @Test func `an encryption context is absent where the action has none, even when it is given`() throws {
        let condition = #""StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*"}"#
        let document = try policy(
            statement(principal: cloudTrail, action: #""Action":["kms:DescribeKey","kms:GenerateDataKey*"]"#, condition: condition))
        #expect(try word(document, "cloudtrail.amazonaws.com", "kms:GenerateDataKey", [ec]) == "allowed")
        #expect(try word(document, "cloudtrail.amazonaws.com", "kms:DescribeKey", [ec]) == "denied")
    }

    @Test func `an open Deny makes an answer unknown only where something was allowed`() throws {
        let deny = statement("D", effect: "Deny", condition: #""StringEquals":{"aws:PrincipalOrgID":"o-1"}"#)
        #expect(try word(try policy(statement("A"), deny), role, "kms:Decrypt") == "unknown")
        #expect(try word(try policy(deny), role, "kms:Decrypt") == "denied")
        #expect(try word(PolicyDocument.empty, role, "kms:Decrypt") == "denied")
    }

    @Test func `a trace says which part kept each statement from applying`() throws {
        let document = try example("organization")
        let request = try AccessRequest(
            principal: try RequestPrincipal(role), action: "kms:GetKeyPolicy", key: KeyIdentity(account: keyAccount))
        let trace = PolicyEvaluator.trace(document, request)
        #expect(trace.map(\.applies) == [true, false, false, false, false, false, false])
        #expect(trace.map(\.failed) == [nil, .principal, .principal, .principal, .principal, .principal, .action])
    }

    @Test func `an action of another service is refused, and one that is newer than the table is answered by patterns`() throws {
        let refusal = try #require(throws: Refusal.self) { try answer(try policy(statement()), role, "s3:GetObject") }
        #expect(refusal.code == "action-unknown")
        #expect(refusal.hint == "write one action with its prefix, such as kms:Decrypt")
        #expect(try word(try policy(statement(action: #""Action":"kms:*""#)), role, "kms:Teleport") == "allowed")
    }
}
