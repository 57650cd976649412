// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Strings of a template: text, parameters, and policy variables of IAM (`${aws:…}`), which are left alone.
enum TemplateText {
    enum Piece {
        case text(String)
        case parameter(String)
    }

    static func pieces(of text: String) -> [Piece]? {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return [.text(text)] }
        var pieces: [Piece] = []
        var plain = ""
        var rest = Substring(text)
        while let start = opening(in: rest) {
            guard let end = rest[start.upperBound...].utf8.firstIndex(of: UInt8(ascii: "}")) else { return nil }
            let inside = String(rest[start.upperBound..<end])
            plain += rest[..<start.lowerBound]
            rest = rest[rest.utf8.index(after: end)...]
            if PolicyVariables.variable(inside) != nil {
                plain += "${\(inside)}"
            } else {
                pieces += [.text(plain), .parameter(inside)]
                plain = ""
            }
        }
        return pieces + [.text(plain + rest)]
    }

    /// The first `${`, byte by byte.
    private static func opening(in text: Substring) -> Range<String.Index>? {
        var rest = text.utf8
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            rest = rest[rest.index(after: dollar)...]
            if rest.first == UInt8(ascii: "{") { return dollar..<rest.index(after: rest.startIndex) }
        }
        return nil
    }

    static func names(in text: String, _ value: JSONValue) throws(Refusal) -> [String] {
        guard let pieces = pieces(of: text) else {
            throw value.invalid("\(Quoted.text(text)) holds a \"${\" that does not close", code: "template-invalid")
        }
        return pieces.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    static func undeclared(_ name: String, _ value: JSONValue) -> Refusal {
        value.invalid("there is no parameter \(Quoted.text(name))", code: "template-invalid", hint: "declare it in parameters.json")
    }

    /// The parameters that a value uses; a `${…}` that is neither a parameter nor a policy variable is an error.
    static func parameters(usedBy value: JSONValue, of declared: [TemplateParameter]) throws(Refusal) -> [String] {
        try uses(of: value).map { use throws(Refusal) in
            guard declared.contains(where: { $0.name.hasSameBytes(as: use.name) }) else { throw undeclared(use.name, use.place) }
            return use.name
        }
    }

    /// The names of parameters in a value, and where each stands.
    static func uses(of value: JSONValue) throws(Refusal) -> [(name: String, place: JSONValue)] {
        switch value.content {
        case .string(let text): return try names(in: text, value).map { ($0, value) }
        case .array(let elements): return try elements.map { element throws(Refusal) in try uses(of: element) }.flatMap(\.self)
        case .object(let members):
            return try members.map { member throws(Refusal) -> [(name: String, place: JSONValue)] in
                guard member.name.hasSameBytes(as: TemplateCondition.member) else { return try uses(of: member.value) }
                return try TemplateCondition(member.value).parameters.map { ($0, member.value) }
            }.flatMap(\.self)
        default: return []
        }
    }

    /// Whether a string is one parameter and nothing else.
    private static func isWhole(_ pieces: [Piece]) -> Bool {
        var parameters = 0
        for piece in pieces {
            switch piece {
            case .text(let plain): if !plain.isEmpty { return false }
            case .parameter: parameters += 1
            }
        }
        return parameters == 1
    }

    /// The texts that a string stands for: one, or one for each element of a list that it names; none for an empty list or an
    /// empty text that is the whole string.
    static func expand(_ text: String, _ values: [String: TemplateValue]) -> (texts: [String], isList: Bool) {
        var texts = [""]
        var isList = false
        let pieces = pieces(of: text) ?? []
        for piece in pieces {
            switch piece {
            case .text(let plain): texts = texts.map { $0 + plain }
            case .parameter(let name):
                switch values[name] {
                case .text(let value): texts = texts.map { $0 + value }
                case .boolean(let flag): texts = texts.map { $0 + (flag ? "true" : "false") }
                case .list(let elements):
                    isList = true
                    texts = texts.flatMap { text in elements.map { text + $0 } }
                case nil: break
                }
            }
        }
        // An empty text as the whole value says nothing, like an empty list.
        if texts == [""], isWhole(pieces) { return ([], true) }
        return (texts, isList)
    }
}
