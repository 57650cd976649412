// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Finds out which answers the requests of each row get: one search for each class of callers and actions.
struct RightsSearch {
    private let policy: PolicyDocument
    private let key: KeyIdentity
    private let holders: RightsHolders
    private var budget = ProofBudget()
    private var gaps: [ProofGap] = []
    private let spelling: Spelling

    init(_ policy: PolicyDocument, key: KeyIdentity, rowsOf documents: [PolicyDocument]) {
        (self.policy, self.key) = (policy, key)
        spelling = Spelling([policy])
        holders = RightsHolders(documents + [policy], keyAccount: key.account)
    }

    /// The answers of one class of callers to one class of actions.
    private struct Answers {
        let actions: ActionSet
        /// A request for each answer that some request gets.
        let found: [Rank: ProofSearch.Found]
        let isDecided: Bool
    }

    private struct Group {
        let callers: CallerClass
        let answers: [Answers]
    }

    private typealias Rank = Answer.Verdict.Rank

    mutating func run() -> ([RightsTable.Row], [ProofGap]) {
        var question = ProofQuestion(old: nil, new: policy, key: key, goal: .allAnswers, budget: budget)
        question.mentioned = holders.patterns
        guard let ground = question.ground() else { return ([], question.undecided("too many kinds of caller to tell apart")) }
        budget = question.budget
        let actionClasses = ActionClass.classes(ground.table, among: KeyRight.all)
        var cache = ContextValues.Cache()
        var groups: [Group] = []
        var rows: [[Int]] = Array(repeating: [], count: holders.all.count)
        for callers in ground.groups {
            for row in Set(callers.callers.compactMap(holders.row)) { rows[row].append(groups.count) }
            groups.append(Group(callers: callers, answers: actionClasses.map { answers(callers, $0, ground, &cache) }))
        }
        // Rows of the same classes have the same cells: hundreds of accounts in one list are worked out once.
        var known: [[Int]: [RightsCell]] = [:]
        let result = zip(holders.all, rows).map { holder, members in
            let cells = known[members] ?? KeyRight.allCases.map { cell($0, members.map { groups[$0] }, ground.table) }
            known[members] = cells
            return RightsTable.Row(who: holder, cells: cells)
        }
        return (result, gaps)
    }

    private mutating func answers(
        _ group: CallerClass, _ actions: ActionClass, _ ground: ProofQuestion.Ground, _ cache: inout ContextValues.Cache
    ) -> Answers {
        let set = ActionSet(names: actions.actions.map(\.name))
        let isSpokenOf = group.statements.contains { ground.table.statements[$0.id].statement.coverage.contains(position: actions.position) }
        guard isSpokenOf else {
            let any = ProofSearch.Found(change: RankChange(before: .denied, after: .denied), context: RequestContext(), open: [])
            return Answers(actions: set, found: [.denied: any], isDecided: true)
        }
        var search = ProofSearch(
            goal: .allAnswers, table: ground.table, values: ground.values, action: actions, group: group, key: key, preset: RequestContext())
        search.run(&cache, &budget)
        let found = Dictionary(uniqueKeysWithValues: search.found.map { ($0.key.after, $0.value) })
        let highest = found.keys.max() ?? .denied
        // What hangs on something undecidable matters only where it would be an answer that no other request shows.
        let open = search.openFound.filter { found[$0.key.after] == nil && ($0.key.after > highest || found.count == 1) }
        let isDecided = open.isEmpty && !search.isCut && search.inexact.isEmpty && !budget.isSpent
        if !isDecided { note(search, open.flatMap(\.value.open), ground.table) }
        return Answers(actions: set, found: found, isDecided: isDecided)
    }

    private mutating func note(_ search: ProofSearch, _ open: [Int], _ table: ProofTable) {
        let reason = "its conditions tell too many kinds of value apart, or cannot be decided"
        let named = table.statements.filter { statement in
            statement.conditions.contains { id in open.contains(id) || table.conditions[id].keys.contains(where: search.inexact.contains) }
        }.map { ProofGap(statement: $0.name, reason: reason) }
        for gap in named.isEmpty ? [ProofGap(statement: "the policy", reason: reason)] : named where !gaps.contains(gap) { gaps.append(gap) }
    }

    private func cell(_ right: KeyRight, _ groups: [Group], _ table: ProofTable) -> RightsCell {
        var reached: [Rank: ActionSet] = [:]
        var isDecided = true
        for answer in groups.lazy.flatMap(\.answers) {
            let mine = answer.actions.intersection(right.actionSet)
            if mine.isEmpty { continue }
            if !answer.isDecided { isDecided = false }
            for rank in answer.found.keys { reached[rank] = (reached[rank] ?? .none).union(mine) }
        }
        let highest = reached.keys.max() ?? .denied
        let actions = highest == .denied ? .none : reached[highest] ?? .none
        let isConditional = reached.contains { $0.key < highest && !$0.value.intersection(actions).isEmpty }
        return RightsCell(
            highest: highest.level, isConditional: isConditional, conditionKeys: isConditional ? conditionKeys(highest, actions, groups, table) : [],
            actions: actions.actions.map { "kms:\($0.name)" }, isDecided: isDecided)
    }

    /// The keys that a request must have to get the highest answer, and those by which the row's callers differ.
    private func conditionKeys(_ highest: Rank, _ actions: ActionSet, _ groups: [Group], _ table: ProofTable) -> [String] {
        var keys: Set<String> = []
        for group in groups {
            let statements = group.callers.statements.map { table.statements[$0.id].statement }
            for answer in group.answers where answer.found.count > 1 {
                guard let found = answer.found[highest], let position = answer.actions.intersection(actions).first else { continue }
                let request = AccessRequest(principal: group.callers.lead.principal, position: position, context: found.context, key: key)
                let context = WitnessContext([(statements: statements, usesVariables: policy.usesVariables)], request).needed([highest])
                keys.formUnion(context.keys)
            }
        }
        for id in table.conditions.indices where Set(groups.compactMap { $0.callers.truths[id] }).count > 1 {
            keys.insert(table.conditions[id].keys[0])
        }
        return keys.map(spelling.written).sorted()
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
