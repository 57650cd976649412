// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import YAMLInput

@Suite struct YAMLReaderTests {
    private func read(_ text: String) throws(Refusal) -> JSONDocument { try YAMLReader.read(Array(text.utf8), file: "change.yaml") }

    @Test func `every scalar is text: an account is no number, and yes is no boolean`() throws {
        let root = try read("account: 012345678901\nrotation: 365\nflag: yes\nnothing:\nlist: [1, 2.50]\n").root
        #expect(JSONWriter.canonicalText(root) == #"{"account":"012345678901","flag":"yes","list":["1","2.50"],"nothing":"","rotation":"365"}"#)
    }

    @Test func `a file that begins with a brace is JSON, under JSON's rules`() throws {
        #expect(try read(#"{"a": 1}"#).root["a"]?.integerValue == 1)
        #expect(try #require(throws: Refusal.self) { try read(#"{"a": 1, "a": 2}"#) }.code == "json-duplicate-member")
    }

    @Test func `places lead to the line and column of the value`() throws {
        let document = try read("title: x\ntarget:\n  region: nowhere\n")
        let refusal = try #require(throws: Refusal.self) {
            try document.decode { root throws(Refusal) in
                guard let region = root["target"]?["region"] else { throw root.mismatch("a target") }
                throw region.invalid("no such Region")
            }
        }
        #expect(refusal.place.file == "change.yaml")
        #expect(refusal.place.pointer == "/target/region")
        #expect(refusal.place.line == 3)
        #expect(refusal.place.column == 11)
    }

    @Test(arguments: [
        ("a: 1\na: 2\n", "duplicate-member"), ("a: &x 1\nb: *x\n", "yaml-alias"), ("a: [1\n", "yaml-malformed"), ("", "yaml-malformed"),
        ("a: 1\n---\nb: 2\n", "yaml-malformed"), ("? [x]\n: 1\n", "yaml-key"), ("a: \u{1B}\n", "yaml-malformed"),
        (String(repeating: "- ", count: 40) + "x\n", "yaml-too-deep"),
    ])
    func `what could be read in two ways is refused`(text: String, code: String) throws {
        #expect(try #require(throws: Refusal.self) { try read(text) }.code == code)
    }

    @Test func `a slip is shown where it is`() throws {
        let refusal = try #require(throws: Refusal.self) { try read("title: x\ntags: [1\nlast: y\n") }
        #expect(refusal.message == "did not find expected ',' or ']'")
        #expect(refusal.place == Place(file: "change.yaml", line: 3, column: 5))
        let twice = try #require(throws: Refusal.self) { try read("a: 1\nb: 2\na: 3\n") }
        #expect(twice.message == "\"a\" stands twice")
    }

    @Test func `text that is not UTF-8 is refused`() throws {
        #expect(try #require(throws: Refusal.self) { try YAMLReader.read([0x61, 0x3A, 0x20, 0xFF], file: nil) }.code == "yaml-malformed")
    }
}
