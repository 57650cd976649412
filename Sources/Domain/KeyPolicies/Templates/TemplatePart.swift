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
        used = try TemplateText.parameters(usedBy: root, of: parameters)
    }

    func uses(_ parameter: String) -> Bool { used.contains { $0.hasSameBytes(as: parameter) } }
}
