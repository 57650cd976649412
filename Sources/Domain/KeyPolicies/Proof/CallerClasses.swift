// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Callers that no statement tells from one another.
struct CallerClass: Sendable {
    /// The first is the one that stands for all.
    var callers: [Caller]
    /// What the conditions on the caller say, by position in the table.
    let truths: [Int: Bool]
    /// 0 for a service, 1 for the key's account, 2 for another.
    let place: Int
    /// The statements that may apply, by position in the table, and how directly each speaks of them.
    let statements: [(id: Int, fit: PrincipalIndex.Fit.Kind)]

    var lead: Caller { callers[0] }

    /// The class in words, each once.
    var words: [String] {
        var seen: Set<Exact> = []
        return callers.map(\.words).filter { seen.insert(Exact($0)).inserted }
    }

    private struct Name: Hashable {
        let fits: [PrincipalIndex.Fit]
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
        let index = PrincipalIndex(table.principals)
        var differing = Array(repeating: false, count: table.principals.count)
        for statement in table.statements where statement.differs { differing[statement.principals] = true }
        var positions: [Name: Int] = [:]
        var classes: [CallerClass] = []
        for caller in callers {
            let fits = index.fits(caller.principal)
            guard budget.spend(1 + own.count + fits.count) else { return nil }
            if onlyDiffering, !fits.contains(where: { differing[$0.element] }) { continue }
            var truths: [Bool] = []
            var fixed: [Exact] = []
            if !own.isEmpty || !tied.isEmpty {
                let request = AccessRequest(principal: caller.principal, position: 0, context: caller.context, key: key)
                truths = own.map { _, condition in condition.condition?.holds(for: request, usesVariables: condition.usesVariables) == .yes }
                fixed = tied.map { if case .one(let text)? = request[$0] { Exact(text) } else { Exact(nil as String?) } }
            }
            let place = caller.principal.account.map { $0.hasSameBytes(as: key.account) ? 1 : 2 } ?? 0
            let name = Name(fits: fits, truths: truths, place: place, fixed: fixed)
            if let position = positions[name] {
                classes[position].callers.append(caller)
                continue
            }
            positions[name] = classes.count
            let settled = Dictionary(uniqueKeysWithValues: zip(own.map(\.offset), truths))
            let statements = fits.flatMap { fit in table.statementsOf[fit.element].map { (id: $0, fit: fit.kind) } }
                .filter { !table.statements[$0.id].conditions.contains { settled[$0] == false } }.sorted { $0.id < $1.id }
            classes.append(CallerClass(callers: [caller], truths: settled, place: place, statements: statements))
        }
        return classes
    }
}
