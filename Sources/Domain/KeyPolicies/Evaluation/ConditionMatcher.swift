// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension Condition {
    /// Whether the condition holds for a request.
    /// - Parameter usesVariables: of the document's version.
    func holds(for request: AccessRequest, usesVariables: Bool) -> Truth {
        guard let test else { return .unknown(["operator \(operatorName.text)"]) }
        let found = request[contextKey]
        if test.comparison == .null {
            let texts = values.map(\.text)
            guard let found else { return bothNullAnswers(texts) ?? .unknown([key.text]) }
            let wanted = found == .absent ? "true" : "false"
            return Truth(texts.contains { $0.isSameIgnoringASCIICase(as: wanted) })
        }
        switch found {
        case nil: return .unknown([key.text])
        case .absent: return test.truthWhenMissing(key: key.text, values: [])
        case .one(let value): return satisfies(value, test, request, usesVariables)
        case .several(let list):
            let answers = list.map { satisfies($0, test, request, usesVariables) }
            switch test.quantifier {
            case .forAll: return answers.all { $0 }
            case .forAny: return answers.any { $0 }
            // A set where one value is expected: AWS defines an answer only where all values give the same.
            case .none: return Set(answers).count == 1 ? answers[0] : .unknown([key.text])
            }
        }
    }

    /// `Null` with both answers always holds, with neither never.
    private func bothNullAnswers(_ texts: [String]) -> Truth? {
        let yes = texts.contains { $0.isSameIgnoringASCIICase(as: "true") }
        let no = texts.contains { $0.isSameIgnoringASCIICase(as: "false") }
        return yes == no ? Truth(yes) : nil
    }

    /// One value of the request against all of the policy: any may match, none under a negated operator.
    private func satisfies(_ value: String, _ test: ConditionOperator, _ request: AccessRequest, _ usesVariables: Bool) -> Truth {
        let byName = contextKey.name.hasSameBytes(as: "aws:principalarn") && request.hidesRolePath
        if !byName, !(usesVariables && hasVariables) {
            let matched = parsed.contains(value) ?? values.contains { ValueComparison.holds(test.comparison, text: $0.text, value: value) }
            return Truth(matched != test.isNegated)
        }
        let matched = values.any { wanted in
            let text = byName ? Self.withoutRolePath(wanted.text) : wanted.text
            if usesVariables, test.comparison == .bool, text.utf8.contains(UInt8(ascii: "$")) { return .unknown([key.text]) }
            let expansion = PolicyVariables.expand(
                text, wildcards: test.comparison == .stringLike || test.comparison == .arn, replacing: usesVariables && test.takesVariables,
                in: request)
            switch expansion {
            case .pattern(let pattern):
                let holds = ValueComparison.holds(test.comparison, pattern: pattern, text: text, value: value)
                // A wildcard below a path: whether the role lies on that path, its session does not tell.
                let isOpen = holds && !text.hasSameBytes(as: wanted.text) && pattern.contains { $0 == .many || $0 == .one }
                return isOpen ? .unknown([key.text]) : Truth(holds)
            case .nothing: return .no
            case .unknown(let name): return .unknown([name])
            }
        }
        return test.isNegated ? !matched : matched
    }

    /// `role/path/name` as `role/name`: what a session shows of its role.
    private static func withoutRolePath(_ text: String) -> String {
        guard let arn = ARN(text), let name = arn.resource.after("role/") else { return text }
        return "arn:\(arn.partition):\(arn.service):\(arn.region):\(arn.account):role/\(name.lastComponent)"
    }
}
