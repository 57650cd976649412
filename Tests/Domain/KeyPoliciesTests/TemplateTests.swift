// SPDX-License-Identifier: Apache-2.0
import Files
import StrictFormats
import Testing

@testable import KeyPolicies

@Suite struct TemplateTests {
    @Test func `what the program knows fills in what the person leaves out, and no more`() throws {
        let values: JSONValue = ["managementAccount": "281474976710", "logArchiveAccount": "339712745831", "trailName": "org-trail"]
        let supplied: [(name: String, value: JSONValue)] = [
            ("keyAccount", .string(keyAccount)), ("executorRole", .string(executor)), ("homeRegion", "us-east-1"), ("trailName", "ignored"),
            ("notOfThisTemplate", "x"),
        ]
        let rendered = try template().render(values: values, supplied: supplied)
        #expect(rendered.text == (try example("organization")).text)
        #expect(rendered.parameters["trailName"] == "org-trail")
        #expect(rendered.parameters["administratorRoles"] == ["cloudtrail-key-admin"])
        #expect(rendered.parameters["bucketKeys"] == false)
        #expect(rendered.parameters["notOfThisTemplate"] == nil)
    }

    @Test func `every missing, unknown and ill-typed parameter is named at once`() throws {
        let values: JSONValue = [
            "trialName": "x", "logArchiveAccount": 339_712_745_831, "readerRoles": "one", "bucketKeys": "yes", "homeRegion": "Region",
        ]
        let refusal = try #require(throws: Refusal.self) { try template().render(values: values) }
        #expect(refusal.code == "template-parameters" && refusal.category == .badData)
        #expect(refusal.hint == "policies/org-cloudtrail-key/README.md describes every parameter")
        #expect(refusal.message.hasPrefix("9 parameters are wrong: "))
        for word in [
            "keyAccount is missing", "homeRegion does not accept \"Region\"", "managementAccount is missing",
            "logArchiveAccount must be a text in quotes, not a number",
            "trailName is missing", "executorRole is missing", "readerRoles must be a list of texts, not a string",
            "bucketKeys must be true or false, not a string",
            "trialName is unknown (did you mean trailName?)",
        ] { #expect(refusal.message.contains(word), "\(word)") }
    }

    @Test(arguments: ["a\",\"b", "${aws:username}", "${keyAccount}", "*", "a b", "trail\u{202E}", "x/../y\n", ""])
    func `a value cannot bring structure, variables or wildcards in`(value: String) throws {
        guard case .object(var members) = try parameters("organization").content else { return }
        members.removeAll { $0.name == "trailName" }
        members.append(JSONMember("trailName", .string(value)))
        let refusal = try #require(throws: Refusal.self) { try template().render(values: JSONValue(.object(members))) }
        #expect(refusal.message.hasPrefix("a parameter is wrong: trailName does not accept "))
    }

    @Test(arguments: [
        ("logArchiveAccount", "111122223333", "names the account 111122223333, an example of AWS's documentation"),
        ("managementAccount", "444455556666", "names the account 444455556666, an example of AWS's documentation"),
        ("executorRole", "arn:aws:iam::999988887777:role/r", "names the account 999988887777, an example of AWS's documentation"),
        ("trailName", "trailName", #"is still a placeholder: "trailName""#),
        ("trailName", "your-trail", #"is still a placeholder: "your-trail""#),
        ("executorRole", "arn:aws:iam::604183725190:role/role_name", #"is still a placeholder: "role_name""#),
    ]) func `a placeholder and an account of the documentation are refused where they stand`(name: String, value: String, message: String) throws {
        guard case .object(let members) = try parameters("organization").content else { return }
        let text = JSONWriter.canonicalText(
            JSONValue(.object(members.filter { $0.name != name } + [JSONMember(name, .string(value))])))
        let document = try JSONDocument(Array(text.utf8), rules: .authored, file: "p.json")
        let template = try template()
        let refusal = try #require(throws: Refusal.self) {
            try document.decode { root throws(Refusal) in try template.render(values: root) }
        }
        #expect(refusal.code == "template-parameters" && refusal.message.hasPrefix("a parameter is wrong: \(name) \(message)"))
        #expect(refusal.place.pointer == "/\(name)" && refusal.place.line == 1)
    }

    @Test func `the account of test servers is remarked, not refused`() throws {
        guard case .object(let members) = try parameters("organization").content else { return }
        let values = JSONValue(.object(members.map { $0.name == "keyAccount" ? JSONMember($0.name, "123456789012") : $0 }))
        let document = try PolicyDocument(text: try template().render(values: values).text)
        let findings = PolicyChecks.run(document, in: PolicyContext(keyAccount: "123456789012")).filter { $0.rule == "KP001" }
        #expect(!findings.isEmpty && findings.allSatisfy { $0.severity == .medium })
    }

    @Test func `YAML's texts count as booleans`() throws {
        guard case .object(var members) = try parameters("organization").content else { return }
        members.append(JSONMember("bucketKeys", "true"))
        let document = try PolicyDocument(text: try template().render(values: JSONValue(.object(members))).text)
        #expect(
            document.statements.map { $0.sid?.text } == [
                "Account", "Administration", "Executor", "CloudTrailEncrypt", "CloudTrailDescribe", "CloudTrailDecrypt", "Readers", "Guard",
            ])
    }

    @Test func `each part is a policy of its own and asks only for its parameters`() throws {
        let usage = try template().render(
            part: "usage",
            values: [
                "managementAccount": "281474976710", "logArchiveAccount": "339712745831", "trailName": "org-trail",
                "homeRegion": "us-east-1",
            ])
        #expect(
            try PolicyDocument(text: usage.text).statements.map { $0.sid?.text } == ["CloudTrailEncrypt", "CloudTrailDescribe", "Readers"])
        #expect(usage.parameters["keyAccount"] == nil)
        let administration = try template().render(
            part: "administration", values: ["keyAccount": "604183725190", "executorRole": .string(executor)])
        let document = try PolicyDocument(text: administration.text)
        #expect(document.statements.map { $0.sid?.text } == ["Account", "Administration", "Executor", "Guard"])
        #expect(document.id?.text == "org-cloudtrail-key-administration")
        let refusal = try #require(throws: Refusal.self) { try template().render(part: "usags", values: [:]) }
        #expect(refusal.code == "template-part" && refusal.hint == "did you mean usage?")
    }

    @Test func `a template's pin covers parameters, parts and template in canonical form`() throws {
        let original = try template()
        let value = try JSONDocument(original.canonical, rules: .signed).root
        #expect(value.objectValue?.map(\.name) == ["assertions", "parameters", "parts", "template"])
        #expect(value["parts"]?.objectValue?.map(\.name) == ["administration", "usage"])
        let pretty = Array(JSONWriter.pretty(try #require(value["template"])).utf8)
        let parts = try ["administration", "usage"].map { (name: $0, bytes: try file("org-cloudtrail-key/\($0).json")) }
        let respelled = try PolicyTemplate(
            name: "org-cloudtrail-key", template: pretty, parameters: try file("org-cloudtrail-key/parameters.json"),
            parts: parts.reversed(), assertions: Array(JSONWriter.pretty(try #require(value["assertions"])).utf8))
        #expect(respelled.canonical == original.canonical)
        let without = try PolicyTemplate(
            name: "org-cloudtrail-key", template: pretty, parameters: try file("org-cloudtrail-key/parameters.json"), parts: parts)
        #expect(without.canonical != original.canonical)
        #expect(try without.claims(values: parameters("organization")).isEmpty)
    }

    @Test(arguments: [
        (
            #"{"Version":"2012-10-17","Id":"t","Statement":[{"part":"p","sids":["A"]}]}"#,
            #"statement "B" of the part "p" does not stand in the template exactly once"#
        ),
        (
            #"{"Version":"2012-10-17","Id":"t","Statement":[{"part":"p"},{"part":"p","sids":["A"]}]}"#,
            #"statement "A" of the part "p" does not stand in the template exactly once"#
        ),
        (#"{"Version":"2012-10-17","Id":"t","Statement":[{"part":"p","sids":["A","B","C"]}]}"#, #"the part "p" has no statement "C""#),
        (#"{"Version":"2012-10-17","Id":"t","Statement":[{"part":"p"},{"part":"q"}]}"#, #"the part "q" is not there"#),
        (#"{"Version":"2012-10-17","Id":"t","Statement":[{"part":"../p"}]}"#, #""../p" is no name for a part"#),
    ])
    func `a template that does not fit its parts is refused`(main: String, message: String) throws {
        let part = #"{"Version":"2012-10-17","Id":"p","Statement":[{"Sid":"A","x":"${a}"},{"Sid":"B"}]}"#
        let parameters = #"{"a":{"type":"text","pattern":"[a-z]","description":"d","example":"a"}}"#
        let refusal = try #require(throws: Refusal.self) {
            try PolicyTemplate(name: "t", template: Array(main.utf8), parameters: Array(parameters.utf8), parts: [("p", Array(part.utf8))])
        }
        #expect(refusal.code == "template-invalid" && refusal.message == message)
        #expect(refusal.place.file == "t/template.json")
    }

    @Test(arguments: [
        (
            #"{"a":{"type":"text","pattern":"[a-z]","description":"d","example":"A"}}"#,
            #"parameter a does not accept "A" (d; for example "A")"#
        ),
        (
            #"{"a":{"type":"text","pattern":"[a-","description":"d","example":"a"}}"#,
            #"parameter a does not accept "a" (d; for example "a")"#
        ),
        (#"{"a":{"type":"text","description":"d","example":"a"}}"#, "parameter a needs a pattern"),
        (
            #"{"a":{"type":"list","pattern":"a","minimum":1,"default":[],"description":"d","example":["a"]}}"#,
            #"parameter a needs at least 1 element (d; for example ["a"])"#
        ),
        (#"{"b":{"type":"boolean","description":"d","example":true}}"#, #"there is no parameter "a""#),
    ])
    func `a parameter that contradicts itself is refused`(parameters: String, message: String) throws {
        let main = #"{"Version":"2012-10-17","Id":"t","Statement":[{"part":"p"}]}"#
        let part = #"{"Version":"2012-10-17","Id":"p","Statement":[{"Sid":"A","x":"${a}"}]}"#
        let refusal = try #require(throws: Refusal.self) {
            try PolicyTemplate(name: "t", template: Array(main.utf8), parameters: Array(parameters.utf8), parts: [("p", Array(part.utf8))])
        }
        #expect(refusal.code == "template-invalid" && refusal.message == message)
    }

    @Test func `policy variables pass through, lists multiply, conditions choose`() throws {
        let main = #"{"Version":"2012-10-17","Id":"t","Statement":[{"part":"p"}]}"#
        let part = """
            {"Version":"2012-10-17","Id":"p","Statement":[
            {"Sid":"A","$when":"on","Effect":"Deny","Principal":{"AWS":"${list}","Service":["x.amazonaws.com","${list}"]},"Condition":{"StringLike":{"k":"${aws:username}-${list}"}}},
            {"Sid":"B","$when":"!on","Effect":"Deny","Principal":"*"},
            {"Sid":"C","Effect":"Deny","Principal":"*","Condition":{"Bool":{"$when":"on","k":"${on}"}}}]}
            """
        let parameters = """
            {"on":{"type":"boolean","description":"d","example":true},"list":{"type":"list","pattern":"[a-z]","description":"d","example":["a"]}}
            """
        let template = try PolicyTemplate(
            name: "t", template: Array(main.utf8), parameters: Array(parameters.utf8), parts: [("p", Array(part.utf8))])
        #expect(
            try template.render(values: ["on": true, "list": ["a", "b"]]).text
                == #"{"Id":"t","Statement":[{"Condition":{"StringLike":{"k":["${aws:username}-a","${aws:username}-b"]}},"Effect":"Deny","Principal":{"AWS":["a","b"],"Service":["x.amazonaws.com","a","b"]},"Sid":"A"},{"Condition":{"Bool":{"k":"true"}},"Effect":"Deny","Principal":"*","Sid":"C"}],"Version":"2012-10-17"}"#
        )
        #expect(
            try template.render(values: ["on": false, "list": []]).text
                == #"{"Id":"t","Statement":[{"Effect":"Deny","Principal":"*","Sid":"B"},{"Effect":"Deny","Principal":"*","Sid":"C"}],"Version":"2012-10-17"}"#
        )
    }

    @Test func `conditions may be several and negated, and elements of a list may hang on them`() throws {
        let main = #"{"Version":"2012-10-17","Id":"t","Statement":[{"part":"p"}]}"#
        let part = """
            {"Version":"2012-10-17","Id":"p","Statement":[
            {"Sid":"A","$when":["list","!word=x"],"Effect":"Deny","Principal":"*"},
            {"Sid":"B","Effect":"Deny","Principal":{"AWS":["a",{"$when":"word","$each":["${list}-${word}","c"]},{"$when":"!list","$each":["e"]}]},
            "Condition":{"Bool":{},"StringEquals":{"k":"${word}","l":"${list}"}}}]}
            """
        let parameters = """
            {"word":{"type":"text","pattern":"[a-z]?","default":"","description":"d","example":"a"},
            "list":{"type":"list","pattern":"[a-z]","default":[],"description":"d","example":["a"]}}
            """
        let template = try PolicyTemplate(
            name: "t", template: Array(main.utf8), parameters: Array(parameters.utf8), parts: [("p", Array(part.utf8))])
        func statements(_ values: JSONValue) throws -> String {
            let text = try template.render(values: values).text
            return String(text.dropFirst(#"{"Id":"t","Statement":"#.count).dropLast(#","Version":"2012-10-17"}"#.count))
        }
        #expect(
            try statements([:])
                == #"[{"Condition":{"Bool":{}},"Effect":"Deny","Principal":{"AWS":["a","e"]},"Sid":"B"}]"#)
        #expect(
            try statements(["word": "y", "list": ["m", "n"]])
                == #"[{"Effect":"Deny","Principal":"*","Sid":"A"},{"Condition":{"Bool":{},"StringEquals":{"k":"y","l":["m","n"]}},"Effect":"Deny","Principal":{"AWS":["a","m-y","n-y","c"]},"Sid":"B"}]"#
        )
        #expect(
            try statements(["word": "x", "list": ["m"]])
                == #"[{"Condition":{"Bool":{},"StringEquals":{"k":"x","l":"m"}},"Effect":"Deny","Principal":{"AWS":["a","m-x","c"]},"Sid":"B"}]"#)
    }
}
