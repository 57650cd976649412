// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// One condition as the prover sees it; the same words in two statements, or in both policies, are one.
struct ProofCondition: Sendable {
    /// What settles it.
    enum Kind: Sendable {
        /// Who asks, and nothing else.
        case caller
        /// The values of free condition keys.
        case context
        /// Nothing that the prover knows: it may hold or not, in both policies alike.
        case open
    }

    /// Nil for a resource whose key is not known.
    let condition: Condition?
    let usesVariables: Bool
    /// Lower case: the condition's own key, then those of its policy variables.
    let keys: [String]
    /// Their positions in the table's keys.
    var keyIDs: [Int] = []
    let kind: Kind

    /// Keys that follow from the caller and the key itself: never free.
    private static let settled: Set<String> = [
        "aws:principalarn", "aws:principalaccount", "kms:calleraccount", "aws:principalisawsservice", "aws:principalservicename",
        "aws:resourceaccount",
    ]

    static func isSettled(_ key: String) -> Bool { settled.contains(key) }

    init(openResource: Void) {
        (condition, usesVariables, keys, kind) = (nil, false, [], .open)
    }

    init(_ condition: Condition, usesVariables: Bool) {
        self.condition = condition
        let test = condition.test
        let isReplaced = usesVariables && test?.takesVariables == true
        var keys = [condition.contextKey.name]
        var isTie = false
        var isWhole = true
        for part in isReplaced ? condition.values.map({ PolicyVariables.parts(of: $0.text) }) : [] {
            for case .variable(let key, let fallback) in part {
                isTie = true
                keys.append(key.asciiLowercased)
                let isConstant = key.isSameIgnoringASCIICase(as: "aws:ResourceAccount")
                if !isConstant, part.count > 1 || fallback != nil { isWhole = false }
            }
        }
        self.keys = keys
        self.usesVariables = usesVariables
        let boolVariable = usesVariables && test?.comparison == .bool && condition.hasVariables
        if test == nil || boolVariable || (isTie && !isWhole) || (isTie && test?.comparison == .stringEqualsIgnoreCase) {
            kind = .open
        } else if test?.quantifier == .forAny, test?.ifExists == true, keys.allSatisfy(Self.isSettled) {
            // Unknown where the key is missing; on a free key the search meets that by itself.
            kind = .open
        } else {
            kind = keys.allSatisfy(Self.isSettled) ? .caller : .context
        }
    }

    /// The languages that it tests its own key with, policy variables replaced as far as the request knows them.
    /// - Parameter count: of no more than so many values.
    func patterns(in request: AccessRequest?, upTo count: Int = .max) -> [ValuePattern] {
        patterns(in: request, of: Array(condition?.values.prefix(count) ?? []))
    }

    func patterns(in request: AccessRequest?, of values: [PolicyString]) -> [ValuePattern] {
        guard let test = condition?.test else { return [] }
        return values.compactMap { wanted in
            switch test.comparison {
            case .stringEquals, .stringLike, .arn, .stringEqualsIgnoreCase:
                guard let pattern = expand(wanted.text, test, request) else { return nil }
                switch test.comparison {
                case .arn: return ValuePattern.arn(pattern)
                case .stringEqualsIgnoreCase:
                    return ValuePattern(
                        folding: String(String.UnicodeScalarView(pattern.compactMap { if case .scalar(let s) = $0 { s } else { nil } })))
                default: return ValuePattern(pattern)
                }
            case .bool: return ValuePattern(folding: wanted.text)
            case .binaryEquals: return ValuePattern(TextPattern.literal(wanted.text))
            default: return nil
            }
        }
    }

    private func expand(_ text: String, _ test: ConditionOperator, _ request: AccessRequest?) -> [TextPattern.Token]? {
        let wildcards = test.comparison == .stringLike || test.comparison == .arn
        guard let request else {
            let hasVariable = usesVariables && PolicyVariables.parts(of: text).contains { if case .variable = $0 { true } else { false } }
            if hasVariable { return nil }
            let nobody = AccessRequest(principal: .service(""), known: "Decrypt", key: KeyIdentity(account: ""))
            return expand(text, test, nobody)
        }
        guard
            case .pattern(let pattern) = PolicyVariables.expand(
                text, wildcards: wildcards, replacing: usesVariables && test.takesVariables, in: request)
        else { return nil }
        return pattern
    }
}

extension Condition {
    var isQuantified: Bool { test.map { $0.quantifier != .none } ?? false }
}
