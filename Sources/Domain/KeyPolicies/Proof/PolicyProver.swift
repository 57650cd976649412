// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Compares key policies exactly, over every caller, every action of KMS and every context.
///
/// Statements are conjunctions of tests on one variable each. For each variable, values are found that stand for all its
/// values as far as the statements can tell (`ValueClasses`, `ContextCandidates`, `CallerSamples`); what a statement says
/// to such a value is asked of the evaluator's own code; a search over these values then either shows a request or has
/// tried them all. What cannot be decided so is named in `gaps`: an incomplete answer never reads as "nothing new".
public enum PolicyProver {
    /// Whether any answer is higher in the new policy, or lower.
    public static func difference(_ old: PolicyDocument, _ new: PolicyDocument, key: KeyIdentity) -> PolicyProof {
        difference(old, new, key: key, budget: ProofBudget())
    }

    static func difference(_ old: PolicyDocument, _ new: PolicyDocument, key: KeyIdentity, budget: ProofBudget) -> PolicyProof {
        var question = ProofQuestion(old: old, new: new, key: key, goal: .difference, budget: budget)
        return question.answer()
    }
}

/// One question: which requests of a scope have another answer.
struct ProofQuestion {
    let old: PolicyDocument?
    let new: PolicyDocument
    let key: KeyIdentity
    let goal: ProofGoal
    var budget: ProofBudget
    var actions = KeyAction.all
    var preset = RequestContext()
    /// Callers that must be among the samples.
    var mentioned: [PrincipalPattern] = []
    private var proof = PolicyProof()
    private var table: ProofTable?
    /// The statements that speak of a caller, found by the evaluator's own match, not by the search's index.
    private var spoken: (caller: RequestPrincipal?, old: [Statement], new: [Statement]) = (nil, [], [])
    private lazy var spelling = Spelling([new, old].compactMap(\.self))

    init(old: PolicyDocument?, new: PolicyDocument, key: KeyIdentity, goal: ProofGoal, budget: ProofBudget = ProofBudget()) {
        (self.old, self.new, self.key, self.goal, self.budget) = (old, new, key, goal, budget)
    }

    /// What a question is answered on: the statements, the classes of callers, the values of condition keys.
    struct Ground {
        let table: ProofTable
        let groups: [CallerClass]
        let values: ContextValues
    }

    /// Nil where the callers are too many to tell apart.
    mutating func ground() -> Ground? {
        let hints = CallerHintReader.hints(old, new, mentioned: mentioned)
        let partitions = Self.partitions(key, hints)
        // Only where there is one partition is a bare account id its root ARN.
        let partition = partitions.count == 1 ? partitions[0] : ""
        let table = ProofTable(old: old, new: new, key: key, partition: partition)
        self.table = table
        if goal.fixed == nil, !table.statements.contains(where: \.differs) {
            return Ground(table: table, groups: [], values: ContextValues(table))
        }
        let full = CallerHintReader.hints(table, adding: hints, key: key)
        guard let samples = CallerSamples(full, partitions: partitions).callers(&budget),
            let groups = CallerClass.classes(samples, table, key: key, onlyDiffering: goal.fixed == nil, &budget)
        else { return nil }
        return Ground(table: table, groups: groups, values: ContextValues(table))
    }

    mutating func answer() -> PolicyProof {
        let ground = ground()
        return answer(on: ground)
    }

    /// Answers on a ground that several questions share, about some of its callers. Callers of one class are alike, and so are any of them.
    mutating func answer(on common: (ground: Ground, budget: ProofBudget)?, about isMeant: (Caller) -> Bool) -> PolicyProof {
        guard let common else { return answer(on: nil) }
        table = common.ground.table
        budget = common.budget
        let groups = common.ground.groups.compactMap { group -> CallerClass? in
            var meant = group
            meant.callers = group.callers.filter(isMeant)
            return meant.callers.isEmpty ? nil : meant
        }
        return answer(on: Ground(table: common.ground.table, groups: groups, values: common.ground.values))
    }

    private mutating func answer(on ground: Ground?) -> PolicyProof {
        guard let ground else {
            proof.gaps = undecided("too many kinds of caller to tell apart")
            return proof
        }
        let (table, groups, values) = (ground.table, ground.groups, ground.values)
        var cache = ContextValues.Cache()
        let actionClasses = ActionClass.classes(table, among: ActionSet(names: actions.map(\.name)))
        for group in groups {
            for actionClass in actionClasses {
                guard goal.fixed != nil || differs(group, actionClass, table) else { continue }
                var search = ProofSearch(goal: goal, table: table, values: values, action: actionClass, group: group, key: key, preset: preset)
                search.run(&cache, &budget)
                collect(search, group, actionClass, table)
                if budget.isSpent {
                    proof.gaps = undecided("the comparison is too large; it was given up after a stated number of steps")
                    return proof
                }
            }
        }
        return proof
    }

    /// Whether a statement that differs may apply at all.
    private func differs(_ group: CallerClass, _ actions: ActionClass, _ table: ProofTable) -> Bool {
        group.statements.contains {
            table.statements[$0.id].differs && table.statements[$0.id].statement.coverage.contains(position: actions.position)
        }
    }

    /// The key's partition; where it is not known, those that the policies name.
    private static func partitions(_ key: KeyIdentity, _ hints: CallerHints) -> [String] {
        if let arn = key.arn.flatMap({ ARN($0) }) { return [arn.partition] }
        let named = hints.partitions.filter { !$0.hasWildcard && !$0.isEmpty }.sorted()
        return named.isEmpty ? ["aws"] : named
    }

    /// The gaps of a question that was given up: every statement that might have mattered.
    func undecided(_ reason: String) -> [ProofGap] {
        let statements = (table?.statements ?? []).filter { $0.differs || goal.fixed != nil }
        let gaps =
            statements.map { ProofGap(statement: $0.name, reason: reason) }
            + (statements.isEmpty ? [ProofGap(statement: "the policy", reason: reason)] : [])
        return gaps.reduce(into: proof.gaps) { all, gap in if !all.contains(gap) { all.append(gap) } }
    }

    private mutating func add(_ gap: ProofGap) { if !proof.gaps.contains(gap) { proof.gaps.append(gap) } }

    private mutating func collect(_ search: ProofSearch, _ group: CallerClass, _ actions: ActionClass, _ table: ProofTable) {
        for (change, found) in search.found.sorted(by: { ($0.key.before, $0.key.after) < ($1.key.before, $1.key.after) }) {
            guard let witness = witness(found, group, actions) else {
                add(
                    ProofGap(
                        statement: "the policy",
                        reason: "an internal error: the evaluator does not confirm \(group.lead.principal.text), kms:\(actions.actions[0].name)"))
                continue
            }
            if change.after > change.before { proof.newlyAllowed.append(witness) } else { proof.noLongerAllowed.append(witness) }
        }
        for (change, found) in search.openFound where search.found[change] == nil {
            for id in found.open {
                for statement in table.statements where statement.conditions.contains(id) {
                    add(ProofGap(statement: statement.name, reason: Self.reason(table.conditions[id])))
                }
            }
        }
        if search.isCut {
            for statement in table.statements where statement.differs && statement.statement.covers(action: actions.actions[0].name) {
                add(ProofGap(statement: statement.name, reason: "its conditions tell too many kinds of value apart"))
            }
            if proof.gaps.isEmpty { add(ProofGap(statement: "the policy", reason: "its conditions tell too many kinds of value apart")) }
        }
        for key in search.inexact {
            for statement in table.statements where statement.conditions.contains(where: { table.conditions[$0].keys.contains(key) }) {
                add(ProofGap(statement: statement.name, reason: "\(Quoted.text(key)) is compared both as text and as a number, date or address"))
            }
        }
    }

    private static func reason(_ condition: ProofCondition) -> String {
        guard let test = condition.condition else { return "its Resource names a key, and the key's ARN is not known (--key-arn)" }
        return "\(Quoted.text(test.operatorName.text)) on \(Quoted.text(test.key.text)) cannot be decided here"
    }

    /// The request with all that does not matter left out, if the evaluator confirms it.
    private mutating func witness(_ found: ProofSearch.Found, _ group: CallerClass, _ actions: ActionClass) -> ProofWitness? {
        let caller = group.lead.principal
        let whole = AccessRequest(principal: caller, position: actions.position, context: found.context, key: key)
        let may = group.statements.compactMap { table?.statements[$0.id] }
        let policies =
            (old.map { [(statements: may.filter(\.isOld).map(\.statement), usesVariables: $0.usesVariables)] } ?? [])
            + [(statements: may.filter(\.isNew).map(\.statement), usesVariables: new.usesVariables)]
        let context = WitnessContext(policies, whole).needed([old == nil ? nil : found.change.before, found.change.after])
        var decided: (before: Answer?, after: Answer)?
        if spoken.caller?.text.hasSameBytes(as: caller.text) != true {
            spoken = (caller, old?.statements.filter { $0.match(caller) != .no } ?? [], new.statements.filter { $0.match(caller) != .no })
        }
        // Every action of the class is asked: that they are alike is the prover's claim, not the evaluator's.
        for position in actions.positions.reversed() {
            let asked = AccessRequest(principal: caller, position: position, context: context, key: key)
            let pair = (
                before: old.map { PolicyEvaluator.answer(spoken.old, usesVariables: $0.usesVariables, asked) },
                after: PolicyEvaluator.answer(spoken.new, usesVariables: new.usesVariables, asked)
            )
            guard pair.after.verdict.rank == found.change.after, pair.before.map({ $0.verdict.rank == found.change.before }) ?? true else {
                return nil
            }
            decided = pair
        }
        guard let (before, after) = decided else { return nil }
        let deciding = found.change.after > found.change.before ? after : before ?? after
        return ProofWitness(
            principal: caller, callers: group.words, action: "kms:\(actions.actions[0].name)", actions: actions.actions.map { "kms:\($0.name)" },
            context: context.keys.compactMap { key in context[key].map { (key: spelling.written(key), value: $0) } },
            before: before?.verdict ?? found.change.before.verdict(caller), after: after.verdict, statements: deciding.statements)
    }
}

extension Answer.Verdict {
    /// Nil for unknown.
    var rank: Rank? {
        switch self {
        case .denied: .denied
        case .delegated: .delegated
        case .allowed: .allowed
        case .unknown: nil
        }
    }
}

extension Answer.Verdict.Rank {
    func verdict(_ caller: RequestPrincipal) -> Answer.Verdict {
        switch self {
        case .denied: .denied
        case .delegated: .delegated(account: caller.account ?? "")
        case .allowed: .allowed
        }
    }
}
