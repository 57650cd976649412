// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// What a search looks for: a request whose answer before and after differ, or whose answer is not what it shall be.
struct ProofGoal: Sendable {
    typealias Rank = Answer.Verdict.Rank

    /// The answer that takes the place of the old policy's.
    var fixed: Rank?
    var seeksHigher = true
    var seeksLower = true
    /// Beside a fixed answer: whether that answer itself is looked for as well.
    var seeksSame = false

    static let difference = ProofGoal()
    /// Every answer that some request gets.
    static let allAnswers = ProofGoal(fixed: .denied, seeksSame: true)

    func wants(_ before: Rank, _ after: Rank) -> Bool { before < after ? seeksHigher : before > after ? seeksLower : seeksSame }
}

/// A change of answer.
struct RankChange: Hashable, Sendable {
    let before: Answer.Verdict.Rank
    let after: Answer.Verdict.Rank
}

/// The search through the values of condition keys, for one class of callers and one class of actions.
///
/// It splits on one key after another, only on keys that a statement still depends on, and gives a branch up as soon as
/// the answers cannot differ any more in a way that is not yet shown.
struct ProofSearch {
    struct Found {
        let change: RankChange
        let context: RequestContext
        /// Conditions that were assumed to hold or not.
        let open: [Int]
    }

    private enum State { case pending, yes, no, open }

    private struct Local {
        let isDeny: Bool
        let rank: Answer.Verdict.Rank
        let inOld: Bool
        let inNew: Bool
        let conditions: [Int]
    }

    let goal: ProofGoal
    private let table: ProofTable
    private let values: ContextValues
    private let action: KeyAction
    private let caller: Caller
    private let key: KeyIdentity
    private let preset: RequestContext
    private let locals: [Local]
    private(set) var found: [RankChange: Found] = [:]
    private(set) var openFound: [RankChange: Found] = [:]
    /// Keys on which comparisons of different kinds meet.
    private(set) var inexact: Set<String> = []
    private(set) var isCut = false

    init(goal: ProofGoal, table: ProofTable, values: ContextValues, action: KeyAction, group: CallerClass, key: KeyIdentity, preset: RequestContext) {
        (self.goal, self.table, self.values, self.action, self.key, self.preset) = (goal, table, values, action, key, preset)
        caller = group.lead
        let isOutside = action.reach == .iamOnly || (action.reach == .ownAccount && group.place == 2)
        let position = KeyAction.position(of: action.name) ?? 0
        locals =
            isOutside
            ? []
            : table.statements.compactMap { entry in
                let match = group.matches[entry.principals]
                guard match != .no, entry.statement.coverage.contains(position: position) else { return nil }
                if entry.conditions.contains(where: { group.truths[$0] == false }) { return nil }
                let rank: ProofGoal.Rank = group.place == 0 || (group.place == 1 && match != .account) ? .allowed : .delegated
                return Local(
                    isDeny: entry.statement.effect == .deny, rank: rank, inOld: entry.isOld, inNew: entry.isNew,
                    conditions: entry.conditions.filter { group.truths[$0] == nil }
                        + Self.openCaller(match, table.conditions.count + entry.principals))
            }
    }

    /// A role of which one session is named: whether it is that session, the caller does not tell.
    private static func openCaller(_ match: PrincipalMatch, _ id: Int) -> [Int] { if case .unknown = match { [id] } else { [] } }

    mutating func run(_ values: inout ContextValues.Cache, _ budget: inout ProofBudget) {
        // Behind the conditions, one place for each principal element.
        var states = Array(repeating: State.pending, count: table.conditions.count) + Array(repeating: State.open, count: table.principals.count)
        for (id, condition) in table.conditions.enumerated() { if case .open = condition.kind { states[id] = .open } }
        var context = preset
        if let arn = caller.roleARN { context["aws:PrincipalArn"] = .one(arn) }
        descend(states, context, Set(preset.keys), [], &values, &budget, start: true)
    }

    private func request(_ context: RequestContext) -> AccessRequest {
        AccessRequest(principal: caller.principal, known: action.name, context: context, key: key)
    }

    /// Settles the conditions whose keys are all given.
    private func settle(_ states: inout [State], _ context: RequestContext, _ assigned: Set<String>, touching key: String?) {
        let request = request(context)
        for local in locals {
            for id in local.conditions where states[id] == .pending {
                let condition = table.conditions[id]
                if let key, !condition.keys.contains(key) { continue }
                guard condition.keys.allSatisfy({ assigned.contains($0) || ProofCondition.isSettled($0) }) else { continue }
                switch condition.condition?.holds(for: request, usesVariables: condition.usesVariables) {
                case .yes: states[id] = .yes
                case .no: states[id] = .no
                case .unknown, nil: states[id] = .open
                }
            }
        }
    }

    private mutating func descend(
        _ given: [State], _ context: RequestContext, _ assigned: Set<String>, _ assumed: [Int], _ cache: inout ContextValues.Cache,
        _ budget: inout ProofBudget, start: Bool = false
    ) {
        guard budget.spend(1 + locals.count) else {
            isCut = true
            return
        }
        var states = given
        if start { settle(&states, context, assigned, touching: nil) }
        let old = goal.fixed.map { ($0, $0) } ?? bounds(states) { $0.inOld }
        let new = bounds(states) { $0.inNew }
        if goal.fixed == nil, !locals.contains(where: { $0.inOld != $0.inNew && isAlive($0, states) }) { return }
        let ranks: [ProofGoal.Rank] = [.denied, .delegated, .allowed]
        let isOpen = ranks.contains { before in
            before >= old.0 && before <= old.1
                && ranks.contains { after in
                    let change = RankChange(before: before, after: after)
                    return after >= new.0 && after <= new.1 && goal.wants(before, after) && found[change] == nil
                        && (assumed.isEmpty || openFound[change] == nil)
                }
        }
        guard isOpen else { return }
        if old.0 == old.1, new.0 == new.1 {
            // What hangs on a session's name is shown by that session, which is a caller of its own.
            if assumed.contains(where: { $0 >= table.conditions.count }) { return }
            let change = RankChange(before: old.0, after: new.0)
            let result = Found(change: change, context: context, open: assumed)
            if assumed.isEmpty { found[change] = result } else if openFound[change] == nil { openFound[change] = result }
            return
        }
        let pending = pending(states)
        guard let next = pending.first(where: { states[$0] == .pending }) else {
            guard let open = pending.first else { return }
            for truth in [State.yes, .no] {
                var branch = states
                branch[open] = truth
                descend(branch, context, assigned, assumed + [open], &cache, &budget)
            }
            return
        }
        // A key that stands in a policy variable is given its value before the key that is compared with it.
        let keys = table.conditions[next].keys.filter { !assigned.contains($0) && !ProofCondition.isSettled($0) }
        guard let key = keys.last else { return }
        let relevant = locals.filter { isAlive($0, states) }.flatMap(\.conditions).filter { states[$0] != .open }
        guard let choices = values.choices(key, Set(relevant).sorted(), request(context), assigned, &cache, &budget) else {
            isCut = true
            return
        }
        if !choices.isComplete { inexact.insert(key) }
        for choice in choices.values {
            var branch = states
            var wider = context
            wider[key] = choice
            settle(&branch, wider, assigned.union([key]), touching: key)
            descend(branch, wider, assigned.union([key]), assumed, &cache, &budget)
            if isCut { return }
        }
    }

    private func isAlive(_ local: Local, _ states: [State]) -> Bool { !local.conditions.contains { states[$0] == .no } }

    /// What the answer of one policy can still be, the evaluator's order kept: Deny, then the highest Allow.
    private func bounds(_ states: [State], _ isMeant: (Local) -> Bool) -> (ProofGoal.Rank, ProofGoal.Rank) {
        var isDenied = false
        var mayBeDenied = false
        var certain = ProofGoal.Rank.denied
        var possible = ProofGoal.Rank.denied
        for local in locals where isMeant(local) && isAlive(local, states) {
            let holds = local.conditions.allSatisfy { states[$0] == .yes }
            if local.isDeny {
                mayBeDenied = true
                if holds { isDenied = true }
            } else {
                possible = max(possible, local.rank)
                if holds { certain = max(certain, local.rank) }
            }
        }
        return (mayBeDenied ? .denied : certain, isDenied ? .denied : possible)
    }

    /// The undecided conditions, those of statements that differ first.
    private func pending(_ states: [State]) -> [Int] {
        let alive = locals.filter { isAlive($0, states) }
        let ordered = alive.filter { $0.inOld != $0.inNew } + alive.filter { $0.inOld == $0.inNew }
        let ids = ordered.flatMap(\.conditions)
        return ids.filter { states[$0] == .pending } + ids.filter { states[$0] == .open }
    }
}
