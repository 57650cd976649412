// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// The search through the values of condition keys, for one class of callers and one class of actions.
///
/// It splits on one key after another, only on keys that a statement still depends on, and gives a branch up as soon as
/// the answers cannot differ any more in a way that is not yet shown.
struct ProofSearch {
    typealias Rank = Answer.Verdict.Rank

    struct Found {
        let change: RankChange
        let context: RequestContext
        /// Conditions that were assumed to hold or not; behind them, the principal elements.
        let open: [Int]
    }

    let goal: ProofGoal
    private let table: ProofTable
    private let values: ContextValues
    private let position: Int
    private let caller: Caller
    private let key: KeyIdentity
    private var board: SearchBoard
    /// What the request says so far.
    private var context: RequestContext
    private(set) var found: [RankChange: Found] = [:]
    private(set) var openFound: [RankChange: Found] = [:]
    /// Keys on which comparisons of different kinds meet.
    private(set) var inexact: Set<String> = []
    private(set) var isCut = false

    init(goal: ProofGoal, table: ProofTable, values: ContextValues, action: ActionClass, group: CallerClass, key: KeyIdentity, preset: RequestContext)
    {
        (self.goal, self.table, self.values, self.key, context) = (goal, table, values, key, preset)
        position = action.position
        caller = group.lead
        board = SearchBoard(table, action: action, group: group)
        if let arn = caller.roleARN { context[lowercased: "aws:principalarn"] = .one(arn) }
        for key in preset.keys { board.assign(named: key) }
    }

    mutating func run(_ cache: inout ContextValues.Cache, _ budget: inout ProofBudget) {
        _ = board.settle(board.conditions.indices, request)
        descend([], &cache, &budget)
    }

    private var request: AccessRequest { AccessRequest(principal: caller.principal, position: position, context: context, key: key) }

    private mutating func descend(_ assumed: [Int], _ cache: inout ContextValues.Cache, _ budget: inout ProofBudget) {
        guard budget.spend(1 + board.locals.count) else {
            isCut = true
            return
        }
        let bounds = board.bounds(fixed: goal.fixed)
        guard isOpen(bounds, assumed) else { return }
        if bounds.isDecided {
            // What hangs on a session's name is shown by that session, which is a caller of its own.
            if assumed.contains(where: { $0 >= table.conditions.count }) { return }
            let change = RankChange(before: bounds.old.low, after: bounds.new.low)
            let result = Found(change: change, context: context, open: assumed)
            if assumed.isEmpty { found[change] = result } else if openFound[change] == nil { openFound[change] = result }
            return
        }
        guard let next = board.next(.pending) else {
            guard let open = board.next(.open) else { return }
            for truth in [SearchBoard.State.yes, .no] {
                board.set(open, truth)
                descend(assumed + [board.conditions[open].id], &cache, &budget)
                board.set(open, .open)
            }
            return
        }
        // A key that stands in a policy variable is given its value before the key that is compared with it.
        guard let key = board.conditions[next].keys.last(where: { !board.isAssigned[$0] }) else { return }
        let name = table.keys[board.keys[key]].name
        guard let choices = values.choices(board.keys[key], board.asking(key), board.relevant, request, &cache, &budget) else {
            isCut = true
            return
        }
        if !choices.isComplete { inexact.insert(name) }
        board.isAssigned[key] = true
        for choice in choices.values {
            guard budget.spend(board.conditionsOf[key].count) else {
                isCut = true
                break
            }
            context[lowercased: name] = choice
            let settled = board.settle(board.conditionsOf[key], request)
            descend(assumed, &cache, &budget)
            for condition in settled { board.set(condition, .pending) }
            if isCut { break }
        }
        board.isAssigned[key] = false
        context[lowercased: name] = nil
    }

    /// Whether a change that is wanted, and not yet shown, is still possible.
    private func isOpen(_ bounds: SearchBoard.Bounds, _ assumed: [Int]) -> Bool {
        if goal.fixed == nil, !bounds.mayDiffer { return false }
        for before in bounds.old.ranks {
            for after in bounds.new.ranks where goal.wants(before, after) {
                let change = RankChange(before: before, after: after)
                if found[change] == nil, assumed.isEmpty || openFound[change] == nil { return true }
            }
        }
        return false
    }
}
