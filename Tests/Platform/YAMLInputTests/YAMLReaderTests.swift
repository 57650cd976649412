// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import YAMLInput

@Suite(.timeLimit(.minutes(5))) struct YAMLReaderTests {
    private func refusal(_ text: String) throws -> Refusal {
        try #require(throws: Refusal.self) { try YAMLReader.read(Array(text.utf8), file: "change.yaml") }
    }

    private func words(_ text: String) throws -> String {
        let refusal = try refusal(text)
        return "\(refusal.code) \(refusal.place.line ?? 0):\(refusal.place.column ?? 0) \(refusal.message)"
    }

    @Test func `every scalar is text`() throws {
        let document = try YAMLReader.read(Array("account: 012345678901\nyes: no\nlist: [1, ~, 'a']\n".utf8), file: nil)
        #expect(document.root == ["account": "012345678901", "yes": "no", "list": ["1", "~", "a"]])
    }

    @Test func `an empty file and one of comments alone are empty`() throws {
        #expect(try words("") == "yaml-malformed 0:0 this file is empty")
        #expect(try words("# nothing\n") == "yaml-malformed 0:0 this file is empty")
    }

    @Test func `a second document is refused`() throws {
        #expect(try words("a: 1\n---\nb: 2\n") == "yaml-malformed 0:0 this file holds more than one document")
    }

    @Test func `a mistake is named with its place, wherever it stands`() throws {
        #expect(try words("a: [1, 2\nb: 3\n") == "yaml-malformed 2:2 did not find expected ',' or ']'")
        #expect(try words("a: @b\n") == "yaml-malformed 1:4 found character that cannot start any token")
        // What follows a first whole document is read too.
        #expect(try words("a: 1\n---\nb: [\n") == "yaml-malformed 4:1 did not find expected node content")
    }

    @Test func `a member that stands twice is named`() throws {
        #expect(try words("title: a\nticket: b\ntitle: c\n") == "duplicate-member 1:1 \"title\" stands twice")
        #expect(try words("target:\n  region: a\n  region: b\n") == "duplicate-member 2:3 \"region\" stands twice")
    }

    @Test func `anchors, aliases and tags are refused`() throws {
        #expect(try words("title: &a Key\n") == "yaml-anchor 1:8 anchors and aliases are not allowed: write the value out")
        #expect(try words("title: &a Key\nticket: *a\n") == "yaml-anchor 1:8 anchors and aliases are not allowed: write the value out")
        #expect(try words("tags: &a { x: y }\n") == "yaml-anchor 1:7 anchors and aliases are not allowed: write the value out")
        #expect(try words("&k title: Key\n") == "yaml-anchor 1:1 anchors and aliases are not allowed: write the value out")
        #expect(try words("title: !!binary aGVsbG8=\n") == "yaml-tag 1:8 tags are not allowed: every value is text, a list or a mapping")
        #expect(try words("tags: !mine { x: y }\n") == "yaml-tag 1:7 tags are not allowed: every value is text, a list or a mapping")
        #expect(try words("title: *a\n") == "yaml-malformed 1:8 found undefined alias")
    }

    @Test(arguments: ["[", "- ", "[{a: ", "? "]) func `deep nesting is refused and crashes nothing`(_ opening: String) throws {
        let text = String(repeating: opening, count: 1_000_000 / opening.utf8.count)
        #expect(["yaml-malformed", "yaml-too-deep"].contains(try refusal(text).code))
    }

    @Test func `levels up to 32 are read`() throws {
        let nested = { (levels: Int) in String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
        #expect(try YAMLReader.read(Array(nested(32).utf8), file: nil).root.arrayValue?.count == 1)
        #expect(try refusal(nested(33)).code == "yaml-too-deep")
    }

    @Test func `aliases that multiply themselves are refused at once`() throws {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(try refusal(text).code == "yaml-anchor")
    }
}
