// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Callers that no statement tells from one another.
struct CallerClass: Sendable {
    /// The first is the one that stands for all.
    var callers: [Caller]
    /// How each principal element of the table fits them.
    let matches: [PrincipalMatch]
    /// What the conditions on the caller say, by position in the table.
    let truths: [Int: Bool]
    /// 0 for a service, 1 for the key's account, 2 for another.
    let place: Int

    var lead: Caller { callers[0] }

    /// The class in words, each once.
    var words: [String] {
        var seen: Set<Exact> = []
        return callers.map(\.words).filter { seen.insert(Exact($0)).inserted }
    }

    private struct Name: Hashable {
        let matches: [PrincipalMatch]
        let truths: [Bool]
        let place: Int
        let fixed: [Exact]
    }

    /// Sorts callers into classes.
    /// - Parameter onlyDiffering: leaves out whom no statement that differs speaks of: for them nothing can differ.
    static func classes(_ callers: [Caller], _ table: ProofTable, key: KeyIdentity, onlyDiffering: Bool, _ budget: inout ProofBudget)
        -> [CallerClass]?
    {
        let own = table.conditions.enumerated().filter { if case .caller = $0.element.kind { true } else { false } }
        let tied = Set(table.conditions.filter { $0.keys.count > 1 }.flatMap(\.keys)).filter(ProofCondition.isSettled).sorted()
        let differing = Set(table.statements.filter(\.differs).map(\.principals)).sorted().map { table.principals[$0] }
        var order: [Name] = []
        var classes: [Name: CallerClass] = [:]
        for caller in callers {
            guard budget.spend(table.principals.count + own.count) else { return nil }
            if onlyDiffering, differing.allSatisfy({ $0.element.match(caller.principal, effect: $0.effect) == .no }) { continue }
            let matches = table.principals.map { $0.element.match(caller.principal, effect: $0.effect) }
            let request = AccessRequest(principal: caller.principal, known: "Decrypt", context: caller.context, key: key)
            var truths: [Int: Bool] = [:]
            for (id, condition) in own {
                truths[id] = condition.condition?.holds(for: request, usesVariables: condition.usesVariables) == .yes
            }
            let fixed = tied.map { key in
                if case .one(let text)? = request[key] { Exact(text) } else { Exact(nil as String?) }
            }
            let place = caller.principal.account.map { $0.hasSameBytes(as: key.account) ? 1 : 2 } ?? 0
            let name = Name(matches: matches, truths: own.map { truths[$0.offset] ?? false }, place: place, fixed: fixed)
            if classes[name] == nil {
                order.append(name)
                classes[name] = CallerClass(callers: [caller], matches: matches, truths: truths, place: place)
            } else {
                classes[name]?.callers.append(caller)
            }
        }
        return order.compactMap { classes[$0] }
    }
}
