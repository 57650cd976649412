// SPDX-License-Identifier: Apache-2.0

/// What a statement does when it applies.
public enum Effect: String, Sendable, CaseIterable {
    case allow = "Allow"
    case deny = "Deny"
}

/// `Action` or `NotAction`, `Resource` or `NotResource`: a list, and whether it names what is meant or what is not.
public struct ElementList: Sendable {
    /// `NotAction`, `NotResource`: everything but these.
    public let isNegated: Bool
    public let values: [PolicyString]
    /// Where the element itself stands.
    public let place: PolicyString
}

/// One `operator: { key: values }` of a statement's `Condition`.
public struct Condition: Sendable {
    /// Shared, so that passing a condition on costs no more than one reference.
    private final class Parts: Sendable {
        let operatorName: PolicyString
        let key: PolicyString
        let values: [PolicyString]
        let test: ConditionOperator?
        let contextKey: ContextKey
        let hasVariables: Bool
        let parsed: ParsedValues

        init(_ operatorName: PolicyString, _ key: PolicyString, _ values: [PolicyString]) {
            (self.operatorName, self.key, self.values) = (operatorName, key, values)
            test = ConditionOperator(operatorName.text)
            contextKey = ContextKey(key.text)
            hasVariables = values.contains { $0.text.hasVariable }
            parsed = ParsedValues(values, test?.comparison)
        }
    }

    private let parts: Parts

    init(operatorName: PolicyString, key: PolicyString, values: [PolicyString]) { parts = Parts(operatorName, key, values) }

    /// As written, e.g. `ForAnyValue:StringLikeIfExists`.
    public var operatorName: PolicyString { parts.operatorName }
    public var key: PolicyString { parts.key }
    /// One or more; any of them satisfies (none of them, under a negated operator).
    public var values: [PolicyString] { parts.values }
    /// The operator, taken apart; nil for one that IAM does not have.
    var test: ConditionOperator? { parts.test }
    var contextKey: ContextKey { parts.contextKey }
    /// Whether a `$` stands in any value.
    var hasVariables: Bool { parts.hasVariables }
    /// The values as numbers, dates or addresses, where they are compared as such.
    var parsed: ParsedValues { parts.parsed }
}

/// One statement of a key policy.
///
/// `Resource` and `Action` may be missing: KMS stores such a statement and it has no effect (KMS API, PutKeyPolicy).
public struct Statement: Sendable {
    /// Shared, so that passing a statement on costs no more than one reference.
    private final class Parts: Sendable {
        let index: Int
        let sid: PolicyString?
        let effect: Effect
        let principals: PrincipalElement
        let actions: ElementList?
        let resources: ElementList?
        let conditions: [Condition]
        let place: PolicyString
        let coverage: ActionSet
        let actionSets: [ActionSet]

        init(
            _ index: Int, _ sid: PolicyString?, _ effect: Effect, _ principals: PrincipalElement, _ actions: ElementList?, _ resources: ElementList?,
            _ conditions: [Condition], _ place: PolicyString
        ) {
            (self.index, self.sid, self.effect, self.principals) = (index, sid, effect, principals)
            (self.actions, self.resources, self.conditions, self.place) = (actions, resources, conditions, place)
            actionSets = (actions?.values ?? []).map { ActionSet(coveredBy: $0.text) }
            let named = actionSets.reduce(ActionSet.none) { $0.union($1) }
            coverage = actions?.isNegated == true ? ActionSet.everything.subtracting(named) : named
        }
    }

    private let parts: Parts

    init(
        index: Int, sid: PolicyString?, effect: Effect, principals: PrincipalElement, actions: ElementList?, resources: ElementList?,
        conditions: [Condition], place: PolicyString
    ) {
        parts = Parts(index, sid, effect, principals, actions, resources, conditions, place)
    }

    /// Position in the document, from 0.
    public var index: Int { parts.index }
    public var sid: PolicyString? { parts.sid }
    public var effect: Effect { parts.effect }
    public var principals: PrincipalElement { parts.principals }

    func match(_ caller: RequestPrincipal) -> PrincipalMatch { parts.principals.match(caller, effect: parts.effect) }

    public var actions: ElementList? { parts.actions }
    public var resources: ElementList? { parts.resources }
    public var conditions: [Condition] { parts.conditions }
    /// Where the statement stands.
    public var place: PolicyString { parts.place }
    /// The actions of the table that the statement covers, by `Action` or beside `NotAction`.
    var coverage: ActionSet { parts.coverage }
    /// Each value of `Action` or `NotAction` with the actions of the table that it matches.
    var actionValues: [(value: PolicyString, set: ActionSet)] { Array(zip(parts.actions?.values ?? [], parts.actionSets)).map { ($0, $1) } }
    /// By `Action`, not beside `NotAction`.
    var namedActions: [(value: PolicyString, set: ActionSet)] { parts.actions?.isNegated == false ? actionValues : [] }

    /// What people call it: its Sid, or its position counted from 1.
    public var title: String { sid.map { Quoted.text($0.text) } ?? "number \(index + 1)" }
}
