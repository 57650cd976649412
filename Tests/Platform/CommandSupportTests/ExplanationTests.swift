// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import CommandSupport

@Suite struct ExplanationTests {
    private let refusal = Refusal(
        "unknown-member", .badData, "unknown member \"Efect\"", at: Place(file: "bad.json", pointer: "/Statement/2/Efect", line: 14, column: 9),
        details: ["one thing", "another"], hint: "did you mean \"Effect\"?")

    @Test func `an error says where, what, each detail, and what to do`() {
        #expect(
            Explanation.text(refusal) == """
                bad.json:14:9 /Statement/2/Efect: unknown member "Efect"
                  - one thing
                  - another
                  hint: did you mean "Effect"?
                """)
    }

    @Test func `an error without a place begins with its message`() {
        #expect(Explanation.text(Refusal("x", .usage, "no")) == "no")
    }

    @Test func `the JSON of an error has the documented members and no others`() {
        #expect(
            JSONWriter.canonicalText(Explanation.json(refusal))
                == #"{"error":{"code":"unknown-member","column":9,"details":["one thing","another"],"file":"bad.json","hint":"did you mean \"Effect\"?","line":14,"message":"unknown member \"Efect\"","pointer":"/Statement/2/Efect"}}"#
        )
    }

    @Test func `no control or bidirectional character of a file's name or a message reaches the terminal`() {
        let hostile = Refusal("x", .badData, "a\u{1B}[2Jb", at: Place(file: "\u{202E}gnp.json\n"), hint: "c\u{7}d")
        let text = Explanation.text(hostile)
        #expect(text == "\\u{202e}gnp.json\\u{a}: a\\u{1b}[2Jb\n  hint: c\\u{7}d")
    }

    static let codes: [(Refusal.Category, Int32)] = [
        (.answerIsNo, 1), (.usage, 64), (.badData, 65), (.noInput, 66), (.unavailable, 69), (.internalError, 70), (.cannotCreate, 73),
        (.inputOutput, 74), (.tryAgain, 75), (.notPermitted, 77), (.configuration, 78),
    ]

    @Test(arguments: codes) func `each class of trouble has its exit code`(category: Refusal.Category, code: Int32) {
        #expect(ExitStatus(category).rawValue == code)
    }

    @Test func `JSON for the screen keeps its meaning and names what could act on a terminal by number`() throws {
        let value = JSONValue.object([("a\u{202E}", .string("b\u{9B}\u{1D173}\u{E000}é\u{7F}\n"))])
        let line = ScreenJSON.line(value)
        #expect(line == #"{"a\u202e":"b\u009b\ud834\udd73\ue000é\u007f\n"}"#)
        #expect(try JSONDocument(Array(line.utf8), rules: .authored).root == value)
    }
}
