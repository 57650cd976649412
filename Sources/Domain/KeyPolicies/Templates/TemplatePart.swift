// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// A part of a template: a policy whose strings may hold `${parameter}` and whose objects may hold `$when`.
struct TemplatePart: Sendable {
    struct Statement: Sendable {
        let sid: String
        let value: JSONValue
    }

    let name: String
    let root: JSONValue
    let version: String
    let id: String
    let statements: [Statement]
    private let used: [String]

    init(_ name: String, _ root: JSONValue, parameters: [TemplateParameter]) throws(Refusal) {
        self.name = name
        self.root = root
        (version, id, statements) = try root.object { members throws(Refusal) -> (String, String, [Statement]) in
            (
                try members.required("Version") { value throws(Refusal) in try value.text() },
                try members.required("Id") { value throws(Refusal) in try value.text() },
                try members.required("Statement") { value throws(Refusal) in
                    try value.array { element throws(Refusal) -> Statement in
                        guard let sid = element["Sid"]?.stringValue else {
                            throw element.invalid("a template's statement needs a Sid", code: "template-invalid")
                        }
                        return Statement(sid: sid, value: element)
                    }
                }
            )
        }
        var used: [String] = []
        try Self.collect(root, parameters, into: &used)
        self.used = used
    }

    func uses(_ parameter: String) -> Bool { used.contains { $0.hasSameBytes(as: parameter) } }

    /// Finds the parameters that a part uses; a `${…}` that is neither a parameter nor a policy variable is an error.
    private static func collect(_ value: JSONValue, _ parameters: [TemplateParameter], into used: inout [String]) throws(Refusal) {
        switch value.content {
        case .string(let text):
            for name in try TemplateText.names(in: text, value) {
                guard parameters.contains(where: { $0.name.hasSameBytes(as: name) }) else { throw TemplateText.undeclared(name, value) }
                used.append(name)
            }
        case .array(let elements): for element in elements { try collect(element, parameters, into: &used) }
        case .object(let members):
            for member in members {
                guard member.name.hasSameBytes(as: TemplateCondition.member) else {
                    try collect(member.value, parameters, into: &used)
                    continue
                }
                let name = try TemplateCondition(member.value).parameter
                guard parameters.contains(where: { $0.name.hasSameBytes(as: name) }) else {
                    throw TemplateText.undeclared(name, member.value)
                }
                used.append(name)
            }
        default: break
        }
    }
}

/// `"$when": "name"`, `"!name"` or `"name=value"`: the object that holds it stands only where that is true.
struct TemplateCondition {
    static let member = "$when"
    let parameter: String
    private let wanted: String

    init(_ value: JSONValue) throws(Refusal) {
        let text = try value.text()
        if let (name, word) = text.split(at: "=") {
            (parameter, wanted) = (name, word)
        } else if let name = text.after("!") {
            (parameter, wanted) = (name, "false")
        } else {
            (parameter, wanted) = (text, "true")
        }
    }

    func holds(_ value: TemplateValue?) -> Bool {
        switch value {
        case .boolean(let flag): (flag ? "true" : "false").hasSameBytes(as: wanted)
        case .text(let text): text.hasSameBytes(as: wanted)
        case .list, nil: false
        }
    }
}
