// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension Statement {
    /// Why a statement applies to a request or does not.
    struct Outcome: Sendable {
        let principal: PrincipalMatch
        let truth: Truth
        /// The part that decided, where the statement does not apply.
        let failed: Part?
    }

    /// The parts of a statement, in the order in which they are looked at.
    public enum Part: String, Sendable { case principal, action, resource, condition }

    func outcome(_ request: AccessRequest, usesVariables: Bool) -> Outcome {
        let principal = match(request.principal)
        if principal == .no { return Outcome(principal: principal, truth: .no, failed: .principal) }
        guard covers(request) else { return Outcome(principal: principal, truth: .no, failed: .action) }
        let resource = covers(request, usesVariables: usesVariables)
        if resource == .no { return Outcome(principal: principal, truth: .no, failed: .resource) }
        let condition = conditions.all { $0.holds(for: request, usesVariables: usesVariables) }
        if condition == .no { return Outcome(principal: principal, truth: .no, failed: .condition) }
        var truth = resource && condition
        if case .unknown(let missing) = principal { truth = truth && .unknown(missing) }
        return Outcome(principal: principal, truth: truth, failed: nil)
    }

    /// Whether the request's action is meant.
    func covers(_ request: AccessRequest) -> Bool {
        request.position.map { coverage.contains(position: $0) } ?? covers(action: request.actionName)
    }

    /// A statement without `Action` covers nothing.
    func covers(action name: String) -> Bool {
        if let position = KeyAction.position(of: name) { return coverage.contains(position: position) }
        guard let actions else { return false }
        return actions.values.contains { ActionPattern($0.text).matches(name) } != actions.isNegated
    }

    /// Whether `Resource` is this key. In a key policy `*` is the key itself; a statement without `Resource` is inert.
    func covers(_ request: AccessRequest, usesVariables: Bool) -> Truth {
        guard let resources else { return .no }
        let named = resources.values.any { $0.text.isKey(request, usesVariables: usesVariables) }
        return resources.isNegated ? !named : named
    }
}

extension String {
    fileprivate func isKey(_ request: AccessRequest, usesVariables: Bool) -> Truth {
        if hasSameBytes(as: "*") { return .yes }
        switch PolicyVariables.expand(completedARN, wildcards: true, replacing: usesVariables, in: request) {
        case .nothing: return .no
        case .unknown(let key): return .unknown([key])
        case .pattern(let pattern):
            if let arn = request.key.arn { return Truth(TextPattern.matchesARN(pattern, arn)) }
            return Self.mayBeKey(pattern, in: request.key.account)
        }
    }

    /// IAM fills the fields that an incomplete ARN lacks with `*` (IAM User Guide, "Resource").
    private var completedARN: String {
        let colons = utf8.count { $0 == UInt8(ascii: ":") }
        return self + String(repeating: ":*", count: max(0, 5 - colons))
    }

    /// The key's own ARN is not known: only what no key of the account can have is decided.
    private static func mayBeKey(_ pattern: [TextPattern.Token], in account: String) -> Truth {
        let parts = pattern.split(separator: .scalar(":"), maxSplits: 5, omittingEmptySubsequences: false)
        func part(_ index: Int, is text: String) -> Bool { TextPattern.matches(parts[index], Array(text.unicodeScalars)[...]) }
        guard parts.count == 6, part(0, is: "arn"), part(2, is: "kms"), part(4, is: account),
            TextPattern.mayBeginWith("key/", parts[5])
        else { return .no }
        return .unknown(["the key's ARN"])
    }
}

extension TextPattern {
    /// Whether a pattern can match a text that begins so.
    static func mayBeginWith(_ prefix: String, _ pattern: ArraySlice<Token>) -> Bool {
        for (token, scalar) in zip(pattern, prefix.unicodeScalars) {
            switch token {
            case .many: return true
            case .one, .scalar(scalar): continue
            case .scalar: return false
            }
        }
        return pattern.count > prefix.unicodeScalars.count
    }
}
