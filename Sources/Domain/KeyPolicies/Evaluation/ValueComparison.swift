// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Compares one value of a policy with one of a request, negation apart.
enum ValueComparison {
    /// The policy's value as it stands: nothing in it is replaced.
    static func holds(_ comparison: ConditionOperator.Comparison, text: String, value: String) -> Bool {
        switch comparison {
        case .stringEquals: text.hasSameBytes(as: value)
        case .stringLike: BytePattern.matches(text, value)
        case .arn: BytePattern.matchesARN(text, value)
        case .stringEqualsIgnoreCase: text.lowercased().unicodeScalars.elementsEqual(value.lowercased().unicodeScalars)
        default: holds(comparison, pattern: [], text: text, value: value)
        }
    }

    /// - Parameters:
    ///   - pattern: the policy's value, variables replaced.
    ///   - text: the same as plain text, for comparisons that know no wildcards or variables.
    static func holds(_ comparison: ConditionOperator.Comparison, pattern: [TextPattern.Token], text: String, value: String) -> Bool {
        switch comparison {
        case .stringEquals, .stringLike: return TextPattern.matches(pattern[...], Array(value.unicodeScalars)[...])
        case .stringEqualsIgnoreCase: return folded(pattern) == Array(value.lowercased().unicodeScalars)
        case .arn: return TextPattern.matchesARN(pattern, value)
        case .numeric(let order): return compare(decimal(text), decimal(value), order)
        case .date(let order): return compare(Moment(text), Moment(value), order)
        case .bool:
            guard let wanted = boolean(text), let found = boolean(value) else { return false }
            return wanted == found
        case .binaryEquals:
            guard let wanted = Base64.decode(text), let found = Base64.decode(value) else { return false }
            return wanted == found
        case .ipAddress:
            guard let range = AddressRange(text), let found = AddressRange(value) else { return false }
            return range.contains(found)
        case .null: return false
        }
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text.asciiLowercased {
        case "true": true
        case "false": false
        default: nil
        }
    }

    private static func folded(_ pattern: [TextPattern.Token]) -> [Unicode.Scalar] {
        var text = String.UnicodeScalarView()
        for case .scalar(let scalar) in pattern { text.append(scalar) }
        return Array(String(text).lowercased().unicodeScalars)
    }

    /// The order is read from the request's side: "the request's value is less than the policy's".
    static func compare<Value: Comparable>(_ policy: Value?, _ request: Value?, _ order: ConditionOperator.Order) -> Bool {
        guard let policy, let request else { return false }
        switch order {
        case .equal: return request == policy
        case .less: return request < policy
        case .lessOrEqual: return request <= policy
        case .greater: return request > policy
        case .greaterOrEqual: return request >= policy
        }
    }

    /// A decimal number, exact to the precision of a double; no infinities, no hexadecimal.
    static func decimal(_ text: String) -> Double? {
        guard !text.isEmpty, text.utf8.allSatisfy({ "+-.eE0123456789".utf8.contains($0) }) else { return nil }
        return Double(text)
    }
}
