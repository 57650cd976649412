// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

@Suite struct ProofAssertionTests {
    private func assertions(_ text: String) throws -> [PolicyAssertion] {
        let document = try JSONDocument(Array(text.utf8), rules: .authored, file: "a.json")
        return try document.decode { root throws(Refusal) in try PolicyAssertion.list(root) }
    }

    private func outcome(_ text: String, _ document: PolicyDocument, key: KeyIdentity = proofKey) throws -> String {
        PolicyProver.check(document, try assertions("[{\"name\":\"n\",\(text)}]"), key: key).map(\.outcome.rawValue).joined()
    }

    private let writing = #""context":{"aws:SourceArn":"\#(trail)","kms:EncryptionContext:aws:cloudtrail:arn":"\#(trail)"}"#

    @Test(arguments: [
        (#""expect":"never","principals":"any","except":["339712745831","281474976710"],"actions":["kms:Decrypt","kms:ReEncryptFrom"]"#, "holds"),
        (#""expect":"never","principals":"any","except":["281474976710"],"actions":["kms:Decrypt"]"#, "violated"),
        (#""expect":"never","at":"delegated","principals":"any","actions":["kms:Decrypt"]"#, "holds"),
        (#""expect":"never","principals":["arn:aws:iam::604183725190:role/cloudtrail-key-admin"],"actions":["kms:Decrypt"]"#, "holds"),
        (#""expect":"always","principals":["arn:aws:iam::604183725190:root"],"actions":["kms:PutKeyPolicy"]"#, "holds"),
        (#""expect":"always","principals":["arn:aws:iam::604183725190:role/cloudtrail-key-executor"],"actions":["kms:PutKeyPolicy"]"#, "holds"),
        (#""expect":"always","principals":["604183725190"],"actions":["kms:PutKeyPolicy"]"#, "violated"),
        (#""expect":"never","principals":"any","except":["604183725190"],"actions":["kms:PutKeyPolicy","kms:ScheduleKeyDeletion"]"#, "holds"),
        (#""expect":"always","principals":["cloudtrail.amazonaws.com"],"actions":["kms:GenerateDataKey"]"#, "violated"),
        (
            #""expect":"always","at":"delegated","principals":["339712745831"],"actions":["kms:Decrypt"],"context":{"kms:EncryptionContext:aws:cloudtrail:arn":["a","b"]}"#,
            "holds"
        ),
        (
            #""expect":"always","at":"delegated","principals":["339712745831"],"actions":["kms:Decrypt"],"context":{"kms:EncryptionContext:aws:cloudtrail:arn":null}"#,
            "violated"
        ),
    ])
    func `the template is held to its promises, for every request that they leave open`(assertion: String, expected: String) throws {
        #expect(try outcome(assertion, try example("organization")) == expected)
    }

    @Test func `CloudTrail writes, and a Deny that catches it is found`() throws {
        let text = #""expect":"always","principals":["cloudtrail.amazonaws.com"],"actions":["kms:GenerateDataKey"],\#(writing)"#
        #expect(try outcome(text, try example("organization")) == "holds")
        let plain = statement("T", principal: cloudTrail, action: #""Action":"kms:GenerateDataKey*""#)
        let deny = statement("D", effect: "Deny", action: #""Action":"kms:*""#, condition: #""StringNotEquals":{"aws:PrincipalOrgID":"o-1"}"#)
        let verdict = try #require(PolicyProver.check(try policy(plain, deny), try assertions("[{\"name\":\"n\",\(text)}]"), key: proofKey).first)
        #expect(verdict.outcome == .violated)
        #expect(verdict.witnesses.first?.after == .denied)
        #expect(verdict.witnesses.first?.statements.map(\.sid) == ["D"])
    }

    @Test func `what cannot be decided does not hold`() throws {
        let odd = try policy(statement(condition: #""StringMatches":{"k":"a"}"#))
        #expect(try outcome(#""expect":"never","principals":"any","actions":["kms:Decrypt"]"#, odd) == "undecided")
        #expect(try outcome(#""expect":"always","principals":["cloudtrail.amazonaws.com"],"actions":["kms:Decrypt"]"#, odd) == "undecided")
    }

    @Test(arguments: [
        (#"{"name":"n","expect":"never","principal":"any","actions":["kms:Decrypt"]}"#, "unknown-member"),
        (#"{"name":"n","expect":"never","actions":["kms:Decrypt"]}"#, "missing-member"),
        (#"{"name":"n","expect":"never","principals":"all","actions":["kms:Decrypt"]}"#, "assertion-principal"),
        (#"{"name":"n","expect":"never","principals":["arn:aws:iam::1:role/x"],"actions":["kms:Decrypt"]}"#, "assertion-principal"),
        (#"{"name":"n","expect":"never","principals":"any","actions":["kms:Decript"]}"#, "action-unknown"),
        (#"{"name":"n","expect":"never","principals":"any","actions":[]}"#, "assertion-action"),
        (#"{"name":"n","expect":"never","at":"allowed","principals":"any","actions":["kms:Decrypt"]}"#, "assertion-empty"),
        (#"{"name":"n","expect":"never","principals":"any","actions":["kms:Decrypt"],"context":{"aws:PrincipalArn":"x"}}"#, "assertion-context"),
        (#"{"name":"n","expect":"never","principals":"any","actions":["kms:Decrypt"],"context":{"kms:ViaServise":"x"}}"#, "assertion-context"),
    ])
    func `an assertion that says something else than it seems to is refused`(text: String, code: String) throws {
        let refusal = try #require(throws: Refusal.self) { try assertions("[\(text)]") }
        #expect(refusal.code == code)
    }
}
