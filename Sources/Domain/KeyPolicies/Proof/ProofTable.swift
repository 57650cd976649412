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

    private struct ConditionName: Hashable {
        let test: NormalStatement.Test
        let usesVariables: Bool
    }

    private struct StatementName: Hashable {
        let effect: Effect
        let principals: NormalStatement.List
        let coverage: ActionSet
        let conditions: Set<Int>
    }

    private struct PrincipalsName: Hashable {
        let list: NormalStatement.List
        let isDeny: Bool
    }

    /// - Parameter old: nil for none, when one policy is compared with a fixed answer.
    init(old: PolicyDocument?, new: PolicyDocument, key: KeyIdentity, partition: String) {
        var conditionIDs: [ConditionName: Int] = [:]
        var resourceIDs: [NormalStatement.List: Int] = [:]
        var principalIDs: [PrincipalsName: Int] = [:]
        func add(_ document: PolicyDocument) -> [(StatementName, ProofStatement)] {
            document.statements.compactMap { statement in
                let normal = NormalStatement(statement, partition: partition)
                guard !statement.coverage.isEmpty, let resources = normal.resources else { return nil }
                var ids: [Int] = []
                switch Self.resource(statement, document, key) {
                case .no: return nil
                case .yes: break
                case .unknown:
                    let id = resourceIDs[resources] ?? conditions.count
                    if id == conditions.count { conditions.append(ProofCondition(openResource: ())) }
                    resourceIDs[resources] = id
                    ids.append(id)
                }
                for condition in statement.conditions {
                    let uses = document.usesVariables && condition.values.contains { $0.text.hasVariable }
                    let name = ConditionName(test: condition.normal, usesVariables: uses)
                    let id = conditionIDs[name] ?? conditions.count
                    if id == conditions.count { conditions.append(ProofCondition(condition, usesVariables: uses)) }
                    conditionIDs[name] = id
                    ids.append(id)
                }
                let who = PrincipalsName(list: normal.principals, isDeny: normal.principals.isNegated && statement.effect == .deny)
                let principal = principalIDs[who] ?? principals.count
                if principal == principals.count { principals.append((statement.principals, statement.effect)) }
                principalIDs[who] = principal
                let name = StatementName(
                    effect: statement.effect, principals: normal.principals, coverage: statement.coverage, conditions: Set(ids))
                return (name, ProofStatement(statement: statement, isOld: false, isNew: false, conditions: ids, principals: principal))
            }
        }
        let before = old.map(add) ?? []
        let after = add(new)
        let oldNames = Set(before.map(\.0))
        let newNames = Set(after.map(\.0))
        var seen: Set<StatementName> = []
        for (name, statement) in after + before where seen.insert(name).inserted {
            statements.append(
                ProofStatement(
                    statement: statement.statement, isOld: oldNames.contains(name), isNew: newNames.contains(name),
                    conditions: statement.conditions, principals: statement.principals))
        }
    }

    /// A resource with a variable in it is open.
    private static func resource(_ statement: Statement, _ document: PolicyDocument, _ key: KeyIdentity) -> Truth {
        if document.usesVariables, statement.resources?.values.contains(where: { $0.text.hasVariable }) ?? false {
            return .unknown([])
        }
        let request = AccessRequest(principal: .service(""), known: "Decrypt", key: key)
        return statement.covers(request, usesVariables: document.usesVariables)
    }
}
