// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Actions that no statement and no condition key tells from one another.
struct ActionClass {
    /// The weightiest first.
    let actions: [KeyAction]
    /// Of the first, in the table of actions.
    let position: Int

    var lead: KeyAction { actions[0] }

    private struct Name: Hashable {
        let coverage: [Bool]
        let reach: KeyAction.Reach
        let keys: [Bool]
    }

    private static let weights: [KeyAction.Class] = [.useDecrypt, .policy, .delegate, .destroy, .useEncrypt, .abac, .adminOther, .verify, .read]

    static func classes(_ table: ProofTable, among actions: [KeyAction] = KeyAction.all) -> [ActionClass] {
        let keys = Set(table.conditions.flatMap(\.keys).map(KeyApplicability.actions))
        var order: [Name] = []
        var groups: [Name: [KeyAction]] = [:]
        for action in actions {
            let position = KeyAction.position(of: action.name) ?? 0
            let name = Name(
                coverage: table.statements.map { $0.statement.coverage.contains(position: position) }, reach: action.reach,
                keys: keys.map { $0.contains(position: position) })
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append(action)
        }
        func weight(_ action: KeyAction) -> Int {
            (action.name.hasSameBytes(as: "Decrypt") ? -1 : weights.firstIndex(of: action.kind) ?? weights.count)
        }
        return order.compactMap { groups[$0] }.map { group in
            let sorted = group.enumerated().sorted { (weight($0.element), $0.offset) < (weight($1.element), $1.offset) }.map(\.element)
            return ActionClass(actions: sorted, position: KeyAction.position(of: sorted[0].name) ?? 0)
        }
    }
}
