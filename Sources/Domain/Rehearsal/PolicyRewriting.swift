// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// What KMS makes of a policy between writing and reading: lists in another order, a list of one as a string
/// (terraform-provider-aws issues 21225 and 39788 tell of it; AWS documents no form).
enum PolicyRewriting {
    static func asRead(_ text: String) -> String {
        do throws(Refusal) {
            return JSONWriter.canonicalText(rewritten(try JSONDocument(Array(text.utf8), rules: .general).root, list: false))
        } catch {
            return text
        }
    }

    private static func rewritten(_ value: JSONValue, list isStatements: Bool) -> JSONValue {
        switch value.content {
        case .object(let members):
            return .object(members.map { ($0.name, rewritten($0.value, list: $0.name == "Statement")) })
        case .array(let elements) where isStatements: return .array(elements.map { rewritten($0, list: false) })
        case .array(let elements): return elements.count == 1 ? elements[0] : .array(elements.reversed())
        default: return value
        }
    }
}
