// SPDX-License-Identifier: Apache-2.0
public import StrictFormats

/// An assertion, and the circumstances under which it says nothing.
///
/// `unless` names condition keys and patterns (`*`, `?`): requests that have one of these values are passed over. With it an
/// assertion can speak of *every other* value of a key: "never, unless `aws:SourceArn` is a trail of this account".
public struct PolicyClaim: Sendable {
    public let assertion: PolicyAssertion
    let exemption: [(key: String, patterns: [String])]

    public var name: String { assertion.name }

    /// Reads a list of assertions, strictly (formats.md §8, and `unless`).
    /// - Throws: what `PolicyAssertion.list` throws; `assertion-unless`.
    public static func list(_ root: JSONValue) throws(Refusal) -> [PolicyClaim] {
        let assertions = try PolicyAssertion.list(root.mapElements { $0.removing("unless") })
        let exemptions = try root.array { element throws(Refusal) in try exemption(element) }
        return zip(assertions, exemptions).map { PolicyClaim(assertion: $0, exemption: $1) }
    }

    private static func exemption(_ element: JSONValue) throws(Refusal) -> [(key: String, patterns: [String])] {
        guard let value = element["unless"] else { return [] }
        guard element["expect"]?.stringValue?.hasSameBytes(as: PolicyAssertion.Expectation.never.rawValue) ?? false else {
            throw value.invalid(
                "only what must never be can have exceptions in its context", code: "assertion-unless", hint: "expect: never")
        }
        let members = try value.dictionary { member throws(Refusal) -> (key: String, patterns: [String]) in
            let key = member.name
            if ProofCondition.isSettled(key.asciiLowercased) {
                throw member.value.invalid(
                    "\(Quoted.text(key)) follows from the principal and cannot be chosen", code: "assertion-unless", hint: "say it with except")
            }
            if let hit = ConditionKeys.hit(PolicyString(key, pointer: "")) { throw member.value.invalid(hit.message, code: "assertion-unless") }
            guard !key.hasVariable else { throw member.value.invalid("\(Quoted.text(key)) is no condition key", code: "assertion-unless") }
            if case .string(let text) = member.value.content { return (key, [text]) }
            return (key, try member.value.array { element throws(Refusal) in try element.text() })
        }
        guard !members.isEmpty, members.allSatisfy({ !$0.patterns.isEmpty && $0.patterns.allSatisfy { !$0.hasVariable } }) else {
            throw value.invalid("this excepts nothing, or holds a policy variable", code: "assertion-unless", hint: "unless: { KEY: PATTERN }")
        }
        return members
    }

    /// The policy with what is passed over denied: a request that it still lets through has none of these values.
    func scope(_ policy: PolicyDocument) -> PolicyDocument { exemption.isEmpty ? policy : policy.denying(exemption) }
}

/// What became of one claim.
public struct ClaimVerdict: Sendable {
    public let claim: PolicyClaim
    public let verdict: AssertionVerdict

    public var holds: Bool { verdict.outcome == .holds }
}

extension PolicyClaim {
    /// Proves each claim, or shows a request that breaks it. Claims without exceptions are about one policy, and proven together.
    public static func check(_ policy: PolicyDocument, _ claims: [PolicyClaim], key: KeyIdentity) -> [ClaimVerdict] {
        let plain = claims.filter(\.exemption.isEmpty)
        var together = PolicyProver.check(policy, plain.map(\.assertion), key: key)[...]
        return claims.flatMap { claim in
            let verdicts =
                claim.exemption.isEmpty
                ? [together.popFirst()].compactMap(\.self) : PolicyProver.check(claim.scope(policy), [claim.assertion], key: key)
            return verdicts.map { ClaimVerdict(claim: claim, verdict: $0) }
        }
    }
}

extension JSONValue {
    fileprivate func mapElements(_ change: (JSONValue) -> JSONValue) -> JSONValue {
        guard case .array(let elements) = content else { return self }
        return JSONValue(.array(elements.map(change)), offset: offset)
    }

    fileprivate func removing(_ name: String) -> JSONValue {
        guard case .object(let members) = content else { return self }
        return JSONValue(.object(members.filter { !$0.name.hasSameBytes(as: name) }), offset: offset)
    }
}
