// SPDX-License-Identifier: Apache-2.0

extension JSONParser {
    mutating func string() throws(Refusal) -> String {
        let start = index
        index += 1
        let contentStart = index
        // The common case: no escapes, ASCII or valid UTF-8; validated once by String.
        var isASCII = true
        var end = plainEnd(from: index)
        while end < bytes.count {
            let byte = bytes[end]
            if byte == UInt8(ascii: "\"") {
                let slice = UnsafeBufferPointer(rebasing: bytes[contentStart..<end])
                index = end + 1
                if isASCII { return String(decoding: slice, as: UTF8.self) }
                guard let text = String(validating: slice, as: UTF8.self) else {
                    throw refusal("not-utf8", "this string is not valid UTF-8", at: start)
                }
                return text
            }
            if byte == UInt8(ascii: "\\") {
                index = end
                return try escapedString(from: contentStart, start: start)
            }
            if byte < 0x20 { throw refusal("control-character", "a control character stands unescaped in a string", at: end) }
            if byte >= 0x80 { isASCII = false }
            end += 1
        }
        throw refusal("incomplete", "the string that begins here does not end", at: start)
    }

    /// Steps, eight bytes at a time, over all that is ASCII and no quote, backslash or control character.
    private func plainEnd(from start: Int) -> Int {
        let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let source = UnsafeRawBufferPointer(bytes)
        var end = start
        while end + 8 <= bytes.count {
            let word = source.loadUnaligned(fromByteOffset: end, as: UInt64.self).littleEndian
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            // A byte below n sets its high bit in (byte − n) while its own is clear. A borrow can only touch later bytes,
            // so the first that is found is right.
            let found = ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word | word) & highs
            if found != 0 { return end + found.trailingZeroBitCount / 8 }
            end += 8
        }
        return end
    }

    private mutating func escapedString(from contentStart: Int, start: Int) throws(Refusal) -> String {
        var content = [UInt8](bytes[contentStart..<index])
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw refusal("not-utf8", "this string is not valid UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"):
                let scalar = try escape()
                content.append(contentsOf: Array(String(Character(scalar)).utf8))
            case 0..<0x20:
                throw refusal("control-character", "a control character stands unescaped in a string", at: index)
            default:
                content.append(byte)
                index += 1
            }
        }
        throw refusal("incomplete", "the string that begins here does not end", at: start)
    }

    private mutating func escape() throws(Refusal) -> UnicodeScalar {
        let start = index
        guard index + 1 < bytes.count else { throw refusal("incomplete", "the input ends within an escape", at: start) }
        let letter = bytes[index + 1]
        index += 2
        switch letter {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"):
            if rules.canonical { throw notCanonical("an escape where none is needed", at: start) }
            return "/"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(start: start)
        default: throw refusal("bad-escape", "no such escape in JSON", at: start)
        }
    }

    private mutating func unicodeEscape(start: Int) throws(Refusal) -> UnicodeScalar {
        let first = try fourHexDigits(start: start)
        if rules.canonical {
            // RFC 8785 §3.2.2.2: only other controls are written \u00xx, in lower case.
            let isPlainControl = first < 0x20 && ![0x08, 0x09, 0x0A, 0x0C, 0x0D].contains(first)
            let isLower = bytes[(start + 2)..<(start + 6)].allSatisfy { !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) }
            guard isPlainControl, isLower else { throw notCanonical("an escape where none is needed", at: start) }
        }
        if let scalar = UnicodeScalar(first) { return scalar }
        guard first < 0xDC00, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
        else { throw refusal("lone-surrogate", "half of a surrogate pair stands alone", at: start) }
        index += 2
        let second = try fourHexDigits(start: start)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = UnicodeScalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw refusal("lone-surrogate", "half of a surrogate pair stands alone", at: start) }
        return scalar
    }

    private mutating func fourHexDigits(start: Int) throws(Refusal) -> UInt32 {
        guard index + 4 <= bytes.count else { throw refusal("incomplete", "the input ends within an escape", at: start) }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Hex.value(of: bytes[index]) else {
                throw refusal("bad-escape", "\\u takes four hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
