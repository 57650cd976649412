// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// The name of a condition operator, taken apart. (IAM User Guide, "IAM JSON policy elements: Condition operators".)
public struct ConditionOperator: Sendable, Hashable {
    public enum Quantifier: String, Sendable {
        case none = ""
        case forAll = "ForAllValues:"
        case forAny = "ForAnyValue:"
    }

    /// How two values are compared, negation apart. `ArnEquals` and `ArnLike` are one.
    public enum Comparison: Sendable, Hashable {
        case stringEquals, stringEqualsIgnoreCase, stringLike
        case numeric(Order)
        case date(Order)
        case bool, binaryEquals, ipAddress, arn, null
    }

    public enum Order: Sendable { case equal, less, lessOrEqual, greater, greaterOrEqual }

    public let quantifier: Quantifier
    public let comparison: Comparison
    /// `…Not…`: none of the values may match.
    public let isNegated: Bool
    public let ifExists: Bool

    /// Nil for a name that IAM does not know.
    public init?(_ name: String) {
        var rest = name
        var quantifier = Quantifier.none
        for candidate in [Quantifier.forAll, .forAny] {
            if let tail = rest.after(candidate.rawValue) { (quantifier, rest) = (candidate, tail) }
        }
        let suffix = "IfExists"
        let ifExists = rest.utf8.count > suffix.utf8.count && rest.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
        if ifExists { rest = String(decoding: rest.utf8.dropLast(suffix.utf8.count), as: UTF8.self) }
        guard let (comparison, isNegated) = Self.table[rest], !(comparison == .null && (ifExists || quantifier != .none)) else {
            return nil
        }
        self.quantifier = quantifier
        self.comparison = comparison
        self.isNegated = isNegated
        self.ifExists = ifExists
    }

    private static let table: [String: (Comparison, Bool)] = [
        "StringEquals": (.stringEquals, false), "StringNotEquals": (.stringEquals, true),
        "StringEqualsIgnoreCase": (.stringEqualsIgnoreCase, false), "StringNotEqualsIgnoreCase": (.stringEqualsIgnoreCase, true),
        "StringLike": (.stringLike, false), "StringNotLike": (.stringLike, true),
        "NumericEquals": (.numeric(.equal), false), "NumericNotEquals": (.numeric(.equal), true),
        "NumericLessThan": (.numeric(.less), false), "NumericLessThanEquals": (.numeric(.lessOrEqual), false),
        "NumericGreaterThan": (.numeric(.greater), false), "NumericGreaterThanEquals": (.numeric(.greaterOrEqual), false),
        "DateEquals": (.date(.equal), false), "DateNotEquals": (.date(.equal), true),
        "DateLessThan": (.date(.less), false), "DateLessThanEquals": (.date(.lessOrEqual), false),
        "DateGreaterThan": (.date(.greater), false), "DateGreaterThanEquals": (.date(.greaterOrEqual), false),
        "Bool": (.bool, false), "BinaryEquals": (.binaryEquals, false),
        "IpAddress": (.ipAddress, false), "NotIpAddress": (.ipAddress, true),
        "ArnEquals": (.arn, false), "ArnLike": (.arn, false), "ArnNotEquals": (.arn, true), "ArnNotLike": (.arn, true),
        "Null": (.null, false),
    ]

    /// Every name without quantifier and suffix.
    static let names = table.keys.sorted()

    /// What the condition says of a request that does not have the key.
    ///
    /// Positive operators do not hold, negated ones and `…IfExists` do; `ForAllValues` holds, `ForAnyValue` does not.
    /// AWS's pages disagree on `ForAnyValue:…IfExists`: that is unknown.
    func truthWhenMissing(key: String, values: [String]) -> Truth {
        if comparison == .null { return Truth(values.contains { $0.isSameIgnoringASCIICase(as: "true") }) }
        switch quantifier {
        case .forAll: return .yes
        case .forAny: return ifExists ? .unknown([key]) : .no
        case .none: return Truth(isNegated || ifExists)
        }
    }

    /// Whether `${…}` in a value is replaced: in strings and ARNs. (Under `Bool` AWS's pages disagree.)
    var takesVariables: Bool {
        switch comparison {
        case .stringEquals, .stringEqualsIgnoreCase, .stringLike, .arn: true
        default: false
        }
    }
}
