// SPDX-License-Identifier: Apache-2.0

/// Text that is safe to show: nothing in it can move a cursor, turn the writing direction, hide or pass for a space.
public enum SafeText {
    /// Whether formats.md §9 refuses the character in any string that is shown: Unicode Cc, Cf, Zl, Zp, Co,
    /// variation selectors, and the Hangul and Khmer fillers. Nothing else: what one Unicode version has not assigned
    /// yet, another has, and a signed text must not be valid for one reader alone (`escaped` shows it by number).
    public static func isRefused(_ scalar: UnicodeScalar) -> Bool {
        if scalar.value >= 0x20, scalar.value < 0x7F { return false }
        if scalar.properties.isVariationSelector { return true }
        switch scalar.value {
        case 0x115F, 0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse: return true
        default: return false
        }
    }

    /// In quotes: what hides or resembles something else by number, a quote behind a backslash, and each space by number that wrapping could lose (at
    /// either end, or after another). No two texts look the same so, and none can pass for the words around it. Reviews are made of it: it is fixed.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        var isAfterSpace = true
        for character in escaped(text).unicodeScalars {
            switch character {
            case "\"": result += "\\\""
            case " " where isAfterSpace: result += "\\u{20}"
            default: result.unicodeScalars.append(character)
            }
            isAfterSpace = character == " "
        }
        if result.utf8.last == UInt8(ascii: " ") { result = String(result.dropLast()) + "\\u{20}" }
        return result + "\""
    }

    /// Whether a string holds nothing that is refused.
    public static func isClean(_ text: String) -> Bool {
        isPlain(text) || !text.unicodeScalars.contains(where: isRefused)
    }

    /// Printable ASCII and nothing else: by far the most text, and no table is needed for it.
    static func isPlain(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { $0.allSatisfy { $0 >= 0x20 && $0 < 0x7F } } ?? false
    }

    /// The text with everything that is not plain printable ASCII or a plain letter, mark or sign written as `\u{…}`.
    ///
    /// Spaces other than U+0020 are written out too, and a backslash is doubled, so that no text can forge an escape.
    public static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0 == "\\" || mustEscape($0) }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if mustEscape(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else if scalar == "\\" {
                result += "\\\\"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func mustEscape(_ scalar: UnicodeScalar) -> Bool {
        if scalar.value >= 0x20, scalar.value < 0x7F { return false }
        if isRefused(scalar) { return true }
        return scalar.properties.generalCategory == .spaceSeparator || scalar.properties.isDefaultIgnorableCodePoint
            || !isNotLookAlikeProne(scalar)
    }

    /// Letters outside Latin are easily taken for Latin ones (Cyrillic а, Greek ο, full-width forms): they are
    /// shown by number. Latin letters with marks that stand on their own are shown as they are.
    private static func isNotLookAlikeProne(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.value {
        case 0xA1...0x24F, 0x1E00...0x1EFF: true  // Latin-1 Supplement, Latin Extended
        case 0x2010...0x2027, 0x2030...0x205E: true  // general punctuation that has a shape
        case 0x20A0...0x20C0: true  // currency signs
        default: false
        }
    }
}
