// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

/// One parameter of a template, as `parameters.json` declares it.
public struct TemplateParameter: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case text
        case list
        case boolean
    }

    public let name: String
    public let kind: Kind
    /// What a text, or each element of a list, must wholly match.
    public let pattern: String?
    /// The fewest elements of a list.
    public let minimum: Int
    public let description: String
    /// Nil: the parameter must be given.
    public let fallback: JSONValue?
    public let example: JSONValue

    init(_ member: JSONMember) throws(Refusal) {
        name = member.name
        (kind, pattern, minimum, description, fallback, example) = try member.value.object {
            members throws(Refusal) -> (Kind, String?, Int, String, JSONValue?, JSONValue) in
            (
                try members.required("type") { value throws(Refusal) in try value.oneOf(Kind.self) },
                try members.optional("pattern") { value throws(Refusal) in try value.text() },
                try members.optional("minimum") { value throws(Refusal) in try value.integer(in: 0...100) } ?? 0,
                try members.required("description") { value throws(Refusal) in try value.text() },
                try members.optional("default") { value throws(Refusal) in value },
                try members.required("example")
            )
        }
        guard kind == .boolean || pattern != nil else {
            throw member.value.invalid("parameter \(name) needs a pattern", code: "template-invalid")
        }
        for value in [fallback, example].compactMap(\.self) {
            if case .failure(let problem) = accept(value) {
                throw member.value.invalid("parameter \(problem.text)", code: "template-invalid")
            }
        }
    }

    /// What is wrong with a value, in words.
    struct Problem: Error {
        let text: String
    }

    /// Takes a value in, or says what it should be. YAML's scalars arrive as text: `true` and `false` too.
    func accept(_ value: JSONValue) -> Result<TemplateValue, Problem> {
        switch (kind, value.content) {
        case (.boolean, .bool(let flag)): return .success(.boolean(flag))
        case (.boolean, .string(let text)) where ["true", "false"].contains(where: { $0.hasSameBytes(as: text) }):
            return .success(.boolean(text.hasSameBytes(as: "true")))
        case (.text, .string(let text)): return check(text).map { .failure($0) } ?? .success(.text(text))
        case (.list, .array(let elements)):
            var texts: [String] = []
            for element in elements {
                guard case .string(let text) = element.content else {
                    return .failure(problem("is a list of texts; one of them is \(element.kindName)"))
                }
                if let problem = check(text) { return .failure(problem) }
                texts.append(text)
            }
            guard texts.count >= minimum else { return .failure(problem("needs at least \(minimum) element\(minimum == 1 ? "" : "s")")) }
            return .success(.list(texts))
        default: return .failure(problem("must be \(expected), not \(value.kindName)"))
        }
    }

    /// What kind of value is wanted, for a person.
    public var expected: String {
        switch kind {
        case .text: "a text in quotes"
        case .list: "a list of texts"
        case .boolean: "true or false"
        }
    }

    private func problem(_ what: String) -> Problem {
        Problem(text: "\(name) \(what) (\(description); for example \(JSONWriter.canonicalText(example)))")
    }

    private func check(_ text: String) -> Problem? {
        // A value is never looked into for parameters, and none may pretend to be one.
        guard text.utf8.count <= 2_048, SafeText.isClean(text), !text.contains("${"), let pattern, TemplatePattern.matches(pattern, text)
        else {
            return problem("does not accept \(Quoted.text(text))")
        }
        if let what = Placeholder.find(in: text) ?? Placeholder.word(text) { return problem("is still a placeholder: \(what)") }
        // 123456789012 is the account of test servers, too: the checks remark it.
        let examples = Placeholder.exampleAccounts(in: text).filter { !$0.hasSameBytes(as: "123456789012") }
        return examples.first.map { problem("names the account \($0), an example of AWS's documentation") }
    }
}

/// A parameter's value, once accepted.
enum TemplateValue: Sendable {
    case text(String)
    case list([String])
    case boolean(Bool)

    var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .list(let texts): .strings(texts)
        case .boolean(let flag): .bool(flag)
        }
    }
}
