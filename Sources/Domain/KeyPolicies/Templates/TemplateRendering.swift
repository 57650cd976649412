// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

/// A policy made from a template.
public struct RenderedPolicy: Sendable {
    /// JCS text (RFC 8785).
    public let text: String
    /// Every parameter with the value it had, defaults and supplied ones included.
    public let parameters: JSONValue
}

extension PolicyTemplate {
    /// Fills the template in.
    /// - Parameters:
    ///   - part: only this part, as a policy of its own; then only its parameters are asked for.
    ///   - values: an object: what the person gives.
    ///   - supplied: what the program knows (the key's account, the executor); it counts only where `values` is silent,
    ///     and a name that the template does not have is passed over.
    /// - Throws: `template-parameters`, naming everything that is missing, unknown or ill-typed at once.
    public func render(part: String? = nil, values: JSONValue, supplied: [(name: String, value: JSONValue)] = []) throws(Refusal)
        -> RenderedPolicy
    {
        let chosen = try part.map { name throws(Refusal) in try self.part(name) }
        let needed = chosen.map { part in parameters.filter { part.uses($0.name) } } ?? parameters
        let accepted = try accept(values, supplied: supplied, needed: needed)
        let statements =
            chosen.map { $0.statements.map(\.value) }
            ?? sections.flatMap { section in
                parts.filter { $0.name == section.part }.flatMap { $0.statements.filter { section.takes($0.sid) }.map(\.value) }
            }
        let document = JSONValue.object([
            ("Version", .string(chosen?.version ?? version)), ("Id", .string(chosen?.id ?? id)),
            ("Statement", .array(statements.compactMap { TemplateFilling.fill($0, accepted) })),
        ])
        let text = JSONWriter.canonicalText(document)
        // What is rendered is a policy by the same reading as any other.
        _ = try PolicyDocument(text: text, file: "\(name) (rendered)")
        return RenderedPolicy(
            text: text, parameters: .object(needed.map { parameter in (parameter.name, accepted[parameter.name]?.json) }))
    }

    private func part(_ name: String) throws(Refusal) -> TemplatePart {
        guard let part = parts.first(where: { $0.name.hasSameBytes(as: name) }) else {
            let near = Suggestion.nearest(to: name, among: parts.map(\.name))
            throw Refusal(
                "template-part", .usage, "the template \(self.name) has no part \(Quoted.text(name))",
                hint: near.map { "did you mean \($0)?" })
        }
        return part
    }

    /// Takes values in, or names everything that is wrong with them at once.
    func accept(
        _ values: JSONValue, supplied: [(name: String, value: JSONValue)], needed: [TemplateParameter]
    ) throws(Refusal) -> [String: TemplateValue] {
        guard case .object(let given) = values.content else { throw values.mismatch("an object of parameters") }
        var accepted: [String: TemplateValue] = [:]
        var problems: [String] = []
        var places: [Int?] = []
        func wrong(_ problem: String, _ value: JSONValue?) {
            problems.append(problem)
            places.append(value?.offset)
        }
        for parameter in needed {
            let own = given.first { $0.name.hasSameBytes(as: parameter.name) }?.value
            let value = own ?? supplied.first { $0.name.hasSameBytes(as: parameter.name) }?.value ?? parameter.fallback
            guard let value else {
                wrong("\(parameter.name) is missing (\(parameter.description); for example \(JSONWriter.canonicalText(parameter.example)))", nil)
                continue
            }
            switch parameter.accept(value) {
            case .success(let value): accepted[parameter.name] = value
            case .failure(let problem): wrong(problem.text, own)
            }
        }
        for member in given where !parameters.contains(where: { $0.name.hasSameBytes(as: member.name) }) {
            let near = Suggestion.nearest(to: member.name, among: parameters.map(\.name))
            wrong("\(Quoted.word(member.name)) is unknown\(near.map { " (did you mean \($0)?)" } ?? "")", member.value)
        }
        guard problems.isEmpty else {
            throw Refusal(
                "template-parameters", .badData,
                "\(problems.count == 1 ? "a parameter is" : "\(problems.count) parameters are") wrong: \(problems.joined(separator: "; "))",
                at: Place(offset: (places.count == 1 ? places[0] : nil) ?? values.offset),
                hint: "policies/\(name)/README.md describes every parameter")
        }
        return accepted
    }
}
