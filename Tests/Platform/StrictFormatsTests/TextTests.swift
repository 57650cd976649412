// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StrictFormats

@Suite struct TextTests {
    /// formats.md §9, in its own words: Cc, Cf, Zl, Zp, Co, variation selectors and the Hangul and Khmer fillers.
    private func isRefusedByTheFormat(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.value {
        case 0x180B...0x180D, 0x180F, 0xFE00...0xFE0F, 0xE0100...0xE01EF: return true
        case 0x115F, 0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5: return true
        default: return [.control, .format, .lineSeparator, .paragraphSeparator, .privateUse].contains(scalar.properties.generalCategory)
        }
    }

    @Test func `exactly the characters that the format refuses are refused`() {
        var refused = 0
        for scalar in (0...0x10FFFF).lazy.compactMap({ UnicodeScalar($0 as UInt32) }) {
            guard SafeText.isRefused(scalar) == isRefusedByTheFormat(scalar) else {
                Issue.record("U+\(String(scalar.value, radix: 16)) \(scalar.properties.generalCategory)")
                return
            }
            refused += SafeText.isRefused(scalar) ? 1 : 0
        }
        // 6400 + 2 × 65534 of private use, 65 controls, 260 selectors, 6 fillers, 2 separators, and the format characters.
        #expect(refused - (137_468 + 65 + 260 + 6 + 2) > 150)
    }

    @Test(arguments: [
        "\n", "\u{0}", "\u{7F}", "\u{85}", "\u{AD}", "\u{200B}", "\u{202E}", "\u{2066}", "\u{2028}", "\u{FEFF}", "\u{E000}", "\u{FE0F}", "\u{3164}",
        "\u{17B5}", "\u{E0041}",
    ])
    func `a hidden character makes a text unclean`(hidden: String) {
        #expect(!SafeText.isClean("a\(hidden)b"))
        #expect(SafeText.escaped("a\(hidden)b") == "a\\u{\(String(hidden.unicodeScalars.first?.value ?? 0, radix: 16))}b")
    }

    @Test func `plain text is clean and shown as it stands`() {
        #expect(SafeText.isClean("Schlüssel für „Überwachung“ – 5 €"))
        #expect(SafeText.escaped("Schlüssel für „Überwachung“ – 5 €") == "Schlüssel für „Überwachung“ – 5 €")
    }

    @Test func `letters that pass for Latin ones are shown by number`() {
        #expect(SafeText.escaped("p\u{430}ypal \u{3BF} \u{FF41} a\u{A0}b") == "p\\u{430}ypal \\u{3bf} \\u{ff41} a\\u{a0}b")
    }

    @Test func `a backslash is doubled so that no text forges an escape`() {
        #expect(SafeText.escaped("a\u{202E}b\\u{202e}") == "a\\u{202e}b\\\\u{202e}")
    }

    @Test func `every escaped text can be read back, so no two texts look the same`() throws {
        var random = SeededGenerator(for: "escape")
        for _ in 0..<20_000 {
            let text = random.text(upTo: 12)
            let escaped = SafeText.escaped(text)
            guard let back = unescaped(escaped), back.hasSameBytes(as: text), SafeText.isClean(escaped) else {
                Issue.record("\(Array(text.utf8))")
                return
            }
        }
    }

    private func unescaped(_ text: String) -> String? {
        var result = ""
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            switch rest.popFirst() {
            case "\\": result.append("\\")
            case "u":
                guard rest.popFirst() == "{", let end = rest.firstIndex(of: "}"), let value = UInt32(String(rest[..<end]), radix: 16),
                    let scalar = UnicodeScalar(value)
                else { return nil }
                result.unicodeScalars.append(scalar)
                rest = rest[rest.index(after: end)...]
            default: return nil
            }
        }
        return result
    }

    @Test(arguments: [
        ("create-kye", "create-key"), ("Create-Key", "create-key"), ("put-key-polciy", "put-key-policy"), ("disable", nil), ("", nil), ("x", nil),
        (String(repeating: "create-key", count: 7), nil),
    ])
    func `a slip of the hand is asked back, anything else is not`(word: String, expected: String?) {
        #expect(Suggestion.nearest(to: word, among: ["create-key", "put-key-policy", "disable-key"]) == expected)
    }

    @Test(arguments: [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("flaw", "lawn", 2), ("abc", "abc", 0)])
    func `the distance is Levenshtein's`(a: String, b: String, distance: Int) {
        #expect(Suggestion.distance(Array(a.utf8), Array(b.utf8)) == distance)
        #expect(Suggestion.distance(Array(b.utf8), Array(a.utf8)) == distance)
    }

    @Test func `the order is that of UTF-16, where a pair of surrogates comes before U+E000`() {
        // RFC 8785 §3.2.3 gives this order.
        let sorted = ["\r", "1", "\u{80}", "\u{F6}", "\u{20AC}", "\u{1F600}", "\u{FB33}"]
        #expect(sorted.reversed().sorted(by: UTF16Order.precedes) == sorted)
        #expect(UTF16Order.precedes("", "a") && UTF16Order.precedes("a", "aé") && UTF16Order.precedes("a", "é") && !UTF16Order.precedes("é", "é"))
    }

    @Test func `the order agrees with a comparison of code units`() {
        var random = SeededGenerator(for: "UTF-16 order")
        for _ in 0..<20_000 {
            let prefix = random.text(upTo: 2)
            let (a, b) = (prefix + random.text(upTo: 2), prefix + random.text(upTo: 2))
            guard UTF16Order.precedes(a, b) == Array(a.utf16).lexicographicallyPrecedes(Array(b.utf16)) else {
                Issue.record("\(Array(a.utf16)) \(Array(b.utf16))")
                return
            }
        }
    }
}
