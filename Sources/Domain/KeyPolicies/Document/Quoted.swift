// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// A policy's own words in ours: escaped, in quotes, and so that two different texts never look the same.
enum Quoted {
    static func text(_ text: String) -> String { "\"\(SafeText.escaped(text).replacing("\"", with: "\\\""))\"" }

    /// Without quotes where the text is one plain word (an ARN, an action, a service); in quotes otherwise.
    static func word(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.utf8.allSatisfy { isPlainByte($0) }
        return isPlain ? word : text(word)
    }

    /// Words in a row: `a, b and c`.
    static func list(_ words: [String]) -> String {
        let quoted = words.map { word($0) }
        return quoted.count < 2 ? quoted.joined() : quoted.dropLast().joined(separator: ", ") + " and " + quoted[quoted.count - 1]
    }

    private static func isPlainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: ":/._*?@+=-".utf8.contains(byte)
        }
    }
}
