// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp027 = PolicyRule(
        id: "KP027", severity: .medium,
        reason: "a wildcard is a plain character under StringEquals, and says nothing when it stands alone",
        source: "Access Analyzer, wildcard without like operator; IAM User Guide, ARN condition operators",
        fix: "use StringLike or ArnLike for patterns, StringEquals for whole values"
    ) { document, _ in
        document.statements.flatMap { statement in
            statement.conditions.flatMap { condition in
                condition.values.compactMap { value -> Hit? in
                    let title = "statement \(statement.title)"
                    switch condition.test?.comparison {
                    case .stringEquals, .stringEqualsIgnoreCase:
                        guard value.text.hasWildcard, !value.text.hasVariable else { return nil }
                        return Hit(
                            value,
                            "\(title): under \(condition.operatorName.text) the wildcard in \(Quoted.text(value.text)) is a plain character"
                        )
                    case .stringLike where !value.text.hasSameBytes(as: "*"): return condition.likeOnARN(value, title)
                    case .stringLike, .arn:
                        guard value.text.hasSameBytes(as: "*") else { return nil }
                        return Hit(value, "\(title): \"*\" only asks that \(Quoted.word(condition.key.text)) is there")
                    default: return nil
                    }
                }
            }
        }
    }
}

extension Condition {
    /// Under StringLike a wildcard crosses colons. (CloudTrail's own documentation does so for its encryption context: a remark only.)
    fileprivate func likeOnARN(_ value: PolicyString, _ title: String) -> PolicyRule.Hit? {
        guard ARN(value.text) != nil, value.text.hasWildcard else { return nil }
        let severity: Severity = KeyApplicability.isEncryptionContext(key.text.asciiLowercased) ? .low : .medium
        return PolicyRule.Hit(
            value, "\(title): under StringLike the wildcard in \(Quoted.text(value.text)) also crosses colons; ArnLike does not", severity)
    }
}
