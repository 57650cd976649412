// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// A statement of one policy, or of both.
struct ProofStatement: Sendable {
    let statement: Statement
    let isOld: Bool
    let isNew: Bool
    /// Positions in the table's conditions; all must hold.
    let conditions: [Int]
    /// Position in the table's principal elements.
    let principals: Int

    var differs: Bool { isOld != isNew }
    var name: String { "\(isNew ? "" : "old ")statement \(statement.title)" }
}

/// The statements and conditions of two policies, each thing once.
struct ProofTable: Sendable {
    private(set) var statements: [ProofStatement] = []
    private(set) var conditions: [ProofCondition] = []
    private(set) var principals: [(element: PrincipalElement, effect: Effect)] = []
    /// The condition keys, policy variables included; conditions name them by position.
    private(set) var keys: [ContextKey] = []
    /// By principal element: the statements that have it.
    private(set) var statementsOf: [[Int]] = []

    /// - Parameter old: nil for none, when one policy is compared with a fixed answer.
    init(old: PolicyDocument?, new: PolicyDocument, key: KeyIdentity, partition: String) {
        var names = ProofNames(partition: partition)
        let request = AccessRequest(principal: .service(""), known: "Decrypt", key: key)
        let before = old.map { add($0, request, &names) } ?? []
        let after = add(new, request, &names)
        let oldNames = Set(before.map(\.name))
        let newNames = Set(after.map(\.name))
        var seen: Set<[Int]> = []
        statementsOf = Array(repeating: [], count: principals.count)
        for (name, entry) in after + before where seen.insert(name).inserted {
            statementsOf[entry.principals].append(statements.count)
            statements.append(
                ProofStatement(
                    statement: entry.statement, isOld: oldNames.contains(name), isNew: newNames.contains(name), conditions: entry.conditions,
                    principals: entry.principals))
        }
    }

    /// The statements that can apply to the key at all, each with a name that two have only if they say the same.
    private mutating func add(_ document: PolicyDocument, _ request: AccessRequest, _ names: inout ProofNames) -> [(
        name: [Int], entry: ProofStatement
    )] {
        var result: [(name: [Int], entry: ProofStatement)] = []
        for statement in document.statements {
            guard !statement.coverage.isEmpty, let resources = statement.resources else { continue }
            var ids: [Int] = []
            switch Self.resource(statement, document, request) {
            case .no: continue
            case .yes: break
            case .unknown: ids.append(conditionID(names.resources(resources)) { ProofCondition(openResource: ()) })
            }
            for condition in statement.conditions {
                let uses = document.usesVariables && condition.hasVariables
                ids.append(conditionID(names.condition(condition, usesVariables: uses)) { ProofCondition(condition, usesVariables: uses) })
            }
            let who = names.principals(statement.principals, statement.effect)
            if who == principals.count { principals.append((statement.principals, statement.effect)) }
            let unique = Set(ids).sorted()
            let name = [statement.effect == .deny ? 1 : 0, who, Int(bitPattern: UInt(statement.coverage.word))] + unique
            result.append((name, ProofStatement(statement: statement, isOld: false, isNew: false, conditions: unique, principals: who)))
        }
        return result

        func conditionID(_ id: Int, _ make: () -> ProofCondition) -> Int {
            guard id == conditions.count else { return id }
            var condition = make()
            condition.keyIDs = condition.keys.map { key in
                let id = names.key(key)
                if id == keys.count { keys.append(ContextKey(key)) }
                return id
            }
            conditions.append(condition)
            return id
        }
    }

    /// A resource with a variable in it is open.
    private static func resource(_ statement: Statement, _ document: PolicyDocument, _ request: AccessRequest) -> Truth {
        if document.usesVariables, statement.resources?.values.contains(where: { $0.text.hasVariable }) ?? false {
            return .unknown([])
        }
        return statement.covers(request, usesVariables: document.usesVariables)
    }
}

/// Numbers for things that say the same, however they are spelled; the rules are those of `NormalStatement`.
struct ProofNames {
    private struct Word: Hashable {
        let kind: UInt8
        let text: Exact
    }

    private let partition: String
    private var words: [Word: Int] = [:]
    private var conditions: [[Int]: Int] = [:]
    private var elements: [[Int]: Int] = [:]
    private var keys: [Exact: Int] = [:]

    init(partition: String) { self.partition = partition }

    private mutating func word(_ text: String, kind: UInt8 = 0) -> Int {
        let word = Word(kind: kind, text: Exact(text))
        if let known = words[word] { return known }
        words[word] = words.count
        return words.count - 1
    }

    mutating func key(_ lowercased: String) -> Int {
        let name = Exact(lowercased)
        if let known = keys[name] { return known }
        keys[name] = keys.count
        return keys.count - 1
    }

    private static func number(_ name: [Int], in table: inout [[Int]: Int]) -> Int {
        if let known = table[name] { return known }
        table[name] = table.count
        return table.count - 1
    }

    mutating func condition(_ condition: Condition, usesVariables: Bool) -> Int {
        let ignoresCase = condition.test?.comparison == .bool || condition.test?.comparison == .null
        var values: Set<Int> = []
        for value in condition.values { values.insert(word(ignoresCase ? value.text.asciiLowercased : value.text)) }
        let head = [0, usesVariables ? 1 : 0, word(condition.operatorName.text), word(condition.contextKey.name)]
        return Self.number(head + values.sorted(), in: &conditions)
    }

    /// An open resource takes a place among the conditions.
    mutating func resources(_ list: ElementList) -> Int {
        var values: Set<Int> = []
        for value in list.values { values.insert(word(value.text)) }
        return Self.number([1, list.isNegated ? 1 : 0] + values.sorted(), in: &conditions)
    }

    mutating func principals(_ element: PrincipalElement, _ effect: Effect) -> Int {
        var values: Set<Int> = []
        for entry in element.entries {
            switch (entry.kind, entry.pattern) {
            case (.anyone, _): values.insert(word("*", kind: 1))
            case (.aws, .account(let id, let named)): values.insert(word("arn:\(named ?? partition):iam::\(id):root", kind: 1))
            case (.aws, _): values.insert(word(entry.value.text, kind: 1))
            case (.service, _): values.insert(word(entry.value.text, kind: 2))
            case (.federated, _): values.insert(word(entry.value.text, kind: 3))
            case (.canonicalUser, _): values.insert(word(entry.value.text, kind: 4))
            }
        }
        let isBan = element.isNegated && effect == .deny
        return Self.number([element.isNegated ? 1 : 0, isBan ? 1 : 0] + values.sorted(), in: &elements)
    }
}
