// SPDX-License-Identifier: Apache-2.0

/// A pattern over the characters of one value: what a policy's text asks of a request's text, as a regular language.
struct ValuePattern: Hashable, Sendable {
    enum Token: Hashable, Sendable {
        case scalar(Unicode.Scalar)
        /// Any character whose lower case is this one.
        case folded(Unicode.Scalar)
        case one(colons: Bool)
        case many(colons: Bool)
    }

    let tokens: [Token]

    init(_ tokens: [Token]) { self.tokens = tokens }

    init(_ pattern: some Sequence<TextPattern.Token>, colons: Bool = true) {
        tokens = pattern.map { token in
            switch token {
            case .scalar(let scalar): .scalar(scalar)
            case .one: .one(colons: colons)
            case .many: .many(colons: colons)
            }
        }
    }

    /// `…IgnoreCase` and `Bool`.
    init(folding text: String) { tokens = text.lowercased().unicodeScalars.map { .folded($0) } }

    /// ARN matching, component by component (`TextPattern.matchesARN`); nil for what matches no ARN.
    static func arn(_ pattern: [TextPattern.Token]) -> ValuePattern? {
        let parts = pattern.split(separator: .scalar(":"), maxSplits: 5, omittingEmptySubsequences: false)
        let all: [[TextPattern.Token]] = pattern == [.many] ? Array(repeating: [.many], count: 6) : parts.map { Array($0) }
        guard all.count == 6, TextPattern.matches(all[0][...], Array("arn".unicodeScalars)[...]) else { return nil }
        var tokens: [Token] = "arn".unicodeScalars.map { .scalar($0) }
        for (index, part) in all.enumerated().dropFirst() {
            tokens += [.scalar(":")] + ValuePattern(part, colons: index == 5).tokens
        }
        return ValuePattern(tokens)
    }

    /// The one text that it matches, where it is only that.
    var literal: String? {
        var text = String.UnicodeScalarView()
        for token in tokens {
            guard case .scalar(let scalar) = token else { return nil }
            text.append(scalar)
        }
        return String(text)
    }

    /// The characters that it tells from others.
    var scalars: Set<Unicode.Scalar> {
        var found: Set<Unicode.Scalar> = []
        for token in tokens {
            switch token {
            case .scalar(let scalar): found.insert(scalar)
            case .folded(let scalar): found.formUnion(Self.spellings(of: scalar))
            case .one(colons: false), .many(colons: false): found.insert(":")
            default: break
            }
        }
        return found
    }

    /// Whether every spelling of its folded characters is known: in the characters that a policy may hold (U+0020 to U+00FF) it is.
    var isDecidable: Bool {
        tokens.allSatisfy { token in if case .folded(let scalar) = token { scalar.value <= 0xFF } else { true } }
    }

    /// All characters whose lower case is this character, for those up to U+00FF (Unicode, UnicodeData.txt and SpecialCasing.txt).
    static func spellings(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        var found = [scalar].filter { $0.properties.lowercaseMapping.unicodeScalars.elementsEqual([scalar]) }
        let upper = Array(scalar.properties.uppercaseMapping.unicodeScalars)
        let others = [Unicode.Scalar(0x212A), Unicode.Scalar(0x212B), Unicode.Scalar(0x1E9E)].compactMap(\.self)
        for candidate in (upper.count == 1 ? upper : []) + others where candidate != scalar {
            if candidate.properties.lowercaseMapping.unicodeScalars.elementsEqual([scalar]) { found.append(candidate) }
        }
        return found
    }
}
