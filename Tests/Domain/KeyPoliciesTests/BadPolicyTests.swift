// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

/// What is wrong with a file, in the exact words that a person sees: `LINE:COLUMN POINTER: MESSAGE | HINT`.
@Suite struct BadPolicyTests {
    private func words(_ refusal: Refusal) -> String {
        let place = "\(refusal.place.line ?? 0):\(refusal.place.column ?? 0) \(refusal.place.pointer ?? "")"
        return "\(place): \(refusal.message)" + (refusal.hint.map { " | \($0)" } ?? "")
    }

    private static let shape = #"a key policy is a JSON object: {"Version":"2012-10-17","Statement":[…]}"#

    @Test(arguments: [
        ("hello", "1:1 : no JSON value begins here | \(shape)"), ("", "1:1 : the input is empty | \(shape)"),
        ("{\"Statement\":[\n{\"Effect\":\"Allow\"", "2:18 : the input ends within a value"),
        (
            "{\"Statement\":[\n],\n\"Statement\":[]}",
            "3:1 : member \"Statement\" stands twice in one object | KMS would take the last one without a word; leave one"
        ),
        (
            "{\"Statement\":[\n {\"Effect\":\"Allow\",\"Principal\":\"*\",\n  \"Ressource\":\"*\"}]}",
            "3:3 /Statement/0/Ressource: unknown member \"Ressource\" | did you mean \"Resource\"?"
        ),
        ("{\"version\":\"2012-10-17\",\n\"Statement\":[]}", "1:2 /version: unknown member \"version\" | did you mean \"Version\"?"),
        ("{\"Version\":\"2012-10-17\"}", "1:1 : member \"Statement\" is missing | a key policy has a list \"Statement\""),
        (
            "{\"Statement\":[\n{\"Effect\":\"allow\",\"Principal\":\"*\"}]}",
            "2:11 /Statement/0/Effect: \"allow\" is none of \"Allow\", \"Deny\" | did you mean \"Allow\"?"
        ),
        (
            "{\"Statement\":[\n{\"Principal\":\"*\"}]}",
            "2:1 /Statement/0: member \"Effect\" is missing | write \"Effect\": \"Allow\" or \"Effect\": \"Deny\""
        ),
        (
            "{\"Statement\":[\n{\"Effect\":\"Allow\",\"Principal\":\"*\",\n\"Action\":7}]}",
            "3:10 /Statement/0/Action: expected a string or a list of strings, found a number"
        ),
        (
            "{\"Version\":\"2012-10-18\",\n\"Statement\":[]}",
            "1:12 /Version: there is no policy version \"2012-10-18\" | write \"2012-10-17\""
        ),
        (
            "{\"Statement\":[\n{\"Effect\":\"Allow\",\"Action\":\"kms:*\"}]}",
            "2:1 /Statement/0: this statement names no principal | every statement of a key policy needs \"Principal\""
        ),
        (
            "{\"Statement\":[\n{\"Effect\":\"Allow\",\"Principal\":\n\"arn:aws:iam::604183725190:root\"}]}",
            "3:1 /Statement/0/Principal: \"arn:aws:iam::604183725190:root\" is no principal | write \"*\" or an object such as {\"AWS\":\"arn:…\"}"
        ),
        (
            "{\n\"Id\":\"\u{2603}\",\n\"Statement\":[]}",
            "2:7 : the character \\u{2603} may not stand in a key policy | KMS takes tab, line feed, carriage return and U+0020 to U+00FF"
        ),
    ])
    func `a policy is refused in words that say where and what to do`(text: String, expected: String) throws {
        let refusal = try #require(throws: Refusal.self) { try PolicyDocument(text: text, file: "p.json") }
        #expect(words(refusal) == expected)
        #expect(refusal.place.file == "p.json")
    }

    @Test func `a policy that is too large says by how much`() throws {
        let text = #"{"Id":"\#(String(repeating: "a", count: 33_000))","Statement":[]}"#
        let refusal = try #require(throws: Refusal.self) { try PolicyDocument(text: text, file: "p.json") }
        #expect(
            words(refusal)
                == "0:0 : a key policy has at most 32768 bytes, this one has 33024 | merge statements, or shorten lists with wildcards where that widens nothing"
        )
    }

    @Test(arguments: [
        (
            "[{\"name\":\"n\",\n\"expect\":\"nver\",\"principals\":\"any\",\"actions\":[\"kms:Decrypt\"]}]",
            "2:10 /0/expect: \"nver\" is none of \"never\", \"always\" | did you mean \"never\"?"
        ),
        (
            "[{\"name\":\"n\",\"expect\":\"never\",\"principals\":\"any\",\n\"action\":[\"kms:Decrypt\"]}]",
            "2:1 /0/action: unknown member \"action\" | did you mean \"actions\"?"
        ),
        (
            "[{\"name\":\"n\",\"expect\":\"never\",\"principals\":\"any\",\n\"actions\":[\"kms:Decript\"]}]",
            "2:12 /0/actions/0: \"kms:Decript\" is no action of KMS | did you mean kms:Decrypt?"
        ),
        (
            "[{\"name\":\"n\",\"expect\":\"never\",\"principals\":\"any\",\"actions\":[\"kms:Decrypt\"],\n\"context\":{\"kms:ViaServise\":\"x\"}}]",
            "2:29 /0/context/kms:ViaServise: KMS has no condition key \"kms:ViaServise\", did you mean kms:ViaService?"
        ),
        ("[\n]", "1:1 : there is no assertion in this list"),
    ])
    func `an assertion is refused in words that say where and what to do`(text: String, expected: String) throws {
        let refusal = try #require(throws: Refusal.self) {
            let document = try JSONDocument(Array(text.utf8), rules: .authored, file: "a.json")
            _ = try document.decode { root throws(Refusal) in try PolicyAssertion.list(root) }
        }
        #expect(words(refusal) == expected)
        #expect(refusal.place.file == "a.json")
    }

    @Test func `a question with a misspelled key, action or caller is not answered`() throws {
        let key = try #require(throws: Refusal.self) { try RequestContext.checkName("kms:ViaServise") }
        #expect(
            words(key)
                == "0:0 : KMS has no condition key \"kms:ViaServise\", did you mean kms:ViaService? | write a key with its prefix, such as aws:SourceArn or kms:ViaService"
        )
        let prefix = try #require(throws: Refusal.self) { try RequestContext.checkName("SourceArn") }
        #expect(prefix.message == "a request to KMS has no key \"SourceArn\"")
        try RequestContext.checkName("aws:PrincipalTag/team")
        let action = try #require(throws: Refusal.self) {
            try AccessRequest(principal: .service("s3.amazonaws.com"), action: "kms:Decript", key: KeyIdentity(account: keyAccount))
        }
        #expect(words(action) == "0:0 : \"kms:Decript\" is no action of KMS | did you mean kms:Decrypt?")
        let caller = try #require(throws: Refusal.self) { try RequestPrincipal("nobody") }
        #expect(
            words(caller)
                == "0:0 : \"nobody\" is no caller | write the ARN of a role, user, session or account root, or a service such as cloudtrail.amazonaws.com"
        )
    }
}
