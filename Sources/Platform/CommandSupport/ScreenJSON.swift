// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// JSON for standard output: canonical, and with every character that could act on a terminal written as `\u…`.
///
/// The meaning is the same (RFC 8259 §7): such characters can stand in strings only.
public enum ScreenJSON {
    public static func line(_ value: JSONValue) -> String {
        let text = JSONWriter.canonicalText(value)
        guard text.unicodeScalars.contains(where: SafeText.isRefused) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if SafeText.isRefused(scalar) {
                for unit in String(Character(scalar)).utf16 { result += "\\u" + hex(unit) }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func hex(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
