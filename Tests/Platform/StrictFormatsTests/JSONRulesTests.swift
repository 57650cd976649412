// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StrictFormats

@Suite struct JSONRulesTests {
    private func code(_ text: String, _ rules: JSONRules = .signed) -> String? {
        do throws(Refusal) {
            _ = try JSONDocument(Array(text.utf8), rules: rules)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(arguments: [
        (" 1", "json-not-canonical"), ("1\n", "json-not-canonical"), ("[1, 2]", "json-not-canonical"), ("{\"a\" :1}", "json-not-canonical"),
        ("{\"b\":1,\"a\":1}", "json-not-canonical"), ("{\"a\":1,\"a\":1}", "json-duplicate-member"), ("\"\\/\"", "json-not-canonical"),
        ("\"\\u0061\"", "json-not-canonical"), ("\"\\u000a\"", "json-not-canonical"), ("\"\\u001F\"", "json-not-canonical"),
        ("\"\\u00e9\"", "json-not-canonical"), ("\"\\ud83d\\ude00\"", "json-not-canonical"), ("\"\\ud83d\"", "json-not-canonical"),
        ("1.0", "json-not-an-integer"), ("1e2", "json-not-an-integer"), ("-0", "json-number-range"), ("9007199254740992", "json-number-range"),
        ("-9007199254740992", "json-number-range"), ("123456789012345678901234567890", "json-number-range"), ("", "json-incomplete"),
        ("{\"a\":1}{}", "json-trailing"), ("\u{FEFF}1", "json-unexpected"), ("{\"\u{FB33}\":1,\"\u{1F600}\":1}", "json-not-canonical"),
    ])
    func `signed documents are canonical, or refused for a stated reason`(text: String, expected: String) {
        #expect(code(text) == expected)
    }

    @Test(arguments: [
        "{\"\u{1F600}\":1,\"\u{FB33}\":1}", "\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\\\\\"\u{7F}\u{2028}\"", "9007199254740991", "-9007199254740991", "0",
        "{}", "[]",
        "{\"\":{\"a\":[null,true,false]},\"A\":\"\",\"a\":-1}",
    ])
    func `canonical bytes are accepted and written again as they stood`(text: String) throws {
        let value = try JSONDocument(Array(text.utf8), rules: .signed).root
        #expect(JSONWriter.canonicalText(value).utf8.elementsEqual(text.utf8))
    }

    @Test func `depth 64 is accepted and 65 refused, whatever the rules`() {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        for rules in [JSONRules.signed, .authored, .general] {
            #expect(code(nested(64), rules) == nil)
            #expect(code(nested(65), rules) == "json-too-deep")
            #expect(code(String(repeating: "{\"a\":", count: 64) + "1" + String(repeating: "}", count: 64), rules) == nil)
        }
    }

    @Test func `an envelope may have 4 MiB and not one byte more`() {
        let fits = "\"" + String(repeating: "a", count: (4 << 20) - 2) + "\""
        #expect(code(fits) == nil)
        #expect(code(fits + " ", .authored) == "json-too-large")
    }

    @Test(arguments: [2, 16, 17, 18, 40]) func `a name that stands twice is found in objects of any size`(count: Int) throws {
        let names = (0..<count).map { "\"n\($0 == count - 1 ? 0 : $0)\":\($0)" }
        let text = "{" + names.joined(separator: ",") + "}"
        let refusal = try #require(throws: Refusal.self) { try JSONDocument(Array(text.utf8), rules: .authored) }
        #expect(refusal.code == "json-duplicate-member")
        #expect(refusal.place.offset == text.utf8.count - names[count - 1].utf8.count - 1)
    }

    @Test func `names that only look the same are two names`() {
        // U+212A KELVIN SIGN is canonically equivalent to K, and é has two spellings.
        #expect(code("{\"K\":1,\"\u{212A}\":2}", .authored) == nil)
        #expect(code("{\"e\u{301}\":1,\"\u{E9}\":2}", .authored) == nil)
    }

    @Test func `a member is found by its bytes, not by what Unicode takes for the same`() throws {
        let answer = try JSONDocument(Array("{\"\u{212A}eyId\":\"wrong\",\"KeyId\":\"right\"}".utf8), rules: .general).root
        #expect(answer["KeyId"]?.stringValue == "right")
        #expect(try JSONDocument(Array("{\"\u{212A}eyId\":\"wrong\"}".utf8), rules: .general).root["KeyId"] == nil)
    }

    @Test func `canonical rules accept bytes exactly if they are the canonical form of their value`() {
        var random = SeededGenerator(for: "canonical rules")
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = JSONWriter.canonical(random.value(depth: 3))
            for _ in 0..<Int.random(in: 0...2, using: &random) { random.mutate(&bytes) }
            let strict = try? JSONDocument(bytes, rules: .signed).root
            let loose = try? JSONDocument(bytes, rules: .authored).root
            let isCanonical = loose.map { JSONWriter.canonical($0) == bytes } ?? false
            guard (strict != nil) == isCanonical, strict == nil || strict == loose else {
                Issue.record("\(String(decoding: bytes, as: UTF8.self)) \(bytes)")
                return
            }
            accepted += isCanonical ? 1 : 0
        }
        #expect((5_000...19_000).contains(accepted))  // both answers were really asked for
    }
}

extension SeededGenerator {
    fileprivate mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0...(depth > 0 ? 6 : 3), using: &self) {
        case 0: return .string(text(upTo: 6))
        case 1: return .integer(Int.random(in: -9_007_199_254_740_991...9_007_199_254_740_991, using: &self))
        case 2: return .integer(Int.random(in: -20...20, using: &self))
        case 3: return [JSONValue(.null), true, false].randomElement(using: &self) ?? true
        case 4: return .array((0..<Int.random(in: 0...3, using: &self)).map { _ in value(depth: depth - 1) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0...4, using: &self) { members[text(upTo: 3)] = value(depth: depth - 1) }
            return .object(members.map { ($0.key, $0.value) })
        }
    }

    fileprivate mutating func mutate(_ bytes: inout [UInt8]) {
        let pieces: [String] = [
            " ", "\n", "\"", "\\", ",", ":", "{", "}", "[", "]", "0", "-", ".", "e", "\\u0041", "\\n", "\\/", "é", "\u{1F600}", "\"a\":1,", "null",
        ]
        let place = Int.random(in: 0...bytes.count, using: &self)
        switch Int.random(in: 0...2, using: &self) {
        case 0: bytes.insert(contentsOf: Array((pieces.randomElement(using: &self) ?? " ").utf8), at: place)
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &self)
        default: bytes.append(UInt8(ascii: "}"))
        }
    }
}
