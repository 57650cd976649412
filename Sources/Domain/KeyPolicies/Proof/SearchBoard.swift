// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// What is settled and what is not while a search goes on: the statements that may apply to a class of callers and actions, and
/// the conditions on which they hang.
struct SearchBoard {
    typealias Rank = Answer.Verdict.Rank

    enum State: UInt8 { case pending, yes, no, open }

    struct Local {
        let isDeny: Bool
        let rank: Rank
        let inOld: Bool
        let inNew: Bool
        /// Positions in the board's conditions.
        let conditions: [Int]
        /// How many of them do not hold, and how many are not known to hold.
        var failed = 0
        var unsettled: Int

        var isAlive: Bool { failed == 0 }
        var differs: Bool { inOld != inNew }
    }

    struct Asked {
        /// In the table's conditions; behind them, a principal element's.
        let id: Int
        let condition: ProofCondition?
        /// Free keys, as positions in the board's keys; the condition's own first.
        let keys: [Int]
        var locals: [Int] = []
        var state: State
    }

    struct Range {
        let low: Rank
        let high: Rank

        var ranks: [Rank] { low == high ? [low] : [.denied, .delegated, .allowed].filter { $0 >= low && $0 <= high } }
    }

    /// What the answers can still be.
    struct Bounds {
        let old: Range
        let new: Range
        let mayDiffer: Bool

        var isDecided: Bool { old.low == old.high && new.low == new.high }
    }

    private(set) var locals: [Local] = []
    private(set) var conditions: [Asked] = []
    /// Positions in the table's keys.
    private(set) var keys: [Int] = []
    private(set) var conditionsOf: [[Int]] = []
    var isAssigned: [Bool] = []
    /// Of the statements: those that differ first.
    private var order: [Int] = []
    private var table: ProofTable

    init(_ table: ProofTable, action: ActionClass, group: CallerClass) {
        self.table = table
        let reach = action.actions[0].reach
        if reach == .iamOnly || (reach == .ownAccount && group.place == 2) { return }
        var conditionAt: [Int: Int] = [:]
        var keyAt: [Int: Int] = [:]
        for (id, fit) in group.statements {
            let entry = table.statements[id]
            guard entry.statement.coverage.contains(position: action.position) else { continue }
            var mine: [Int] = []
            for id in entry.conditions where group.truths[id] == nil { mine.append(conditionAt[id] ?? add(id)) }
            // A role of which one session is named: whether it is that session, the caller does not tell.
            if fit == .sessionUnknown {
                let id = table.conditions.count + entry.principals
                mine.append(conditionAt[id] ?? add(id))
            }
            let rank: Rank = group.place == 0 || (group.place == 1 && fit != .account) ? .allowed : .delegated
            for condition in mine { conditions[condition].locals.append(locals.count) }
            locals.append(
                Local(
                    isDeny: entry.statement.effect == .deny, rank: rank, inOld: entry.isOld, inNew: entry.isNew, conditions: mine,
                    unsettled: mine.count))
        }
        order = locals.indices.filter { locals[$0].differs } + locals.indices.filter { !locals[$0].differs }

        func add(_ id: Int) -> Int {
            let condition = id < table.conditions.count ? table.conditions[id] : nil
            var isOpen = condition == nil
            if case .open? = condition?.kind { isOpen = true }
            var free: [Int] = []
            for keyID in condition?.keyIDs ?? [] where !ProofCondition.isSettled(table.keys[keyID].name) {
                let at = keyAt[keyID] ?? keys.count
                if at == keys.count {
                    keyAt[keyID] = at
                    keys.append(keyID)
                    isAssigned.append(false)
                    conditionsOf.append([])
                }
                free.append(at)
                if conditionsOf[at].last != conditions.count { conditionsOf[at].append(conditions.count) }
            }
            conditionAt[id] = conditions.count
            conditions.append(Asked(id: id, condition: condition, keys: free, state: isOpen ? .open : .pending))
            return conditions.count - 1
        }
    }

    /// A key whose value the question gives.
    mutating func assign(named name: String) {
        for (at, id) in keys.enumerated() where table.keys[id].name.hasSameBytes(as: name) { isAssigned[at] = true }
    }

    mutating func set(_ condition: Int, _ state: State) {
        let before = conditions[condition].state
        conditions[condition].state = state
        for local in conditions[condition].locals {
            locals[local].failed += (state == .no ? 1 : 0) - (before == .no ? 1 : 0)
            locals[local].unsettled += (state == .yes ? 0 : 1) - (before == .yes ? 0 : 1)
        }
    }

    /// Settles those of some conditions whose keys are all given; answers which.
    mutating func settle(_ some: some Sequence<Int>, _ request: AccessRequest) -> [Int] {
        var settled: [Int] = []
        for at in some where conditions[at].state == .pending && conditions[at].locals.contains(where: { locals[$0].isAlive }) {
            guard let condition = conditions[at].condition, conditions[at].keys.allSatisfy({ isAssigned[$0] }) else { continue }
            switch condition.condition?.holds(for: request, usesVariables: condition.usesVariables) {
            case .yes: set(at, .yes)
            case .no: set(at, .no)
            case .unknown, nil: set(at, .open)
            }
            settled.append(at)
        }
        return settled
    }

    /// What the answers can still be, the evaluator's order kept: Deny, then the highest Allow.
    func bounds(fixed: Rank?) -> Bounds {
        var old = Tally()
        var new = Tally()
        var mayDiffer = false
        for local in locals where local.isAlive {
            if local.inOld { old.count(local) }
            if local.inNew { new.count(local) }
            if local.differs { mayDiffer = true }
        }
        return Bounds(old: fixed.map { Range(low: $0, high: $0) } ?? old.range, new: new.range, mayDiffer: mayDiffer)
    }

    private struct Tally {
        var isDenied = false
        var mayBeDenied = false
        var certain = Rank.denied
        var possible = Rank.denied

        mutating func count(_ local: Local) {
            if local.isDeny {
                mayBeDenied = true
                if local.unsettled == 0 { isDenied = true }
            } else {
                possible = max(possible, local.rank)
                if local.unsettled == 0 { certain = max(certain, local.rank) }
            }
        }

        var range: Range { Range(low: mayBeDenied ? .denied : certain, high: isDenied ? .denied : possible) }
    }

    /// The first condition in a state, those of statements that differ first.
    func next(_ state: State) -> Int? {
        for local in order where locals[local].isAlive && locals[local].unsettled > 0 {
            if let condition = locals[local].conditions.first(where: { conditions[$0].state == state }) { return condition }
        }
        return nil
    }

    /// The conditions that still ask for a key, as positions in the table.
    func asking(_ key: Int) -> [Int] {
        conditionsOf[key].filter { at in conditions[at].state == .pending && conditions[at].locals.contains { locals[$0].isAlive } }
            .map { conditions[$0].id }.sorted()
    }

    /// The conditions that an answer may still hang on, as positions in the table.
    func relevant() -> [Int] {
        Set(locals.filter(\.isAlive).flatMap(\.conditions).filter { conditions[$0].state != .open }.map { conditions[$0].id }).sorted()
    }
}
