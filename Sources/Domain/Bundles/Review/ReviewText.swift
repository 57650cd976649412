// SPDX-License-Identifier: Apache-2.0
// How review version 1 writes texts that somebody else chose. Fixed for ever, like ReviewV1.

import StrictFormats

/// Texts in quotes, so that no two of them look the same, and none can pass for the review's own words.
enum ReviewText {
    static func quoted(_ text: String) -> String { SafeText.quoted(text) }

    /// Without quotes where it is one plain word.
    static func word(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "/._:@-".utf8.contains(byte)
            }
        }
        return isPlain && !text.isEmpty ? text : quoted(text)
    }

    /// `key = "value"; key = "value"`.
    static func tags(_ tags: [Tag]) -> String { tags.map { "\(word($0.key)) = \(quoted($0.value))" }.joined(separator: "; ") }

    /// A template's parameter. Within a list only what is no list or object stands in words; the rest as JSON.
    static func value(_ value: JSONValue) -> String {
        guard case .array(let list) = value.content else { return scalar(value) }
        return list.isEmpty ? "an empty list" : "the list of " + list.map(scalar).joined(separator: ", ")
    }

    private static func scalar(_ value: JSONValue) -> String {
        if case .string(let text) = value.content { return quoted(text) }
        return spaced(SafeText.escaped(JSONWriter.canonicalText(value)))
    }

    /// A line of words with its indentation, in which wrapping loses no space: each that follows another is written by number.
    static func spaced(_ line: String) -> String {
        if !hasDoubleSpace(line) { return line }
        let indentation = line.prefix { $0 == " " }
        var result = String(indentation)
        var isAfterSpace = false
        for character in line[indentation.endIndex...].unicodeScalars {
            if character == " ", isAfterSpace { result += "\\u{20}" } else { result.unicodeScalars.append(character) }
            isAfterSpace = character == " "
        }
        return result
    }

    /// Behind its indentation.
    private static func hasDoubleSpace(_ line: String) -> Bool {
        var spaces: Int?
        for byte in line.utf8 {
            if byte != UInt8(ascii: " ") {
                spaces = 0
            } else if let before = spaces {
                if before > 0 { return true }
                spaces = 1
            }
        }
        return false
    }
}
