// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Strings of a template: text, parameters, and policy variables of IAM (`${aws:…}`), which are left alone.
enum TemplateText {
    enum Piece {
        case text(String)
        case parameter(String)
    }

    static func pieces(of text: String) -> [Piece]? {
        var pieces: [Piece] = []
        var plain = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { return nil }
            let inside = String(rest[start.upperBound..<end])
            plain += rest[..<start.lowerBound]
            rest = rest[rest.index(after: end)...]
            if PolicyVariables.variable(inside) != nil {
                plain += "${\(inside)}"
            } else {
                pieces += [.text(plain), .parameter(inside)]
                plain = ""
            }
        }
        return pieces + [.text(plain + rest)]
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

    /// The texts that a string stands for: one, or one for each element of a list that it names.
    static func expand(_ text: String, _ values: [String: TemplateValue]) -> (texts: [String], isList: Bool) {
        var texts = [""]
        var isList = false
        for piece in pieces(of: text) ?? [] {
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
        return (texts, isList)
    }
}
