// SPDX-License-Identifier: Apache-2.0
import Files
import StrictFormats
import Testing

@testable import KeyPolicies

let proofKey = KeyIdentity(account: keyAccount, arn: keyARN)

/// The differences in one line each: `principal action before→after`.
func differences(_ old: PolicyDocument, _ new: PolicyDocument, key: KeyIdentity = proofKey) -> [String] {
    let proof = PolicyProver.difference(old, new, key: key)
    return (proof.newlyAllowed + proof.noLongerAllowed).map {
        "\($0.principal.text) \($0.actions.joined(separator: ",")) \($0.before.word)→\($0.after.word)"
    } + proof.gaps.map { "? \($0.statement): \($0.reason)" }
}

@Suite struct ProofTests {
    let analyst = "arn:aws:iam::339712745831:role/security-analyst"
    let ec = "kms:EncryptionContext:aws:cloudtrail:arn"

    @Test func `a policy and itself, shuffled or re-spelled, permit the same`() throws {
        let document = try example("organization")
        #expect(PolicyProver.difference(document, document, key: proofKey).isSame)
        #expect(differences(try policy(statement(principal: aws(root))), try policy(statement("T", principal: aws(keyAccount)))) == [])
        #expect(
            differences(
                try policy(statement(action: #""Action":"kms:ReEncrypt*""#)),
                try policy(statement(action: #""Action":["KMS:ReEncryptTo","kms:reencryptfrom"]"#))) == [])
        #expect(
            differences(
                try policy(statement(condition: #""StringEquals":{"k":["a","b"]}"#)),
                try policy(statement("A", condition: #""StringEquals":{"K":"b"}"#), statement("B", condition: #""StringLike":{"k":"a"}"#))) == [])
    }

    @Test func `naming a role of an account that is trusted already changes nothing, and is proven so`() throws {
        let folder = "\(policiesFolder)/../../shared/vectors/reference"
        guard let first = try? FileReader.read("\(folder)/policy-1.json"), let second = try? FileReader.read("\(folder)/policy-2.json") else {
            print("the shared vectors are not here: not compared")
            return
        }
        let (old, new) = (try PolicyDocument(bytes: first), try PolicyDocument(bytes: second))
        // IAM of the log archive account decided before, through the account principal, and it decides after.
        #expect(differences(old, new) == [])
        #expect(try answer(old, analyst, "kms:Decrypt", [(ec, trail)]).verdict == .delegated(account: logArchive))
        #expect(try answer(new, analyst, "kms:Decrypt", [(ec, trail)]).verdict == .delegated(account: logArchive))
    }

    @Test func `a role let in is shown with the context it needs, and nothing else`() throws {
        let condition = #""Null":{"\#(ec)":"false"}"#
        let old = try policy(wholeAccount)
        let new = try policy(wholeAccount, statement("Readers", principal: aws(analyst), condition: condition))
        let proof = PolicyProver.difference(old, new, key: proofKey)
        #expect(proof.complete)
        #expect(proof.noLongerAllowed.isEmpty)
        let witness = try #require(proof.newlyAllowed.first)
        #expect(proof.newlyAllowed.count == 1)
        #expect(witness.principal.text == analyst)
        #expect(witness.actions == ["kms:Decrypt"])
        #expect(witness.context.map(\.key) == [ec])
        #expect(witness.before == .denied)
        #expect(witness.after == .delegated(account: logArchive))
        #expect(witness.callers.contains(analyst))
    }

    @Test(arguments: [
        (#""StringEquals":{"k":"a"}"#, #""StringEquals":{"k":["a","b"]}"#, "+"),
        (#""StringLike":{"k":"a*b"}"#, #""StringLike":{"k":["a*b","ab","a?b"]}"#, "="),
        (#""StringLike":{"k":"a*"}"#, #""StringLike":{"k":["a","a?*"]}"#, "="),
        (#""StringEqualsIgnoreCase":{"k":"ab"}"#, #""StringEquals":{"k":["ab","AB","aB","Ab"]}"#, "="),
        (#""StringEqualsIgnoreCase":{"k":"k"}"#, #""StringEquals":{"k":["k","K"]}"#, "-"),
        (#""StringNotEquals":{"k":"a"}"#, #""StringNotLike":{"k":"a*"}"#, "-"),
        (#""StringEquals":{"k":"a"}"#, #""StringEqualsIfExists":{"k":"a"}"#, "+"),
        (#""StringEqualsIfExists":{"k":"a"}"#, #""StringEquals":{"k":"a"}"#, "-"),
        (#""Null":{"k":"false"}"#, #""StringLike":{"k":"*"}"#, "="),
        (#""NumericLessThan":{"k":"7"}"#, #""NumericLessThanEquals":{"k":"7"}"#, "+"),
        (#""NumericEquals":{"k":"7"}"#, #""NumericEquals":{"k":"7.0"}"#, "="),
        (#""NumericLessThan":{"k":"7"}"#, #""NumericNotEquals":{"k":"7"}"#, "+"),
        (#""DateLessThan":{"k":"2026-01-01T00:00:00Z"}"#, #""DateLessThan":{"k":"1767225600"}"#, "="),
        (#""DateLessThan":{"k":"2026-01-01"}"#, #""DateLessThanEquals":{"k":"2026-01-01"}"#, "+"),
        (#""IpAddress":{"k":["10.0.0.0/9","10.128.0.0/9"]}"#, #""IpAddress":{"k":"10.0.0.0/8"}"#, "="),
        (#""IpAddress":{"k":"10.0.0.0/8"}"#, #""IpAddress":{"k":["10.0.0.0/8","2001:db8::/32"]}"#, "+"),
        (#""Bool":{"k":"true"}"#, #""StringEqualsIgnoreCase":{"k":"TRUE"}"#, "="),
        (#""Bool":{"k":"true"}"#, #""Bool":{"k":["true","false"]}"#, "+"),
        (#""ArnLike":{"k":"arn:aws:s3:::a/*"}"#, #""StringLike":{"k":"arn:aws:s3:::a/*"}"#, "="),
        (#""ArnLike":{"k":"arn:aws:*:us:1:a"}"#, #""StringLike":{"k":"arn:aws:*:us:1:a"}"#, "+"),
        (#""ArnLike":{"k":"*"}"#, #""StringLike":{"k":"arn:*:*:*:*:*"}"#, "="),
        (#""ForAnyValue:StringEquals":{"k":["a","b"]}"#, #""ForAnyValue:StringEquals":{"k":["b","a"]}"#, "="),
        (#""ForAllValues:StringEquals":{"k":["a","b"]}"#, #""ForAllValues:StringNotEquals":{"k":["c"]}"#, "+"),
        (#""ForAnyValue:StringEquals":{"k":"a"},"ForAnyValue:StringLike":{"k":"b"}"#, #""ForAnyValue:StringEquals":{"k":["a","b"]}"#, "+"),
        (#""ForAllValues:StringEquals":{"k":"a"},"Null":{"k":"false"}"#, #""ForAllValues:StringEquals":{"k":"a"}"#, "+"),
        (#""BinaryEquals":{"k":"QQ=="}"#, #""StringEquals":{"k":"QQ=="}"#, "="),
        (#""StringEquals":{"aws:PrincipalAccount":"604183725190"}"#, #""StringEquals":{"kms:CallerAccount":"604183725190"}"#, "="),
        (#""Bool":{"aws:PrincipalIsAWSService":"true"}"#, #""Null":{"aws:PrincipalAccount":"true"}"#, "="),
        (#""StringEquals":{"k":"${aws:SourceVpc}"}"#, #""StringEquals":{"aws:SourceVpc":"${k}"}"#, "+-"),
        (#""StringEquals":{"k":"${aws:SourceVpc}"}"#, #""StringEquals":{"k":["${aws:SourceVpc}","z"]}"#, "+"),
        (#""StringEquals":{"k:k":"${aws:SourceVpc}"}"#, #""StringEquals":{"aws:SourceVpc":"${k:k}"}"#, "="),
        (#""StringEquals":{"k":"${aws:PrincipalAccount}"}"#, #""StringEquals":{"k":"${kms:CallerAccount}"}"#, "="),
        (#""StringMatches":{"k":"a"}"#, #""StringEquals":{"k":"a"}"#, "?"),
        (#""StringEquals":{"k":"x${aws:username}"}"#, #""StringEquals":{"k":"y"}"#, "?"),
    ])
    func `conditions are compared by what they mean`(old: String, new: String, expected: String) throws {
        let proof = PolicyProver.difference(try policy(statement(condition: old)), try policy(statement(condition: new)), key: proofKey)
        let seen = !proof.complete ? "?" : (proof.newlyAllowed.isEmpty ? "" : "+") + (proof.noLongerAllowed.isEmpty ? "" : "-")
        #expect(
            seen == (expected == "=" ? "" : expected),
            "\(proof.gaps) \(proof.newlyAllowed.first?.context as Any) \(proof.noLongerAllowed.first?.context as Any)")
    }

    @Test func `who is meant is compared by what it means`() throws {
        let role = "arn:aws:iam::604183725190:role/r"
        let below = #""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::604183725190:role/team/*"}"#
        let found = differences(try policy(), try policy(statement(condition: below)))
        #expect(found.contains { $0.contains("role/team/") && $0.hasSuffix("denied→allowed") })
        #expect(!found.contains { $0.contains("999999999999") || $0.hasPrefix("?") })
        let ban = try policy(statement(principal: #""NotPrincipal":{"AWS":"\#(role)"}"#))
        #expect(differences(try policy(statement()), ban).contains("\(role) kms:Decrypt allowed→denied"))
        let session = try policy(statement(principal: aws("arn:aws:sts::604183725190:assumed-role/r/s")))
        #expect(differences(try policy(), session) == ["arn:aws:sts::604183725190:assumed-role/r/s kms:Decrypt denied→allowed"])
        #expect(
            differences(
                try policy(statement(action: #""Action":"kms:PutKeyPolicy""#)),
                try policy(statement(principal: aws(keyAccount), action: #""Action":"kms:PutKeyPolicy""#))
            ).allSatisfy { !$0.contains("999999999999") })
    }

    @Test func `a resource whose key is not known is undecided, not nothing`() throws {
        let named = try policy(statement(resource: #""Resource":"\#(keyARN)""#))
        #expect(differences(named, try policy(statement())) == [])
        let unknown = PolicyProver.difference(try policy(), named, key: KeyIdentity(account: keyAccount))
        #expect(!unknown.complete)
        #expect(unknown.newlyAllowed.isEmpty)
    }

    @Test(.timeLimit(.minutes(5)), arguments: [1, 4, 16])
    func `patterns made to explode are decided or given up, in bounded time`(count: Int) throws {
        let stars = (0..<count).map { index in #""\#((0..<12).map { "*\(Character(Unicode.Scalar(UInt8(97 + ($0 + index) % 26))))" }.joined())*""# }
        let gaps = (0..<count).map { index in #""*a\#(String(repeating: "?", count: 12 + index))b*""# }
        for values in [stars, gaps] {
            let old = try policy(statement(condition: #""StringLike":{"k":[\#(values.joined(separator: ","))]}"#))
            let new = try policy(
                statement(condition: #""StringLike":{"k":[\#(values.dropFirst().joined(separator: ",")),"zz"]}"#.replacing("[,", with: "[")))
            let clock = ContinuousClock()
            let time = clock.measure { _ = PolicyProver.difference(old, new, key: proofKey) }
            print("hostile patterns \(count): \(time)")
            #expect(time < .seconds(5))
        }
    }
}
