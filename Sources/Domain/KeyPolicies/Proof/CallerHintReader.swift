// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Collects what two policies say about callers.
enum CallerHintReader {
    /// Whom the principal elements name.
    static func hints(_ old: PolicyDocument?, _ new: PolicyDocument, mentioned: [PrincipalPattern]) -> CallerHints {
        var hints = CallerHints()
        for statement in (old?.statements ?? []) + new.statements {
            for entry in statement.principals.entries { hints.add(entry.pattern) }
            for condition in statement.conditions where condition.key.text.isSameIgnoringASCIICase(as: "aws:PrincipalArn") {
                for value in condition.values { if let arn = ARN(value.text), !value.text.hasVariable { hints.partitions.insert(arn.partition) } }
            }
        }
        for pattern in mentioned { hints.add(pattern) }
        return hints
    }

    /// And what conditions test about them.
    static func hints(_ table: ProofTable, adding base: CallerHints, key: KeyIdentity) -> CallerHints {
        var hints = base
        hints.accounts.insert(key.account)
        // A caller's key that a policy variable ties to another key is told apart by that key's patterns as well.
        let tied = table.conditions.filter { $0.keys.count > 1 }
        for condition in table.conditions {
            let own = condition.keys[safe: 0] ?? ""
            for pattern in condition.patterns(in: nil) { add(pattern, own, &hints) }
            if let numbers = condition.condition, own.hasSuffix("account") { numericAccounts(numbers, &hints) }
            if case .open = condition.kind { continue }
            guard condition.keys.count > 1, condition.keys.contains(where: ProofCondition.isSettled) else { continue }
            let linked = linked(condition.keys, tied)
            let patterns = table.conditions.filter { $0.keys.first.map(linked.contains) ?? false }.flatMap { $0.patterns(in: nil) }
            for settled in linked where ProofCondition.isSettled(settled) {
                for pattern in patterns { add(pattern, settled, &hints) }
            }
        }
        return hints
    }

    private static func linked(_ keys: [String], _ tied: [ProofCondition]) -> Set<String> {
        var linked = Set(keys)
        var count = 0
        while count != linked.count {
            count = linked.count
            for condition in tied where condition.keys.contains(where: linked.contains) { linked.formUnion(condition.keys) }
        }
        return linked
    }

    private static func add(_ pattern: ValuePattern, _ key: String, _ hints: inout CallerHints) {
        switch key {
        case "aws:principalarn": hints.add(arn: pattern)
        case "aws:principalaccount", "kms:calleraccount": hints.add(account: pattern)
        case "aws:principalservicename": hints.add(service: pattern)
        default: break
        }
    }

    /// An account's digits compared as a number or a date: the accounts at and around the bound.
    private static func numericAccounts(_ condition: Condition, _ hints: inout CallerHints) {
        for value in condition.values {
            guard let number = Int(value.text), (0...999_999_999_999).contains(number) else { continue }
            for near in [number - 1, number, number + 1] where (0...999_999_999_999).contains(near) {
                hints.accounts.insert(String(1_000_000_000_000 + near).dropFirst().description)
            }
        }
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
