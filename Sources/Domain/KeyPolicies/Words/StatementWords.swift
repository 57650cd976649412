// SPDX-License-Identifier: Apache-2.0

/// A statement in plain language, for people who approve policies and do not write them.
///
/// It is a pure function of the statement and the accounts' names, and it shows every principal, action, resource and condition
/// as it stands: no change of a field leaves the words unchanged.
public enum StatementWords {
    /// Logical lines; what belongs under another is indented by two spaces more. The caller wraps them.
    public static func lines(_ statement: Statement, _ names: AccountNames) -> [String] {
        let denies = statement.effect == .deny
        let sid = statement.sid.map { Quoted.text($0.text) } ?? "(without a Sid)"
        return ["\(statement.index + 1). \(sid) \(denies ? "FORBIDS, whatever else allows it," : "allows")"]
            + who(statement, names)
            + what(statement)
            + on(statement)
            + conditions(statement, names)
    }

    private static func who(_ statement: Statement, _ names: AccountNames) -> [String] {
        let phrases = statement.principals.entries.map { "- \(PrincipalWords.phrase($0, names))" }
        if phrases.isEmpty { return ["  NOBODY (the list of principals is empty)"] }
        return statement.principals.isNegated
            ? ["  EVERYONE IN THE WORLD EXCEPT (NotPrincipal)"] + phrases.map { "    \($0)" } : phrases.map { "  \($0)" }
    }

    private static func what(_ statement: Statement) -> [String] {
        guard let actions = statement.actions else { return ["  to do NOTHING: no action is named, so the statement has no effect"] }
        let heading = actions.isNegated ? "  to do EVERYTHING EXCEPT (NotAction)" : "  to"
        return [heading] + ActionWords.lines(actions.values).map { "    - \($0)" }
    }

    private static func on(_ statement: Statement) -> [String] {
        guard let resources = statement.resources else { return ["  on NOTHING: no resource is named, so the statement has no effect"] }
        let list = resources.values.map { Quoted.word($0.text) }.joined(separator: ", ")
        if resources.isNegated { return ["  on EVERYTHING EXCEPT (NotResource) \(list)"] }
        return [list == "*" ? "  on this key (*)" : "  on \(list), which counts only if it is this key"]
    }

    private static func conditions(_ statement: Statement, _ names: AccountNames) -> [String] {
        let denies = statement.effect == .deny
        guard !statement.conditions.isEmpty else { return [denies ? "  ALWAYS" : "  without further condition"] }
        let all = statement.conditions.count > 1 ? " all of this is true" : ""
        return [denies ? "  whenever\(all)" : "  only if\(all)"] + statement.conditions.map { "    - \(ConditionWords.phrase($0, names))" }
    }
}

/// A whole policy in plain language.
public enum PolicyWords {
    /// A heading, then a paragraph for each statement, with empty lines between.
    public static func lines(_ document: PolicyDocument, _ names: AccountNames) -> [String] {
        let count = document.statements.count
        let id = document.id.map { " \(Quoted.text($0.text))" } ?? " without an Id"
        let version = document.version.map { "version \($0.text)" } ?? "without a version (that is 2008-10-17)"
        return ["Key policy\(id), \(version), \(count) statement\(count == 1 ? "" : "s")"]
            + document.statements.flatMap { [""] + StatementWords.lines($0, names) }
    }
}
