// SPDX-License-Identifier: Apache-2.0

import StrictFormats
import Testing

struct TextBlockTests {
    static let texts = [
        "", " ", "one", "one two three", "a  b   c ", String(repeating: "x", count: 200), "wide " + String(repeating: "w", count: 30) + " end",
        "doubled " + String(repeating: "\\", count: 61) + " backslashes " + String(repeating: "a\\\\", count: 20),
    ]

    /// Bytes are wrapped as characters are: with a character of two bytes for each x, w or a, the lines break at the same places.
    @Test(arguments: texts, [4, 10, 38, 78]) func `plain text is wrapped as any other`(_ text: String, _ width: Int) {
        func wide(_ text: String) -> String { String(text.map { "xwa".contains($0) ? "\u{E9}" : $0 }) }
        let plain = TextBlock.wrap(text, width: width, indent: "  ", hanging: "    ")
        let other = TextBlock.wrap(wide(text) + " \u{E9}", width: width, indent: "  ", hanging: "    ")
        #expect(TextBlock.wrap(text + " x", width: width, indent: "  ", hanging: "    ").map(wide) == other)
        #expect(plain.allSatisfy { $0.utf8.count <= max(width, 6) })
    }

    @Test func `lines break at spaces, and wide words are cut visibly`() {
        #expect(TextBlock.wrap("one two three", width: 8, indent: "  ") == ["  one", "  two", "  three"])
        #expect(TextBlock.wrap("abcdefghij k", width: 6, indent: " ") == [" abcd\\", " efgh\\", " ij k"])
        #expect(TextBlock.wrap(#"ab\\\\cd"#, width: 5) == [#"ab\\\"#, #"\\cd"#])
        #expect(TextBlock.wrap(lines: ["  item that goes on", ""], width: 12) == ["  item that", "      goes", "      on", ""])
    }
}
