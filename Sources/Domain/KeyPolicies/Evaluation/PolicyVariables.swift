// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// `${…}` in values (IAM User Guide, "Policy variables").
enum PolicyVariables {
    enum Part: Hashable {
        case text(String)
        /// `${*}`, `${?}`, `${$}`: the character itself.
        case character(String)
        case variable(key: String, fallback: String?)
    }

    /// Takes a text apart. A `${` that does not close, or holds no key, is text.
    static func parts(of text: String) -> [Part] {
        var parts: [Part] = []
        var plain = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { break }
            let inside = String(rest[start.upperBound..<end])
            plain += rest[..<start.lowerBound]
            rest = rest[rest.index(after: end)...]
            guard let part = variable(inside) else {
                plain += "${\(inside)}"
                continue
            }
            if !plain.isEmpty { parts.append(.text(plain)) }
            plain = ""
            parts.append(part)
        }
        plain += rest
        if !plain.isEmpty { parts.append(.text(plain)) }
        return parts
    }

    /// What stands between the braces, where IAM knows such a variable: `prefix:name`, perhaps with `, 'default'`.
    static func variable(_ inside: String) -> Part? {
        if ["*", "?", "$"].contains(where: { $0.hasSameBytes(as: inside) }) { return .character(inside) }
        guard let (key, tail) = inside.split(at: ",") else { return isKey(inside) ? .variable(key: inside, fallback: nil) : nil }
        var fallback = Substring(tail)
        while fallback.first == " " { fallback = fallback.dropFirst() }
        guard isKey(key), fallback.count >= 2, fallback.first == "'", fallback.last == "'" else { return nil }
        return .variable(key: key, fallback: String(fallback.dropFirst().dropLast()))
    }

    private static func isKey(_ text: String) -> Bool {
        guard let (prefix, name) = text.split(at: ":"), !prefix.isEmpty, !name.isEmpty else { return false }
        return prefix.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
    }

    enum Expansion {
        case pattern([TextPattern.Token])
        /// A variable has no value: the text matches nothing.
        case nothing
        case unknown(String)
    }

    /// The pattern that a value stands for in a request.
    /// - Parameter wildcards: whether `*` and `?` in the value are wildcards; in what is put in they never are.
    static func expand(_ text: String, wildcards: Bool, replacing: Bool, in request: AccessRequest) -> Expansion {
        let tokens = wildcards ? TextPattern.wildcards : TextPattern.literal
        guard replacing, text.utf8.contains(UInt8(ascii: "$")) else { return .pattern(tokens(text)) }
        var result: [TextPattern.Token] = []
        for part in parts(of: text) {
            switch part {
            case .text(let text): result += tokens(text)
            case .character(let character): result += TextPattern.literal(character)
            case .variable(let key, let fallback):
                switch request[key] {
                case .one(let value): result += TextPattern.literal(value)
                case .absent:
                    guard let fallback else { return .nothing }
                    result += TextPattern.literal(fallback)
                // IAM allows only keys with one value here.
                case .several, nil: return .unknown(key)
                }
            }
        }
        return .pattern(result)
    }
}
