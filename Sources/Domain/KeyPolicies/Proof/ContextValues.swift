// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// The values of condition keys that a search has to try.
struct ContextValues: Sendable {
    struct Choices {
        let values: [ContextValue]
        let isComplete: Bool
    }

    struct Cache {
        fileprivate var known: [Name: Choices] = [:]
        fileprivate struct Name: Hashable {
            let key: Int
            let conditions: [Int]
        }
    }

    let table: ProofTable

    /// Keys that hold a set: those that AWS says so of, and those it does not define that a statement tests as one.
    private let sets: Set<String>

    init(_ table: ProofTable) {
        self.table = table
        let quantified = table.conditions.filter { $0.condition?.isQuantified ?? false }.map { $0.keys[0] }
        sets = KeyApplicability.multivalued.union(quantified.filter { !ConditionKeys.isKnown($0) })
    }

    /// Absence, values and sets of values: whatever the conditions can tell apart, two of them differ in it. Nil past a bound.
    ///
    /// - Parameters:
    ///   - keyID: its position in the table.
    ///   - touching: positions in the table of the conditions that still ask for it.
    ///   - relevant: those on which anything still hangs.
    ///   - request: with the keys that have a value already.
    func choices(
        _ keyID: Int, _ touching: [Int], _ relevant: () -> [Int], _ request: AccessRequest, _ cache: inout Cache, _ budget: inout ProofBudget
    ) -> Choices? {
        let key = table.keys[keyID].name
        guard table.keys[keyID].actions.contains(request.position) else { return Choices(values: [.absent], isComplete: true) }
        let isTied = touching.contains { table.conditions[$0].keys.count > 1 }
        let name = Cache.Name(key: keyID, conditions: touching)
        if !isTied, let known = cache.known[name] { return known }
        let own = touching.map { table.conditions[$0] }.filter { $0.keyIDs[0] == keyID }
        if !isTied, !sets.contains(key), let few = few(own, key, request, &budget) {
            cache.known[name] = few
            return few
        }
        let ties = isTied ? ties(key, relevant(), request) : []
        guard let found = ContextCandidates.values(own, ties: ties, in: isTied ? request : nil, &budget) else { return nil }
        var values = found.values.map { ContextValue.one($0) } + [.absent]
        if sets.contains(key) {
            guard let more = unions(found.values, own, key, request, &budget) else { return nil }
            values += more
        }
        if !isTied {
            guard budget.spend(values.count * own.count) else { return nil }
            values = distinct(values, own, key, request)
        }
        let choices = Choices(values: values, isComplete: found.isComplete)
        if !isTied { cache.known[name] = choices }
        return choices
    }

    /// Obvious values, where they show already every answer that the conditions could give together.
    private func few(_ conditions: [ProofCondition], _ key: String, _ request: AccessRequest, _ budget: inout ProofBudget) -> Choices? {
        let tests = conditions.filter { $0.condition?.test?.comparison != .null }
        guard let obvious = ObviousValues(tests) else { return nil }
        let candidates = obvious.texts
        guard budget.spend(candidates.count * conditions.count) else { return nil }
        let values = distinct(candidates.map { .one($0) }, conditions, key, request)
        guard values.count == obvious.possibleAnswers else { return nil }
        return Choices(values: distinct(values + [.absent], conditions, key, request), isComplete: true)
    }

    /// One of each kind.
    private func distinct(_ values: [ContextValue], _ conditions: [ProofCondition], _ key: String, _ request: AccessRequest) -> [ContextValue] {
        var seen: Set<[Truth]> = []
        return values.filter { seen.insert(truths($0, conditions, key, request)).inserted }
    }

    private func truths(_ value: ContextValue, _ conditions: [ProofCondition], _ key: String, _ request: AccessRequest) -> [Truth] {
        // What no policy variable ties depends on this key alone.
        var context = conditions.contains { $0.keys.count > 1 } ? request.context : RequestContext()
        context[lowercased: key] = value
        let asked = AccessRequest(principal: request.principal, known: request.actionName, context: context, key: request.key)
        return conditions.map { condition in
            switch condition.condition?.holds(for: asked, usesVariables: condition.usesVariables) {
            case .yes: .yes
            case .no: .no
            case .unknown, nil: .unknown([])
            }
        }
    }

    /// What policy variables compare the value with: the values that are known, and the patterns of keys that are not.
    private func ties(_ key: String, _ conditions: [Int], _ request: AccessRequest) -> [ValuePattern] {
        var linked: Set<String> = [key]
        var grows = true
        let tests = conditions.map { table.conditions[$0] }
        while grows {
            let more = tests.filter { $0.keys.count > 1 && $0.keys.contains(where: linked.contains) }.flatMap(\.keys)
            grows = !linked.isSuperset(of: more)
            linked.formUnion(more)
        }
        var patterns: [ValuePattern] = []
        for other in linked.sorted() {
            switch request[other] {
            case .one(let text): patterns.append(ValuePattern(TextPattern.literal(text)))
            case .several(let texts): patterns += texts.map { ValuePattern(TextPattern.literal($0)) }
            case .absent, nil: break
            }
            for test in tests where test.keys[0].hasSameBytes(as: other) {
                patterns += test.patterns(in: request)
                // An ARN is told from any other text, and a fallback stands for itself.
                if test.keys.count > 1, test.condition?.test?.comparison == .arn, let arn = ValuePattern.arn([.many]) { patterns.append(arn) }
            }
        }
        return patterns
    }

    /// Sets of values: what quantified conditions can tell of a set is told by the union of what they tell of its elements.
    private func unions(
        _ values: [String], _ conditions: [ProofCondition], _ key: String, _ request: AccessRequest, _ budget: inout ProofBudget
    ) -> [ContextValue]? {
        let isTied = conditions.contains { $0.keys.count > 1 }
        var singles: [(text: String, some: [Bool], all: [Bool])] = []
        var seen: Set<[Bool]> = []
        for text in values {
            let truths = truths(.one(text), conditions, key, request).map { $0 == .yes }
            if isTied || seen.insert(truths).inserted { singles.append((text, truths, truths)) }
        }
        struct Sum: Hashable {
            let some: [Bool]
            let all: [Bool]
        }
        var sums = Set(singles.map { Sum(some: $0.some, all: $0.all) })
        var queue = singles.map { (texts: [$0.text], sum: Sum(some: $0.some, all: $0.all)) }
        var result: [ContextValue] = []
        var next = 0
        while next < queue.count {
            let (texts, sum) = queue[next]
            next += 1
            for single in singles where !texts.contains(single.text) {
                guard budget.spend(1 + conditions.count), result.count < ProofBudget.values else { return nil }
                let wider = Sum(some: zip(sum.some, single.some).map { $0 || $1 }, all: zip(sum.all, single.all).map { $0 && $1 })
                guard sums.insert(wider).inserted else { continue }
                queue.append((texts + [single.text], wider))
                result.append(.several(texts + [single.text]))
            }
        }
        return result
    }
}
