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
    /// As written, e.g. `ForAnyValue:StringLikeIfExists`.
    public let operatorName: PolicyString
    public let key: PolicyString
    /// One or more; any of them satisfies (none of them, under a negated operator).
    public let values: [PolicyString]
}

/// One statement of a key policy.
///
/// `Resource` and `Action` may be missing: KMS stores such a statement and it has no effect (KMS API, PutKeyPolicy).
public struct Statement: Sendable {
    /// Position in the document, from 0.
    public let index: Int
    public let sid: PolicyString?
    public let effect: Effect
    public let principals: PrincipalElement
    public let actions: ElementList?
    public let resources: ElementList?
    public let conditions: [Condition]
    /// Where the statement stands.
    public let place: PolicyString
    /// The actions of the table that the statement covers, by `Action` or beside `NotAction`.
    let coverage: ActionSet

    init(
        index: Int, sid: PolicyString?, effect: Effect, principals: PrincipalElement, actions: ElementList?, resources: ElementList?,
        conditions: [Condition], place: PolicyString
    ) {
        self.index = index
        self.sid = sid
        self.effect = effect
        self.principals = principals
        self.actions = actions
        self.resources = resources
        self.conditions = conditions
        self.place = place
        let named = (actions?.values ?? []).reduce(ActionSet.none) { $0.union(ActionSet(coveredBy: $1.text)) }
        coverage = actions?.isNegated == true ? ActionSet.everything.subtracting(named) : named
    }

    /// What people call it: its Sid, or its position counted from 1.
    public var title: String { sid.map { Quoted.text($0.text) } ?? "number \(index + 1)" }
}
