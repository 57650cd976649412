// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Puts parameters into a parsed tree. (What is put in is never looked at again.)
enum TemplateFilling {
    /// A value with its parameters filled in; nil where its `$when` does not hold, or nothing is left of it.
    static func fill(_ value: JSONValue, _ values: [String: TemplateValue]) -> JSONValue? {
        switch value.content {
        case .string(let text):
            let (texts, isList) = TemplateText.expand(text, values)
            if !isList || texts.count == 1 { return texts.first.map { .string($0) } }
            return texts.isEmpty ? nil : .strings(texts)
        case .array(let elements): return .array(fill(elements, values))
        case .object(let members):
            guard holds(value, values) else { return nil }
            let filled = members.filter { !$0.name.hasSameBytes(as: TemplateCondition.member) }.map { ($0.name, fill($0.value, values)) }
            // An object that loses all its members is taken away with them.
            return !filled.isEmpty && filled.allSatisfy { $0.1 == nil } ? nil : .object(filled)
        default: return value
        }
    }

    /// Whether the `$when` of an object holds; true where it has none.
    private static func holds(_ object: JSONValue, _ values: [String: TemplateValue]) -> Bool {
        guard let condition = object[TemplateCondition.member] else { return true }
        do {
            return try TemplateCondition(condition).holds(values)
        } catch {
            preconditionFailure("a template's conditions were read with it: \(error)")
        }
    }

    /// Elements of a list: a string that names a list parameter becomes that many strings, an object with `$each` what stands in
    /// it; nothing stands twice.
    private static func fill(_ elements: [JSONValue], _ values: [String: TemplateValue]) -> [JSONValue] {
        var result: [JSONValue] = []
        for element in elements {
            let filled: [JSONValue]
            if case .string(let text) = element.content {
                filled = TemplateText.expand(text, values).texts.map { .string($0) }
            } else if let each = element[TemplateCondition.elements]?.arrayValue {
                filled = holds(element, values) ? fill(each, values) : []
            } else {
                filled = [fill(element, values)].compactMap(\.self)
            }
            for value in filled where !result.contains(value) { result.append(value) }
        }
        return result
    }
}
