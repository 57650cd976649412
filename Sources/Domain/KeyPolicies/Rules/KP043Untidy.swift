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
        return document.statements.flatMap { statement -> [Hit] in
            var hits: [Hit] = []
            if let sid = statement.sid {
                if !sids.insert(Exact(sid)).inserted { hits.append(Hit(sid, "the Sid \(Quoted.text(sid.text)) stands twice")) }
            } else {
                hits.append(Hit(statement.place, "statement \(statement.title) has no Sid"))
            }
            for action in statement.effect == .allow ? statement.actions?.values ?? [] : [] where action.isGrowingVerb {
                hits.append(Hit(action, "statement \(statement.title): \(Quoted.text(action.text)) will also cover what AWS adds under that verb"))
            }
            if let other = document.statements.first(where: { $0.index != statement.index && $0.contains(statement) }) {
                hits.append(Hit(statement.place, "statement \(statement.title) says nothing that statement \(other.title) does not say"))
            }
            return hits
        }
    }
}

extension PolicyString {
    /// `kms:Create*`: one verb and a wildcard, where it covers more than looking.
    fileprivate var isGrowingVerb: Bool {
        guard text.asciiLowercased.after("kms:") != nil, text.utf8.last == UInt8(ascii: "*") else { return false }
        let verb = text.utf8.dropFirst(4).dropLast()
        guard let first = verb.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first), verb.count > 1,
            verb.dropFirst().allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
        else { return false }
        return KeyAction.covered(by: text).contains { $0.kind != .read }
    }
}

extension Statement {
    /// Whether every request that the other statement speaks of is spoken of here, as far as lists show it.
    fileprivate func contains(_ other: Statement) -> Bool {
        guard effect == other.effect, !other.coverage.isEmpty, coverage.contains(other.coverage),
            !principals.isNegated, !other.principals.isNegated, actions?.isNegated == false, other.actions?.isNegated == false,
            resources?.values.contains(where: { $0.text.hasSameBytes(as: "*") }) ?? false, resources?.isNegated == false
        else { return false }
        guard conditions.count <= other.conditions.count,
            conditions.allSatisfy({ condition in
                other.conditions.contains { $0.contextKey == condition.contextKey && $0.normal == condition.normal }
            })
        else { return false }
        let mine = Set(principals.entries.map(\.pattern))
        guard mine.contains(.everyone) || other.principals.entries.allSatisfy({ mine.contains($0.pattern) }) else { return false }
        // Of two that say the same, the later one is the redundant one.
        let equal =
            other.principals.entries.count == principals.entries.count && other.coverage == coverage
            && other.conditions.count == conditions.count
        return !equal || index < other.index
    }
}
