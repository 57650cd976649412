// SPDX-License-Identifier: Apache-2.0
// Every refusal says where: line and column count from 1, columns in Unicode scalars; the pointer is RFC 6901.

import Testing

@testable import StrictFormats

@Suite struct PlaceTests {
    private struct Rule: Sendable {
        var name: String
        var days: Int?

        init(json value: JSONValue) throws(Refusal) {
            self = try value.object { (members) throws(Refusal) in
                try Rule(
                    name: members.required("name") { (value) throws(Refusal) in try value.text() },
                    days: members.optional("days") { (value) throws(Refusal) in try value.integer(in: 1...30) })
            }
        }

        init(name: String, days: Int?) {
            self.name = name
            self.days = days
        }
    }

    private func refusal(_ text: String) throws -> Refusal {
        try #require(throws: Refusal.self) {
            let document = try JSONDocument(Array(text.utf8), rules: .authored, file: "rules.json")
            _ = try document.decode { (root) throws(Refusal) in
                try root.object { (members) throws(Refusal) in
                    try members.required("rules") { (value) throws(Refusal) in try value.array { (value) throws(Refusal) in try Rule(json: value) } }
                }
            }
        }
    }

    @Test(arguments: [
        ("{\n  \"rules\": [\n    {\"name\": \"a\"},\n    {\"name\": \"é\u{1F600}\", \"dayz\": 1}\n  ]\n}", "unknown-member", 4, 20, "/rules/1/dayz"),
        ("{\"rules\":[{\"days\":1}]}", "missing-member", 1, 11, "/rules/0"),
        ("{\"rules\":[{\"name\":1}]}", "wrong-type", 1, 19, "/rules/0/name"),
        ("{\"rules\":[{\"name\":\"a\",\"days\":31}]}", "invalid-value", 1, 30, "/rules/0/days"),
        ("{\"rules\":[{\"name\":\"a\",\"days\":null}]}", "wrong-type", 1, 30, "/rules/0/days"),
        ("{\"rules\":{}}", "wrong-type", 1, 10, "/rules"),
        ("[]", "wrong-type", 1, 1, ""),
        ("{\"rules\":[],\"a/b~c\":1}", "unknown-member", 1, 13, "/a~1b~0c"),
    ])
    func `a decoder's refusal names file, line, column and pointer`(text: String, code: String, line: Int, column: Int, pointer: String) throws {
        let refusal = try refusal(text)
        #expect(refusal.code == code)
        #expect(refusal.place.file == "rules.json")
        #expect(refusal.place.line == line && refusal.place.column == column)
        #expect(refusal.place.pointer == pointer)
    }

    @Test func `the pointer escapes a slash even where a combining mark follows it`() throws {
        let refusal = try refusal("{\"rules\":[],\"a/\u{301}b~\u{301}\":1}")
        #expect(refusal.place.pointer.map { Array($0.utf8) } == Array("/a~1\u{301}b~0\u{301}".utf8))
    }

    @Test(arguments: [
        ("{\"a\":1,}", "json-unexpected", 1, 8), ("[\n1,\n2", "json-incomplete", 3, 2), ("[\"é\", x]", "json-unexpected", 1, 7),
        ("\"a\nb\"", "json-control-character", 1, 3), ("[1]\n\n 2", "json-trailing", 3, 2), ("{\"a\":\r\n tru}", "json-unexpected", 2, 2),
        ("[\"\\x\"]", "json-bad-escape", 1, 3), ("[01]", "json-bad-number", 1, 2), ("{\"a\":1,\n\"a\":2}", "json-duplicate-member", 2, 1),
    ])
    func `the parser's refusal names line and column`(text: String, code: String, line: Int, column: Int) throws {
        let refusal = try refusal(text)
        #expect(refusal.code == code)
        #expect(refusal.place.line == line && refusal.place.column == column)
        #expect(refusal.place.pointer == nil)
    }

    @Test func `an unknown member near a known one is asked back`() throws {
        #expect(try refusal("{\"rules\":[{\"name\":\"a\",\"dayz\":1}]}").hint == "did you mean \"days\"?")
        #expect(try refusal("{\"rules\":[{\"name\":\"a\",\"wholly different\":1}]}").hint == nil)
    }

    @Test func `a refusal shows no character that could hide`() throws {
        #expect(try refusal("{\"rules\":[{\"name\":\"a\",\"\u{202E}x\":1}]}").message == "unknown member \"\\u{202e}x\"")
    }
}
