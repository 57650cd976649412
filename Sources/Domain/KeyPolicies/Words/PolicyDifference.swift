// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// What differs between two policies, statement by statement. (What that *permits* is the prover's to say.)
public struct PolicyDifference: Sendable {
    public let grade: PolicyEquality
    public let added: [Statement]
    public let removed: [Statement]
    /// Statements of one Sid whose content differs.
    public let changed: [(old: Statement, new: Statement)]
    private let heads: [String]
    private let partition: String

    /// - Parameter partition: in which a bare account id stands for its root ARN.
    public init(from old: PolicyDocument, to new: PolicyDocument, partition: String = "aws") {
        self.partition = partition
        grade = PolicyComparison.grade(old, new, partition: partition)
        heads = [("Version", old.version, new.version), ("Id", old.id, new.id)].compactMap { name, old, new in
            if Exact(old) == Exact(new) { return nil }
            return
                "The policy's \(name) changes from \(old.map { Quoted.text($0.text) } ?? "none") to \(new.map { Quoted.text($0.text) } ?? "none")."
        }
        var before = old.statements
        var after: [Statement] = []
        // What says the same in both is no difference, wherever it stands.
        for statement in new.statements {
            let normal = NormalStatement(statement, partition: partition)
            if let same = before.firstIndex(where: { NormalStatement($0, partition: partition) == normal }) {
                before.remove(at: same)
            } else {
                after.append(statement)
            }
        }
        var changed: [(old: Statement, new: Statement)] = []
        var added: [Statement] = []
        for statement in after {
            let partner = before.firstIndex {
                Exact($0.sid) == Exact(statement.sid) && (statement.sid != nil || $0.index == statement.index)
            }
            if let partner { changed.append((before.remove(at: partner), statement)) } else { added.append(statement) }
        }
        (self.added, self.changed, removed) = (added, changed, before)
    }

    /// Logical lines, as `StatementWords.lines` gives them.
    public func lines(_ names: AccountNames) -> [String] {
        switch grade {
        case .byteEqual: return ["The two policies are the same, byte for byte."]
        case .jsonEqual: return ["The two policies are the same; only white space or the order of members differs."]
        case .semanticallyEqual: return ["The two policies say the same; only order or spelling differs."]
        case .different: break
        }
        let additions = added.flatMap { ["NEW statement"] + StatementWords.lines($0, names).map { "  \($0)" } }
        let removals = removed.flatMap { ["REMOVED statement"] + StatementWords.lines($0, names).map { "  \($0)" } }
        let changes = changed.flatMap { StatementDifference.lines($0.old, $0.new, names, partition: partition) }
        return heads + changes + additions + removals
    }
}

/// Two statements of one name.
private enum StatementDifference {
    static func lines(_ old: Statement, _ new: Statement, _ names: AccountNames, partition: String) -> [String] {
        var lines = ["CHANGED statement \(new.title), which \(new.effect == .deny ? "forbids" : "allows")"]
        if old.effect != new.effect { lines.append("  what was \(old.effect.rawValue) is now \(new.effect.rawValue)") }
        lines += list(
            "who", (old.principals.isNegated, old.principals.entries), (new.principals.isNegated, new.principals.entries),
            key: { $0.normal(partition: partition) }, word: { PrincipalWords.phrase($0, names) }, except: "everyone EXCEPT")
        lines += element("what", old.actions, new.actions, key: { Exact($0.text.asciiLowercased) }, word: ActionWords.phrase)
        lines += element("on", old.resources, new.resources, key: { Exact($0) }, word: { Quoted.word($0.text) })
        lines += list(
            "condition", (false, old.conditions), (false, new.conditions), key: \.normal, word: { ConditionWords.phrase($0, names) },
            except: "")
        return lines
    }

    private static func element(
        _ label: String, _ old: ElementList?, _ new: ElementList?, key: (PolicyString) -> Exact, word: (PolicyString) -> String
    ) -> [String] {
        guard let old, let new else {
            if old == nil, new == nil { return [] }
            let kept = (new ?? old)?.values.map(word).joined(separator: ", ") ?? ""
            return ["  \(label): \(new == nil ? "no longer anything; it was" : "there was nothing; it is now") \(kept)"]
        }
        return list(label, (old.isNegated, old.values), (new.isNegated, new.values), key: key, word: word, except: "everything EXCEPT")
    }

    private static func list<Value, Key: Hashable>(
        _ label: String, _ old: (isNegated: Bool, values: [Value]), _ new: (isNegated: Bool, values: [Value]), key: (Value) -> Key,
        word: (Value) -> String, except: String
    ) -> [String] {
        guard old.isNegated == new.isNegated else {
            func side(_ list: (isNegated: Bool, values: [Value])) -> String {
                (list.isNegated ? "\(except) " : "") + list.values.map(word).joined(separator: ", ")
            }
            return ["  \(label): it was \(side(old))", "  \(label): it is now \(side(new))"]
        }
        let before = Set(old.values.map(key))
        let after = Set(new.values.map(key))
        let excepting = new.isNegated ? " excepted" : ""
        return new.values.filter { !before.contains(key($0)) }.map { "  \(label): now also\(excepting) \(word($0))" }
            + old.values.filter { !after.contains(key($0)) }.map { "  \(label): no longer\(excepting) \(word($0))" }
    }
}
