// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

extension PolicyTemplate {
    /// What must be true of every policy that the template makes with these parameters; none for a template without `assertions.json`.
    /// - Throws: `template-parameters`, and what `PolicyClaim.list` throws for assertions that are none.
    public func claims(values: JSONValue, supplied: [(name: String, value: JSONValue)] = []) throws(Refusal) -> [PolicyClaim] {
        guard let assertions else { return [] }
        return try TemplateClaims.fill(assertions, try accept(values, supplied: supplied, needed: parameters), file: "\(name)/assertions.json")
    }
}

/// Fills the assertions of a template in.
enum TemplateClaims {
    static func fill(_ assertions: JSONValue, _ values: [String: TemplateValue], file: String) throws(Refusal) -> [PolicyClaim] {
        let filled = TemplateFilling.fill(assertions, values) ?? .array([])
        do throws(Refusal) {
            return try PolicyClaim.list(filled)
        } catch {
            throw Refusal(
                error.code, .badData, "the template's assertions cannot be filled in: \(error.message)", at: Place(file: file), hint: error.hint)
        }
    }
}
