// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Actions that no statement and no condition key tells from one another.
struct ActionClass {
    /// The weightiest first.
    let actions: [KeyAction]
    /// In the table of actions.
    let positions: [Int]

    /// Of the first.
    var position: Int { positions[0] }

    private static let weights: [KeyAction.Class] = [.useDecrypt, .policy, .delegate, .destroy, .useEncrypt, .abac, .adminOther, .verify, .read]

    /// Positions in the table, the weightiest first.
    private static let byWeight: [Int] = KeyAction.all.indices.sorted { left, right in
        func weight(_ position: Int) -> Int {
            let action = KeyAction.all[position]
            return action.name.hasSameBytes(as: "Decrypt") ? -1 : weights.firstIndex(of: action.kind) ?? weights.count
        }
        return (weight(left), left) < (weight(right), right)
    }

    private static let reaches: [ActionSet] = [.iamOnly, .ownAccount].map { (reach: KeyAction.Reach) in
        ActionSet(names: KeyAction.all.filter { $0.reach == reach }.map(\.name))
    }

    /// The classes, by the first of their actions in the table.
    static func classes(_ table: ProofTable, among actions: ActionSet = .everything) -> [ActionClass] {
        let told = Set(table.statements.map(\.statement.coverage) + table.keys.map(\.actions) + reaches)
        var classes = actions.isEmpty ? [] : [actions]
        for set in told {
            for index in classes.indices {
                let inside = classes[index].intersection(set)
                if inside.isEmpty || inside == classes[index] { continue }
                classes.append(classes[index].subtracting(set))
                classes[index] = inside
            }
        }
        return classes.sorted { ($0.first ?? 0) < ($1.first ?? 0) }.map { set in
            let positions = byWeight.filter { set.contains(position: $0) }
            return ActionClass(actions: positions.map { KeyAction.all[$0] }, positions: positions)
        }
    }
}
