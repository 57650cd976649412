// SPDX-License-Identifier: Apache-2.0

/// `TextPattern` for a policy's value as it stands, without taking it apart first: on the bytes, with the same answers.
enum BytePattern {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// Whether a text matches a value in which `*` and `?` are wildcards.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        with(pattern, text) { glob($0, $1) } ?? TextPattern.matches(pattern, text)
    }

    /// ARN matching, component by component (`TextPattern.matchesARN`).
    static func matchesARN(_ pattern: String, _ text: String) -> Bool {
        with(pattern, text) { pattern, text in
            var left = text[...]
            var right = pattern[...]
            let isAny = pattern.count == 1 && pattern[0] == star
            for index in 0..<6 {
                guard let part = component(index, &left) else { return false }
                if index == 0, !part.elementsEqual("arn".utf8) { return false }
                if isAny { continue }
                guard let wanted = component(index, &right), glob(Bytes(rebasing: wanted), Bytes(rebasing: part)) else { return false }
            }
            return true
        } ?? TextPattern.matchesARN(TextPattern.wildcards(pattern), text)
    }

    private static let star = UInt8(ascii: "*")
    private static let mark = UInt8(ascii: "?")

    private static func with(_ pattern: String, _ text: String, _ body: (Bytes, Bytes) -> Bool) -> Bool? {
        (pattern.utf8.withContiguousStorageIfAvailable { left in text.utf8.withContiguousStorageIfAvailable { body(left, $0) } }) ?? nil
    }

    /// What stands before the next colon, the rest for the sixth; nil where there is no such colon.
    private static func component(_ index: Int, _ rest: inout Slice<Bytes>) -> Slice<Bytes>? {
        if index == 5 { return rest }
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let part = rest[..<colon]
        rest = rest[(colon + 1)...]
        return part
    }

    /// The greedy match of `TextPattern`. A `?` takes a whole character of UTF-8, and so does a `*` that is given more.
    private static func glob(_ pattern: Bytes, _ text: Bytes) -> Bool {
        var p = 0
        var t = 0
        var many = -1
        var manyText = 0
        func next(_ index: Int) -> Int {
            var index = index + 1
            while index < text.count, text[index] & 0xC0 == 0x80 { index += 1 }
            return index
        }
        while t < text.count {
            if p < pattern.count {
                let wanted = pattern[p]
                if wanted == star {
                    (many, manyText) = (p, t)
                    p += 1
                    continue
                }
                if wanted == mark {
                    p += 1
                    t = next(t)
                    continue
                }
                if wanted == text[t] {
                    p += 1
                    t += 1
                    continue
                }
            }
            guard many >= 0 else { return false }
            manyText = next(manyText)
            p = many + 1
            t = manyText
        }
        while p < pattern.count, pattern[p] == star { p += 1 }
        return p == pattern.count
    }
}
