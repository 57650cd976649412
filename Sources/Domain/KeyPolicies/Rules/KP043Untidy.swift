// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp043 = PolicyRule(
        id: "KP043", severity: .low,
        reason: "what has no name, says nothing new, or will grow by itself is hard to review",
        source: "Access Analyzer, redundant statement; IAM User Guide, Sid; KMS Developer Guide, Key policies",
        fix: "give each statement its own Sid, leave out what another one says already, and list actions instead of a verb with *"
    ) { document, _ in
        var sids: Set<Exact> = []
        let covers = document.statements.map { StatementCover($0) }
        return zip(document.statements, covers).flatMap { statement, cover -> [Hit] in
            var hits: [Hit] = []
            if let sid = statement.sid {
                if !sids.insert(Exact(sid)).inserted { hits.append(Hit(sid, "the Sid \(Quoted.text(sid.text)) stands twice")) }
            } else {
                hits.append(Hit(statement.place, "statement \(statement.title) has no Sid"))
            }
            for (action, covered) in statement.effect == .allow ? statement.namedActions : [] where action.isVerb && covered.hasMoreThanReading {
                hits.append(Hit(action, "statement \(statement.title): \(Quoted.text(action.text)) will also cover what AWS adds under that verb"))
            }
            if let other = covers.first(where: { $0.contains(cover) }) {
                hits.append(Hit(statement.place, "statement \(statement.title) says nothing that statement \(other.statement.title) does not say"))
            }
            return hits
        }
    }
}

extension PolicyString {
    /// `kms:Create*`: one verb and a wildcard.
    fileprivate var isVerb: Bool {
        guard text.utf8.last == UInt8(ascii: "*"), text.asciiLowercased.after("kms:") != nil else { return false }
        let verb = text.utf8.dropFirst(4).dropLast()
        guard let first = verb.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first), verb.count > 1 else { return false }
        return verb.dropFirst().allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }
}

extension ActionSet {
    fileprivate var hasMoreThanReading: Bool { actions.contains { $0.kind != .read } }
}

/// What a statement speaks of, ready to be compared with hundreds of others.
private struct StatementCover {
    let statement: Statement
    private let isAllow: Bool
    private let coverage: ActionSet
    /// Nothing is said by exclusion, so that lists can be compared.
    private let isPlain: Bool
    private let isOfThisKey: Bool
    private let patterns: Set<PrincipalPattern>
    private let conditions: [Condition]
    private let entries: Int
    private let index: Int

    init(_ statement: Statement) {
        self.statement = statement
        isAllow = statement.effect == .allow
        coverage = statement.coverage
        isPlain = !statement.principals.isNegated && statement.actions?.isNegated == false
        isOfThisKey =
            statement.resources?.isNegated == false && statement.resources?.values.contains { $0.text.hasSameBytes(as: "*") } ?? false
        patterns = Set(statement.principals.entries.map(\.pattern))
        conditions = statement.conditions
        entries = statement.principals.entries.count
        index = statement.index
    }

    /// Whether every request that the other statement speaks of is spoken of here, as far as lists show it.
    func contains(_ other: StatementCover) -> Bool {
        guard index != other.index, isAllow == other.isAllow, !other.coverage.isEmpty, coverage.contains(other.coverage),
            conditions.count <= other.conditions.count, isPlain, other.isPlain, isOfThisKey,
            patterns.contains(.everyone) || patterns.isSuperset(of: other.patterns),
            conditions.allSatisfy({ condition in
                other.conditions.contains { $0.contextKey == condition.contextKey && $0.normal == condition.normal }
            })
        else { return false }
        // Of two that say the same, the later one is the redundant one.
        let isEqual = other.entries == entries && other.coverage == coverage && other.conditions.count == conditions.count
        return !isEqual || index < other.index
    }
}
