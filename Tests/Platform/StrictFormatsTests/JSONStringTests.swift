// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StrictFormats

/// Strings are read eight bytes at a time where they are plain: whatever is not plain is found at every place.
@Suite struct JSONStringTests {
    @Test(arguments: 0..<26) func `what ends or spoils a string is seen wherever it stands`(before: Int) throws {
        for after in [0, 1, 7, 8, 9, 17] {
            let (head, tail) = (String(repeating: "a", count: before), String(repeating: "b", count: after))
            func parsed(_ middle: [UInt8]) throws(Refusal) -> String? {
                let bytes = Array("[\"\(head)".utf8) + middle + Array("\(tail)\",1]".utf8)
                return try JSONDocument(bytes, rules: .authored).root.arrayValue?.first?.stringValue
            }
            for plain in [0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7E, 0x7F] as [UInt8] {
                #expect(try parsed([plain]) == head + String(UnicodeScalar(plain)) + tail)
            }
            #expect(try parsed(Array("é€😀".utf8)) == head + "é€😀" + tail)
            #expect(try parsed(Array("\\n\\\\".utf8)) == head + "\n\\" + tail)
            for spoiled in [[0x00], [0x1F], [0x0A], [0x80], [0xFF], [0xC3]] as [[UInt8]] {
                let refusal = try #require(throws: Refusal.self) { try parsed(spoiled) }
                let isControl = spoiled[0] < 0x20
                #expect(refusal.code == (isControl ? "json-control-character" : "json-not-utf8"))
                #expect(refusal.place.offset == (isControl ? before + 2 : 1))
            }
        }
    }

    @Test func `names that begin alike are told apart`() throws {
        let text = #"{"abcdefg":1,"abcdefgh":2,"abcdefghi":3,"abcdefgx":4,"":5}"#
        let sum = try JSONDocument(Array(text.utf8), rules: .authored).decode { root throws(Refusal) in
            try root.object { members throws(Refusal) in
                [
                    try members.required("").integer(), try members.required("abcdefgx").integer(), try members.required("abcdefghi").integer(),
                    try members.required("abcdefg").integer(), try members.required("abcdefgh").integer(),
                ]
            }
        }
        #expect(sum == [5, 4, 3, 1, 2])
        let refusal = try #require(throws: Refusal.self) {
            try JSONDocument(Array(#"{"abcdefgh":1,"abcdefgy":2}"#.utf8), rules: .authored).decode { root throws(Refusal) in
                try root.object { members throws(Refusal) in (try members.required("abcdefgh"), try members.optional("abcdefgz") { $0 }) }
            }
        }
        #expect(refusal.code == "unknown-member" && refusal.place.pointer == "/abcdefgy" && refusal.hint == "did you mean \"abcdefgh\"?")
    }

    @Test func `an object of more than 64 members is known or refused like any other`() throws {
        let text = "{" + (0..<70).map { "\"m\($0)\":\($0)" }.joined(separator: ",") + "}"
        let refusal = try #require(throws: Refusal.self) {
            try JSONDocument(Array(text.utf8), rules: .authored).decode { root throws(Refusal) in
                try root.object { members throws(Refusal) in try members.required("m69").integer() }
            }
        }
        #expect(refusal.code == "unknown-member" && refusal.place.pointer == "/m0")
    }

    @Test func `the order of names is that of UTF-16, also beyond the first bytes`() {
        let names = ["", "a", "a\u{0}", "ab", "abcdefg", "abcdefga", "abcdefgb", "abcdefgba", "b", "é", "\u{FB33}", "\u{1F600}"]
        for left in names {
            for right in names {
                let expected = left.utf16.lexicographicallyPrecedes(right.utf16)
                #expect(UTF16Order.precedes(left, right) == expected)
                if let quick = JSONNameKey(left).precedes(JSONNameKey(right)) { #expect(quick == expected) }
                #expect(
                    (JSONNameKey(left) == JSONNameKey(right))
                        == (Array(left.utf8.prefix(7)) == Array(right.utf8.prefix(7)) && left.utf8.count == right.utf8.count))
            }
        }
    }
}
