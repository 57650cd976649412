// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

@Suite struct EqualityTests {
    private func grade(_ a: String, _ b: String) throws -> PolicyEquality {
        PolicyComparison.grade(try PolicyDocument(text: a), try PolicyDocument(text: b))
    }

    @Test func `the same bytes, the same JSON, the same meaning`() throws {
        let text = try example("analyst").text
        #expect(try grade(text, text) == .byteEqual)
        let pretty = JSONWriter.pretty(try PolicyDocument(text: text).json)
        #expect(try grade(text, pretty) == .jsonEqual)
        #expect(
            try grade(
                text,
                text.replacing(
                    #"["arn:aws:iam::339712745831:root","arn:aws:iam::281474976710:root","#, with: #"["281474976710","339712745831","#))
                == .semanticallyEqual)
        #expect(PolicyEquality.allCases.map(\.rawValue) == ["byte-equal", "json-equal", "semantically-equal", "different"])
    }

    @Test(arguments: [
        (#""Principal":"*""#, #""Principal":{"AWS":["*"]}"#, true), (#""Action":"kms:Decrypt""#, #""Action":["KMS:decrypt"]"#, true),
        (#""Action":["kms:a","kms:b"]"#, #""Action":["kms:b","kms:a","kms:A"]"#, true),
        (#""Action":"kms:a""#, #""NotAction":"kms:a""#, false),
        (#""Resource":"*""#, #""Resource":["*"]"#, true), (#""Resource":"arn:a""#, #""Resource":"arn:A""#, false),
        (#""Condition":{"Bool":{"aws:a":true}}"#, #""Condition":{"Bool":{"AWS:A":["True"]}}"#, true),
        (#""Condition":{"StringEquals":{"k":["a","b"]}}"#, #""Condition":{"StringEquals":{"k":["b","a"]}}"#, true),
        (#""Condition":{"StringEquals":{"k":"a"}}"#, #""Condition":{"StringEquals":{"k":"A"}}"#, false),
        (#""Condition":{"StringEquals":{"k":"a"}}"#, #""Condition":{"StringLike":{"k":"a"}}"#, false),
        (#""Principal":{"AWS":"604183725190"}"#, #""Principal":{"AWS":"arn:aws:iam::604183725190:root"}"#, true),
        (#""Principal":{"AWS":"604183725190"}"#, #""Principal":{"AWS":"arn:aws-cn:iam::604183725190:root"}"#, false),
        (#""Principal":{"AWS":"x"}"#, #""Principal":{"Federated":"x"}"#, false), (#""Sid":"a""#, #""Sid":"A""#, false),
        (#""Sid":"""#, "", false),
    ])
    func `spelling that IAM ignores is no difference, anything else is`(a: String, b: String, same: Bool) throws {
        func text(_ part: String) -> String {
            let principal = part.contains("Principal") ? "" : #","Principal":"*""#
            return #"{"Statement":[{"Effect":"Allow"\#(principal)\#(part.isEmpty ? "" : ",")\#(part)}]}"#
        }
        #expect(try grade(text(a), text(b)) == (same ? .semanticallyEqual : .different))
    }

    @Test func `the order of statements is none, their number is one`() throws {
        let (a, b) = (statement("A"), statement("B"))
        #expect(PolicyComparison.grade(try policy(a, b), try policy(b, a)) == .semanticallyEqual)
        #expect(PolicyComparison.grade(try policy(a, b), try policy(a, b, b)) == .different)
        #expect(PolicyComparison.grade(try policy(a), try policy(a, version: "2008-10-17")) == .different)
        #expect(try grade(#"{"Statement":\#(a)}"#, #"{"Statement":[\#(a)]}"#) == .semanticallyEqual)
    }
}
