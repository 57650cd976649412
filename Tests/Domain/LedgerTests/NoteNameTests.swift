// SPDX-License-Identifier: Apache-2.0

import StrictFormats
import Testing
import Trust

@testable import Ledger

/// A note is printed as it stands: nothing in it may move a cursor, turn the writing direction or hide.
@Suite struct NoteNameTests {
    @Test(arguments: ["a", "witness.example.com/w1", "w\u{e9}", "a-b_c"]) func `a name that can be shown is a name`(_ name: String) {
        #expect(Names.isNoteName(name))
    }

    static let unsafe: [UnicodeScalar] = [
        "\u{0}", "\u{1B}", "\u{7F}", "\u{85}", "\u{9B}", "\u{A0}", "\u{AD}", "\u{34F}", "\u{3164}", "\u{200B}", "\u{200F}", "\u{2028}", "\u{202E}",
        "\u{2066}", "\u{3000}", "\u{E000}", "\u{FE0F}", "\u{FEFF}", "\u{E0041}", " ", "\t", "\n", "+",
    ]

    @Test(arguments: unsafe) func `a name that cannot is none, alone or in a note`(_ scalar: UnicodeScalar) throws {
        let name = "w\(Character(scalar))1"
        #expect(!Names.isNoteName(name))
        let line = Array("\u{2014} \(name) AAAAAAAA\n".utf8)
        #expect(try #require(throws: Refusal.self) { try NoteSignature(line: line) }.code == "cosignature-malformed")
        #expect(try #require(throws: Refusal.self) { try SignedNote(Array("a\n1\n\n".utf8) + line) }.code == "note-malformed")
    }

    @Test(arguments: unsafe.filter { !" \n+\u{A0}\u{34F}\u{3000}".unicodeScalars.contains($0) })
    func `the text of a note holds none of them`(_ scalar: UnicodeScalar) throws {
        let note = Array("exam\(Character(scalar))ple\n1\n\n\u{2014} w AAAAAAAA\n".utf8)
        #expect(try #require(throws: Refusal.self) { try SignedNote(note) }.code == "note-malformed")
    }

    /// C2SP signed-note counts bytes; a reader of characters sees no space where an accent follows it, and no line feed after a carriage return.
    @Test func `a space that carries an accent is a space`() throws {
        let line = Array("\u{2014} w \u{301}x AAAAAAAA\n".utf8)
        #expect(try #require(throws: Refusal.self) { try NoteSignature(line: line) }.code == "cosignature-malformed")
        let joined = Array("a\n1\n\n\u{2014} \u{301}w AAAAAAAA\n".utf8)
        #expect(try SignedNote(joined).signatures.map(\.name) == ["\u{301}w"])
    }

    @Test func `letters of any language are shown`() throws {
        let note = try SignedNote(Array("ex\u{e4}mple\n1\n\n\u{2014} w\u{e9} AAAAAAAA\n".utf8))
        #expect(note.text == "ex\u{e4}mple\n1\n" && note.signatures.map(\.name) == ["w\u{e9}"])
    }
}
