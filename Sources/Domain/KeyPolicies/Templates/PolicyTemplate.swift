// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

/// A policy template: data, not code. `policies/README.md` describes the form.
///
/// `template.json` says which statements of which parts stand in which order; each part is a file of its own and an example policy
/// in its own right; `parameters.json` says what has to be filled in.
public struct PolicyTemplate: Sendable {
    public let name: String
    public let parameters: [TemplateParameter]
    /// The bytes that a pin covers: JCS of `{"assertions":…,"parameters":…,"parts":{…},"template":…}` (`assertions` only where there are some).
    public let canonical: [UInt8]
    let sections: [TemplateSection]
    let parts: [TemplatePart]
    let version: String
    let id: String
    /// `assertions.json`: what must be true of every policy that is made from it.
    let assertions: JSONValue?

    /// Reads a template, all or nothing.
    /// - Parameters:
    ///   - parts: each part's name and the bytes of `NAME.json`; exactly those that the template names.
    ///   - assertions: the bytes of `assertions.json`, where there is one.
    /// - Throws: `template-invalid` and what the JSON reader throws, with the file named.
    public init(
        name: String, template: [UInt8], parameters: [UInt8], parts: [(name: String, bytes: [UInt8])], assertions: [UInt8]? = nil
    ) throws(Refusal) {
        let templateDocument = try JSONDocument(template, rules: .authored, file: "\(name)/template.json")
        let parameterDocument = try JSONDocument(parameters, rules: .authored, file: "\(name)/parameters.json")
        let main = try templateDocument.decode { root throws(Refusal) in try TemplateMain(root) }
        let declared = try parameterDocument.decode { root throws(Refusal) in
            try root.dictionary { member throws(Refusal) in try TemplateParameter(member) }
        }
        var read: [TemplatePart] = []
        for (partName, bytes) in parts {
            let document = try JSONDocument(bytes, rules: .authored, file: "\(name)/\(partName).json")
            read.append(try document.decode { root throws(Refusal) in try TemplatePart(partName, root, parameters: declared) })
        }
        let claims = try assertions.map { bytes throws(Refusal) in
            let document = try JSONDocument(bytes, rules: .authored, file: "\(name)/assertions.json")
            return try document.decode { root throws(Refusal) in
                _ = try root.array { element throws(Refusal) in try element.dictionary { _ throws(Refusal) in } }
                _ = try TemplateText.parameters(usedBy: root, of: declared)
                return root
            }
        }
        self.assertions = claims
        self.name = name
        self.parameters = declared
        self.parts = read
        (version, id, sections) = (main.version, main.id, main.sections)
        canonical = JSONWriter.canonical(
            .object([
                ("assertions", claims), ("parameters", parameterDocument.root),
                ("parts", .object(read.map { ($0.name, $0.root) })),
                ("template", templateDocument.root),
            ]))
        try checkComposition()
    }

    /// The names of the parts that a `template.json` asks for, each once; their files are `NAME.json` beside it.
    public static func partNames(of template: [UInt8], file: String? = nil) throws(Refusal) -> [String] {
        let document = try JSONDocument(template, rules: .authored, file: file)
        let main = try document.decode { root throws(Refusal) in try TemplateMain(root) }
        return main.sections.map(\.part).reduce(into: []) { names, name in if !names.contains(name) { names.append(name) } }
    }

    /// Every statement of every part stands in the template exactly once, and every parameter is used.
    private func checkComposition() throws(Refusal) {
        func invalid(_ message: String) -> Refusal {
            Refusal("template-invalid", .badData, message, at: Place(file: "\(name)/template.json"))
        }
        for section in sections where !parts.contains(where: { $0.name == section.part }) {
            throw invalid("the part \(Quoted.text(section.part)) is not there")
        }
        for part in parts {
            let uses = sections.filter { $0.part == part.name }
            guard !uses.isEmpty else { throw invalid("the part \(Quoted.text(part.name)) is not used") }
            let sids = part.statements.map(\.sid).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            for sid in sids where uses.count(where: { $0.takes(sid) }) != 1 {
                throw invalid(
                    "statement \(Quoted.text(sid)) of the part \(Quoted.text(part.name)) does not stand in the template exactly once")
            }
            for sid in uses.flatMap({ $0.sids ?? [] }) where !sids.contains(sid) {
                throw invalid("the part \(Quoted.text(part.name)) has no statement \(Quoted.text(sid))")
            }
        }
        for parameter in parameters where !parts.contains(where: { $0.uses(parameter.name) }) {
            throw invalid("the parameter \(Quoted.text(parameter.name)) is not used")
        }
    }
}

/// One line of a template: statements of a part, all of them or those named.
struct TemplateSection: Sendable {
    let part: String
    let sids: [String]?

    func takes(_ sid: String) -> Bool { sids?.contains(sid) ?? true }
}

/// The content of `template.json`.
struct TemplateMain: Sendable {
    let version: String
    let id: String
    let sections: [TemplateSection]

    init(_ root: JSONValue) throws(Refusal) {
        (version, id, sections) = try root.object { members throws(Refusal) -> (String, String, [TemplateSection]) in
            (
                try members.required("Version") { value throws(Refusal) in try value.text() },
                try members.required("Id") { value throws(Refusal) in try value.text() },
                try members.required("Statement") { value throws(Refusal) in
                    try value.array { element throws(Refusal) in try Self.section(element) }
                }
            )
        }
    }

    private static func section(_ value: JSONValue) throws(Refusal) -> TemplateSection {
        try value.object { members throws(Refusal) -> TemplateSection in
            TemplateSection(
                part: try members.required("part") { value throws(Refusal) in try partName(value) },
                sids: try members.optional("sids") { value throws(Refusal) in
                    try value.array { element throws(Refusal) in try element.text() }
                })
        }
    }

    /// A part's name becomes a file's name: letters and hyphens only.
    private static func partName(_ value: JSONValue) throws(Refusal) -> String {
        let name = try value.text()
        guard !name.isEmpty, name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-") }), name != "template",
            name != "parameters"
        else { throw value.invalid("\(Quoted.text(name)) is no name for a part", code: "template-invalid") }
        return name
    }
}
