// SPDX-License-Identifier: Apache-2.0
import StrictFormats

// What rules ask of statements.

extension Statement {
    /// Principals named by `Principal`; empty where `NotPrincipal` stands instead.
    var namedPrincipals: [PrincipalEntry] { principals.isNegated ? [] : principals.entries }

    /// Whether CloudTrail itself is named.
    var namesCloudTrail: Bool { namedPrincipals.contains { $0.isCloudTrail } }

    var namesEveryone: Bool { namedPrincipals.contains { $0.pattern == .everyone } }

    func conditions(on keys: String...) -> [Condition] {
        if conditions.isEmpty { return [] }
        return conditions.filter { condition in keys.contains { condition.key.text.isSameIgnoringASCIICase(as: $0) } }
    }

    /// The accounts that a condition confines callers to; nil where none does.
    var boundAccounts: [String]? {
        let bounds = conditions(on: "kms:CallerAccount", "aws:PrincipalAccount").filter(\.isBinding)
        return bounds.first.map { $0.values.map(\.text) }
    }

    /// Accounts other than the key's that an Allow lets in, each with the place that names it.
    func foreignAccounts(_ keyAccount: String) -> [(account: String, place: PolicyString)] {
        guard effect == .allow else { return [] }
        var result = namedPrincipals.compactMap { entry in entry.pattern.account.map { ($0, entry.value) } }
        if namesEveryone {
            for condition in conditions(on: "kms:CallerAccount", "aws:PrincipalAccount") where condition.isBinding {
                result += condition.values.map { ($0.text, $0) }
            }
        }
        return result.filter { !$0.0.hasSameBytes(as: keyAccount) }
    }
}

extension ActionSet {
    static let decrypting = ActionSet(of: [.useDecrypt])
    static let managing = ActionSet(of: [.policy, .delegate, .destroy, .adminOther])

    private init(of kinds: [KeyAction.Class]) { self.init(names: KeyAction.all.filter { kinds.contains($0.kind) }.map(\.name)) }
}

extension PrincipalEntry {
    /// `cloudtrail.amazonaws.com`, and the same with a Region or with China's suffix.
    var isCloudTrail: Bool {
        guard case .service(let name) = pattern else { return false }
        return name.after("cloudtrail.") != nil
    }

    func isAccount(_ id: String) -> Bool {
        if case .account(let account, _) = pattern { account.hasSameBytes(as: id) } else { false }
    }

    var isWholeAccount: Bool { if case .account = pattern { true } else { false } }
}

extension Condition {
    /// Whether the condition really narrows: a positive operator that fails without the key, and values that say something.
    var isBinding: Bool {
        guard let test, !test.isNegated, !test.ifExists, test.quantifier != .forAll, test.comparison != .null else { return false }
        return values.allSatisfy { !$0.text.utf8.allSatisfy { "*?".utf8.contains($0) } }
    }

    /// Whether a request must have the key: it is bound to values, or asked for by `Null: false`.
    var demandsKey: Bool {
        guard let test else { return false }
        return test.truthWhenMissing(key: key.text, values: values.map(\.text)) == .no
    }
}

extension PolicyDocument {
    /// The document as a whole, to point at where nothing in it can be pointed at.
    var whole: PolicyString { PolicyString("", pointer: "", line: statements.isEmpty ? nil : 1) }

    /// Every string of the document with its place.
    var strings: [PolicyString] {
        var result = [version, id].compactMap(\.self)
        for statement in statements {
            if let sid = statement.sid { result.append(sid) }
            result += statement.principals.entries.map(\.value)
            result += statement.actions?.values ?? []
            result += statement.resources?.values ?? []
            for condition in statement.conditions { result += [condition.operatorName, condition.key] + condition.values }
        }
        return result
    }
}

extension String {
    var hasWildcard: Bool { utf8.contains { "*?".utf8.contains($0) } }
    var hasVariable: Bool { utf8.contains(UInt8(ascii: "$")) }
}
