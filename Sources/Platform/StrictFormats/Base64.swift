// SPDX-License-Identifier: Apache-2.0

/// RFC 4648 §4 with padding, one line, canonical: unused bits are zero (§3.5).
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (index, letter) in alphabet.enumerated() { table[Int(letter)] = UInt8(index) }
        return table
    }()

    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let remaining = bytes.count - index
            let a = bytes[index]
            let b = remaining > 1 ? bytes[index + 1] : 0
            let c = remaining > 2 ? bytes[index + 2] : 0
            text.append(alphabet[Int(a >> 2)])
            text.append(alphabet[Int((a & 3) << 4 | b >> 4)])
            text.append(remaining > 1 ? alphabet[Int((b & 15) << 2 | c >> 6)] : UInt8(ascii: "="))
            text.append(remaining > 2 ? alphabet[Int(c & 63)] : UInt8(ascii: "="))
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Decodes canonical text only; nil for anything else.
    /// - Parameter urlSafe: takes `-` and `_` for `+` and `/` (DSSE envelopes alone allow it, formats.md §1).
    public static func decode(_ text: String, urlSafe: Bool = false) -> [UInt8]? {
        var source = Array(text.utf8)
        guard source.count % 4 == 0 else { return nil }
        // RFC 4648 has two alphabets (§4 and §5): a text is in one or the other, never in both at once.
        if urlSafe, !source.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }) {
            for index in source.indices {
                if source[index] == UInt8(ascii: "-") { source[index] = UInt8(ascii: "+") }
                if source[index] == UInt8(ascii: "_") { source[index] = UInt8(ascii: "/") }
            }
        }
        let padding = source.suffix(2).count { $0 == UInt8(ascii: "=") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count / 4 * 3)
        var accumulator: UInt32 = 0
        var bits = 0
        for letter in source.dropLast(padding) {
            let value = values[Int(letter)]
            guard value != 255 else { return nil }
            accumulator = accumulator << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
            }
        }
        // What is left must be the padding's share of zero bits.
        guard bits == (padding * 2) % 6 || (bits == 0 && padding == 0), accumulator & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        return bytes
    }
}
