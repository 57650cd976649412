// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

@Suite struct PolicyDocumentTests {
    @Test func `a policy keeps its exact text and says where each value stands`() throws {
        let text =
            "{\n \"Statement\": {\n  \"Effect\": \"Deny\", \"Principal\": {\"AWS\": [\"604183725190\"]},\n  \"Action\": \"kms:*\"\n }\n}"
        let document = try PolicyDocument(text: text)
        #expect(document.text == text)
        #expect(document.version == nil && document.id == nil)
        let statement = try #require(document.statements.first)
        #expect(statement.place.pointer == "/Statement" && statement.place.line == 2)
        #expect(statement.principals.entries[0].value.pointer == "/Statement/Principal/AWS/0")
        #expect(statement.principals.entries[0].value.line == 3)
        #expect(statement.actions?.values[0].line == 4)
        #expect(statement.resources == nil)
    }

    @Test func `booleans and numbers of conditions are kept as they are spelled`() throws {
        let document = try policy(statement(condition: #""Bool":{"aws:SecureTransport":true},"NumericLessThan":{"a~/b":[30,1.50,"7"]}"#))
        let conditions = document.statements[0].conditions
        #expect(conditions.map { $0.values.map(\.text) } == [["true"], ["30", "1.50", "7"]])
        #expect(conditions[1].values[1].pointer == "/Statement/0/Condition/NumericLessThan/a~0~1b/1")
    }

    @Test(arguments: [
        ("{}", "missing-member", ""), (#"{"Statements":[]}"#, "unknown-member", "/Statements"),
        (#"{"Statement":[{"Principal":"*"}]}"#, "missing-member", "/Statement/0"),
        ("", "json-incomplete", ""), ("nonsense", "json-unexpected", ""),
        (#"{"Statement":[],"Statement":[]}"#, "json-duplicate-member", ""),
        (#"{"Statement":[{"Efect":"Allow"}]}"#, "unknown-member", "/Statement/0/Efect"),
        (#"{"Version":"2013-01-01","Statement":[]}"#, "policy-version", "/Version"),
        (#"{"Statement":[{"Effect":"allow","Principal":"*"}]}"#, "unexpected-value", "/Statement/0/Effect"),
        (#"{"Statement":[{"Effect":"Allow"}]}"#, "policy-principal-missing", "/Statement/0"),
        (#"{"Statement":[{"Effect":"Allow","Principal":{}}]}"#, "policy-principal-missing", "/Statement/0/Principal"),
        (#"{"Statement":[{"Effect":"Allow","Principal":"arn:aws:iam::604183725190:root"}]}"#, "policy-principal", "/Statement/0/Principal"),
        (#"{"Statement":[{"Effect":"Allow","Principal":"*","NotPrincipal":"*"}]}"#, "policy-both-forms", "/Statement/0"),
        (#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":7}]}"#, "wrong-type", "/Statement/0/Action"),
        (
            #"{"Statement":[{"Effect":"Allow","Principal":"*","Condition":{"Null":{"k":null}}}]}"#, "wrong-type",
            "/Statement/0/Condition/Null/k"
        ),
        (#"{"Statement":[],"Id":"\#u{2603}"}"#, "policy-character", ""),
    ])
    func `what is no policy is refused with its place`(text: String, code: String, pointer: String) throws {
        let refusal = try #require(throws: Refusal.self) { try PolicyDocument(text: text, file: "p.json") }
        #expect(refusal.code == code)
        #expect(refusal.place.file == "p.json")
        #expect((refusal.place.pointer ?? "") == pointer)
        #expect(refusal.place.line == 1)
        #expect(refusal.category == .badData)
    }

    @Test func `an unknown element is refused with the one that was meant`() throws {
        let text = "{\"Statement\":[\n {\"Effect\":\"Allow\",\"Principal\":\"*\",\n  \"Ressource\":\"*\"}]}"
        let refusal = try #require(throws: Refusal.self) { try PolicyDocument(text: text, file: "bad.json") }
        #expect(refusal.code == "unknown-member")
        #expect(refusal.message == "unknown member \"Ressource\"")
        #expect(refusal.hint == "did you mean \"Resource\"?")
        #expect(refusal.place == Place(file: "bad.json", pointer: "/Statement/0/Ressource", line: 3, column: 3, offset: 53))
    }

    @Test func `32768 bytes are taken and one more is refused`() throws {
        let shell = #"{"Id":"","Statement":[]}"#
        let fits = #"{"Id":"\#(String(repeating: "a", count: 32_768 - shell.utf8.count))","Statement":[]}"#
        #expect(try PolicyDocument(text: fits).text.utf8.count == 32_768)
        let refusal = try #require(throws: Refusal.self) { try PolicyDocument(text: fits + " ") }
        #expect(refusal.code == "policy-too-large")
        #expect(refusal.message == "a key policy has at most 32768 bytes, this one has 32769")
    }

    @Test(arguments: [
        ("*", PrincipalPattern.everyone), ("604183725190", .account(id: keyAccount, partition: nil)),
        ("arn:aws-cn:iam::604183725190:root", .account(id: keyAccount, partition: "aws-cn")),
        ("arn:aws:iam::604183725190:role/a/b", .role(account: keyAccount, name: "a/b")),
        ("arn:aws:iam::604183725190:user/u", .user(account: keyAccount, name: "u")),
        ("arn:aws:sts::604183725190:assumed-role/r/s", .session(account: keyAccount, role: "r", session: "s")),
        ("arn:aws:sts::604183725190:federated-user/f", .federatedUser(account: keyAccount, name: "f")),
        ("AROAABCDEFGHIJKLMNOPQ", .uniqueID("AROAABCDEFGHIJKLMNOPQ")),
        ("arn:aws:iam::604183725190:group/g", .nobody("arn:aws:iam::604183725190:group/g")),
        ("arn:aws:iam::604183725190:role/*", .nobody("arn:aws:iam::604183725190:role/*")),
        ("arn:aws:iam::*:root", .nobody("arn:aws:iam::*:root")), ("60418372519", .nobody("60418372519")),
    ])
    func `a principal is read as what it stands for`(text: String, pattern: PrincipalPattern) {
        #expect(PrincipalPattern(.aws, text) == pattern)
    }
}
