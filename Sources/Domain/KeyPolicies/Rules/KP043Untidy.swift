// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp043 = PolicyRule(
        id: "KP043", severity: .low,
        reason: "what has no name or says nothing new is hard to review",
        source: "Access Analyzer, redundant statement; IAM User Guide, Sid",
        fix: "give each statement its own Sid, and leave out what another one says already"
    ) { document, _ in
        var sids: Set<Exact> = []
        return document.statements.flatMap { statement -> [Hit] in
            var hits: [Hit] = []
            if let sid = statement.sid {
                if !sids.insert(Exact(sid)).inserted { hits.append(Hit(sid, "the Sid \(Quoted.text(sid.text)) stands twice")) }
            } else {
                hits.append(Hit(statement.place, "statement \(statement.title) has no Sid"))
            }
            if let other = document.statements.first(where: { $0.index != statement.index && $0.contains(statement) }) {
                hits.append(Hit(statement.place, "statement \(statement.title) says nothing that statement \(other.title) does not say"))
            }
            return hits
        }
    }
}

extension Statement {
    /// Whether every request that the other statement speaks of is spoken of here, as far as lists show it.
    fileprivate func contains(_ other: Statement) -> Bool {
        guard effect == other.effect, !other.coverage.isEmpty, coverage.contains(other.coverage),
            !principals.isNegated, !other.principals.isNegated, actions?.isNegated == false, other.actions?.isNegated == false,
            resources?.values.contains(where: { $0.text.hasSameBytes(as: "*") }) ?? false, resources?.isNegated == false
        else { return false }
        let samePrincipals = other.principals.entries.allSatisfy { entry in
            principals.entries.contains { $0.pattern == entry.pattern || $0.pattern == .everyone }
        }
        guard samePrincipals, conditions.allSatisfy({ condition in other.conditions.contains { $0.normal == condition.normal } }) else {
            return false
        }
        // Of two that say the same, the later one is the redundant one.
        let equal =
            other.principals.entries.count == principals.entries.count && other.coverage == coverage
            && other.conditions.count == conditions.count
        return !equal || index < other.index
    }
}
