// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Finds out which answers the requests of each row get: one search for each class of callers and actions.
struct RightsSearch {
    private let policy: PolicyDocument
    private let key: KeyIdentity
    private let holders: RightsHolders
    private var budget = ProofBudget()
    private var gaps: [ProofGap] = []

    init(_ policy: PolicyDocument, key: KeyIdentity, rowsOf documents: [PolicyDocument]) {
        (self.policy, self.key) = (policy, key)
        holders = RightsHolders(documents + [policy], keyAccount: key.account)
    }

    /// The answers of one class of callers to one class of actions.
    private struct Answers {
        let actions: [KeyAction]
        let found: [Rank: ProofSearch.Found]
        let isDecided: Bool
    }

    private typealias Rank = Answer.Verdict.Rank

    mutating func run() -> ([RightsTable.Row], [ProofGap]) {
        var question = ProofQuestion(old: nil, new: policy, key: key, goal: .allAnswers, budget: budget)
        question.mentioned = holders.patterns
        guard let ground = question.ground() else { return ([], question.undecided("too many kinds of caller to tell apart")) }
        budget = question.budget
        let rights = KeyRight.allCases.flatMap(\.actions)
        let actionClasses = ActionClass.classes(ground.table, among: ActionSet(names: rights.map(\.name)))
        var cache = ContextValues.Cache()
        var rows: [[(group: CallerClass, answers: [Answers])]] = Array(repeating: [], count: holders.all.count)
        for group in ground.groups {
            let answers = actionClasses.map { self.answers(group, $0, ground, &cache) }
            for row in Set(group.callers.compactMap(holders.row)) { rows[row].append((group, answers)) }
        }
        let result = zip(holders.all, rows).map { holder, groups in
            RightsTable.Row(who: holder, cells: KeyRight.allCases.map { cell($0, groups, ground.table) })
        }
        return (result, gaps)
    }

    private mutating func answers(
        _ group: CallerClass, _ actions: ActionClass, _ ground: ProofQuestion.Ground, _ cache: inout ContextValues.Cache
    ) -> Answers {
        var search = ProofSearch(
            goal: .allAnswers, table: ground.table, values: ground.values, action: actions, group: group, key: key, preset: RequestContext())
        search.run(&cache, &budget)
        let found = Dictionary(uniqueKeysWithValues: search.found.map { ($0.key.after, $0.value) })
        let highest = found.keys.max() ?? .denied
        // What hangs on something undecidable matters only where it would be an answer that no other request shows.
        let open = search.openFound.filter { found[$0.key.after] == nil && ($0.key.after > highest || found.count == 1) }
        let isDecided = open.isEmpty && !search.isCut && search.inexact.isEmpty && !budget.isSpent
        if !isDecided { note(search, open.flatMap(\.value.open), ground.table) }
        return Answers(actions: actions.actions, found: found, isDecided: isDecided)
    }

    private mutating func note(_ search: ProofSearch, _ open: [Int], _ table: ProofTable) {
        let reason = "its conditions tell too many kinds of value apart, or cannot be decided"
        let named = table.statements.filter { statement in
            statement.conditions.contains { id in open.contains(id) || table.conditions[id].keys.contains(where: search.inexact.contains) }
        }.map { ProofGap(statement: $0.name, reason: reason) }
        for gap in named.isEmpty ? [ProofGap(statement: "the policy", reason: reason)] : named where !gaps.contains(gap) { gaps.append(gap) }
    }

    private func cell(_ right: KeyRight, _ groups: [(group: CallerClass, answers: [Answers])], _ table: ProofTable) -> RightsCell {
        var reached: [String: Set<Rank>] = [:]
        var isDecided = true
        for answer in groups.flatMap(\.answers) {
            let mine = answer.actions.filter { KeyRight($0) == right }
            if !mine.isEmpty, !answer.isDecided { isDecided = false }
            for action in mine { reached[action.name, default: []].formUnion(answer.found.keys) }
        }
        let highest = reached.values.compactMap { $0.max() }.max() ?? .denied
        let actions = right.actions.filter { highest > .denied && reached[$0.name]?.contains(highest) ?? false }
        let isConditional = actions.contains { (reached[$0.name]?.count ?? 0) > 1 }
        return RightsCell(
            highest: highest.level, isConditional: isConditional,
            conditionKeys: isConditional ? conditionKeys(highest, Set(actions.map(\.name)), groups, table) : [],
            actions: actions.map { "kms:\($0.name)" }, isDecided: isDecided)
    }

    /// The keys that a request must have to get the highest answer, and those by which the row's callers differ.
    private func conditionKeys(
        _ highest: Rank, _ actions: Set<String>, _ groups: [(group: CallerClass, answers: [Answers])], _ table: ProofTable
    ) -> [String] {
        var keys: Set<String> = []
        for (group, answers) in groups {
            for answer in answers where answer.found.count > 1 {
                guard let found = answer.found[highest], let action = answer.actions.first(where: { actions.contains($0.name) }) else { continue }
                keys.formUnion(needed(found.context, highest, group.lead, action))
            }
        }
        for id in table.conditions.indices where Set(groups.compactMap { $0.group.truths[id] }).count > 1 {
            keys.insert(table.conditions[id].keys[0])
        }
        return keys.map(policy.spelling).sorted()
    }

    /// Without which the answer falls, or is not known.
    private func needed(_ context: RequestContext, _ rank: Rank, _ caller: Caller, _ action: KeyAction) -> [String] {
        var context = context
        for name in context.keys {
            var less = context
            less[name] = nil
            let request = AccessRequest(principal: caller.principal, known: action.name, context: less, key: key)
            if PolicyEvaluator.answer(policy, request).verdict.rank == rank { context = less }
        }
        return context.keys
    }
}

extension Answer.Verdict.Rank {
    var level: PolicyAssertion.Level {
        switch self {
        case .denied: .denied
        case .delegated: .delegated
        case .allowed: .allowed
        }
    }
}
