// SPDX-License-Identifier: Apache-2.0

/// Conditions in words, each with its operator in brackets and its key and values as they are.
enum ConditionWords {
    static func phrase(_ condition: Condition, _ names: AccountNames) -> String {
        "\(sentence(condition, names)) [\(Quoted.word(condition.operatorName.text))]"
    }

    static func values(_ values: [PolicyString], _ names: AccountNames) -> String {
        let words = values.map { value in
            Quoted.text(value.text) + names.note(ARN(value.text)?.account ?? value.text)
        }
        return words.isEmpty ? "no value at all" : words.joined(separator: " or ")
    }

    private static func sentence(_ condition: Condition, _ names: AccountNames) -> String {
        let key = subject(condition.key.text)
        let list = values(condition.values, names)
        guard let test = condition.test else { return "\(key) passes a test that does not exist, with \(list)" }
        if test.comparison == .null { return existence(condition, key, list) }
        let subject =
            switch test.quantifier {
            case .none: key
            case .forAll: "every value of \(key)"
            case .forAny: "at least one value of \(key)"
            }
        let otherwise =
            test.quantifier == .forAll ? ", or there is no value" : test.isNegated || test.ifExists ? ", or the request has none" : ""
        return "\(subject) \(verb(test)) \(list)\(test.quantifier == .forAny && !test.ifExists ? "" : otherwise)"
    }

    private static func existence(_ condition: Condition, _ key: String, _ list: String) -> String {
        guard condition.values.count == 1, let value = condition.values.first?.text else {
            return "that the request lacks \(key) is \(list)"
        }
        switch value.asciiLowercased {
        case "false": return "the request has \(key) (Null is \(list))"
        case "true": return "the request does NOT have \(key) (Null is \(list))"
        default: return "that the request lacks \(key) is \(list)"
        }
    }

    private static func subject(_ key: String) -> String {
        let lower = key.asciiLowercased
        let exact = Quoted.word(key)
        if lower == "kms:encryptioncontext:aws:cloudtrail:arn" { return "the trail in the encryption context (\(exact))" }
        if lower.after("kms:encryptioncontext:") != nil { return "the encryption context (\(exact))" }
        let meaning: String? =
            switch lower {
            case "aws:sourcearn": "the resource for which an AWS service calls"
            case "aws:sourceaccount": "the account for which an AWS service calls"
            case "aws:principalarn": "the caller's ARN"
            case "aws:principalaccount", "kms:calleraccount": "the caller's account"
            case "aws:principalorgid": "the caller's organization"
            case "aws:principalisawsservice": "that an AWS service calls by itself"
            case "kms:viaservice": "the AWS service that passes the request on"
            case "kms:grantisforawsresource": "that the grant is for an AWS service"
            case "kms:schedulekeydeletionpendingwindowindays": "the days until deletion"
            default: nil
            }
        return meaning.map { "\($0) (\(exact))" } ?? exact
    }

    private static func verb(_ test: ConditionOperator) -> String {
        switch test.comparison {
        case .stringEquals: test.isNegated ? "is none of" : "is exactly"
        case .stringEqualsIgnoreCase: test.isNegated ? "is, capitals or not, none of" : "is, capitals or not,"
        case .stringLike: test.isNegated ? "is not like" : "is like"
        case .arn: test.isNegated ? "is not the ARN" : "is the ARN"
        case .numeric(let order), .date(let order): (test.isNegated ? "is not " : "is ") + word(order)
        case .bool: "is"
        case .binaryEquals: "has the bytes"
        case .ipAddress: test.isNegated ? "lies outside of" : "lies within"
        case .null: "is missing:"
        }
    }

    private static func word(_ order: ConditionOperator.Order) -> String {
        switch order {
        case .equal: "equal to"
        case .less: "less than"
        case .lessOrEqual: "at most"
        case .greater: "greater than"
        case .greaterOrEqual: "at least"
        }
    }
}
