// SPDX-License-Identifier: Apache-2.0

/// Wildcard matching: `*` any characters, `?` exactly one. Never more than length × length steps, whatever the pattern.
enum TextPattern {
    enum Token: Hashable, Sendable {
        case scalar(Unicode.Scalar)
        case one
        case many
    }

    /// The tokens of a text in which `*` and `?` are wildcards.
    static func wildcards(_ text: String) -> [Token] {
        text.unicodeScalars.map { $0 == "*" ? .many : $0 == "?" ? .one : .scalar($0) }
    }

    /// The tokens of a text that stands for itself.
    static func literal(_ text: String) -> [Token] { text.unicodeScalars.map { .scalar($0) } }

    static func matches(_ pattern: String, _ text: String) -> Bool {
        matches(wildcards(pattern)[...], Array(text.unicodeScalars)[...])
    }

    /// The greedy match: after a mismatch only the last `*` is given one character more, for an earlier one can gain nothing.
    static func matches(_ pattern: ArraySlice<Token>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        var p = pattern.startIndex
        var t = text.startIndex
        var lastMany: (pattern: Int, text: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex {
                switch pattern[p] {
                case .many:
                    lastMany = (p, t)
                    p += 1
                    continue
                case .one:
                    (p, t) = (p + 1, t + 1)
                    continue
                case .scalar(let scalar) where scalar == text[t]:
                    (p, t) = (p + 1, t + 1)
                    continue
                case .scalar: break
                }
            }
            guard let many = lastMany else { return false }
            lastMany = (many.pattern, many.text + 1)
            (p, t) = (many.pattern + 1, many.text + 1)
        }
        return pattern[p...].allSatisfy { $0 == .many }
    }

    /// ARN matching: each of the six components by itself, so that no wildcard reaches across the first five colons
    /// (IAM User Guide, "Amazon Resource Name (ARN) condition operators"). A bare `*` stands for every ARN.
    static func matchesARN(_ pattern: [Token], _ text: String) -> Bool {
        guard ARN(text) != nil else { return false }
        if pattern == [.many] { return true }
        let parts = pattern.split(separator: .scalar(":"), maxSplits: 5, omittingEmptySubsequences: false)
        let scalars = Array(text.unicodeScalars).split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, scalars.count == 6 else { return false }
        return zip(parts, scalars).allSatisfy { matches($0, $1) }
    }
}
