// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Callers that stand for all callers: every account, kind, name and session that the policies can tell apart.
struct CallerSamples {
    private let hints: CallerHints
    private let arns: PatternAutomaton
    private let partitions: [String]

    /// - Parameter partition: the key's, which is that of all its callers: no request crosses partitions.
    init(_ hints: CallerHints, partitions: [String]) {
        self.hints = hints
        self.partitions = partitions
        arns = PatternAutomaton(hints.arnPatterns)
    }

    /// Nil where a bound is passed.
    func callers(_ budget: inout ProofBudget) -> [Caller]? {
        guard hints.arnPatterns.allSatisfy(\.isDecidable), var result = services(&budget) else { return nil }
        for partition in partitions {
            guard let accounts = accounts(partition, &budget) else { return nil }
            for account in accounts {
                guard let callers = callers(partition, account, &budget), result.count + callers.count <= ProofBudget.callers else { return nil }
                result += callers
            }
        }
        return result
    }

    private func callers(_ partition: String, _ account: String, _ budget: inout ProofBudget) -> [Caller]? {
        let isAccountNamed = hints.accounts.contains(account)
        func caller(_ principal: RequestPrincipal, _ isNamed: Bool, role: String? = nil) -> Caller {
            Caller(principal: principal, roleARN: role, isNamed: isNamed, isAccountNamed: isAccountNamed)
        }
        var result: [Caller] = []
        let named = hints.names[account] ?? [:]
        guard let roles = names("arn:\(partition):iam::\(account):role/", named["role"] ?? [], &budget),
            let users = names("arn:\(partition):iam::\(account):user/", named["user"] ?? [], &budget),
            let federated = names("arn:\(partition):sts::\(account):federated-user/", named["federated-user"] ?? [], &budget),
            let paths = paths(partition, account, named["role"] ?? [], &budget)
        else { return nil }
        for name in roles { result.append(caller(.role(partition: partition, account: account, name: name), named["role"]?.contains(name) ?? false)) }
        for name in users { result.append(caller(.user(partition: partition, account: account, name: name), named["user"]?.contains(name) ?? false)) }
        result.append(caller(.root(partition: partition, account: account), isAccountNamed))
        for name in roles + paths where !name.lastComponent.isEmpty {
            let role = name.lastComponent
            let sessions = hints.sessions[account]?[role] ?? []
            let other = ValueClasses.fresh(["session", "other"], Set(sessions.map { Exact($0) }))
            for session in sessions.sorted() + [other] {
                let principal = RequestPrincipal.session(partition: partition, account: account, role: role, session: session)
                var sample = caller(principal, sessions.contains(session), role: "arn:\(partition):iam::\(account):role/\(name)")
                sample.isRoleNamed = hints.lastNames[account]?.contains(role) ?? false
                result.append(sample)
            }
        }
        for name in federated {
            result.append(
                caller(.federatedUser(partition: partition, account: account, name: name), named["federated-user"]?.contains(name) ?? false))
        }
        return result
    }

    private func names(_ prefix: String, _ literals: Set<String>, _ budget: inout ProofBudget) -> [String]? {
        if hints.arnPatterns.isEmpty {
            return literals.sorted() + [ValueClasses.fresh(["example", "another", "x"], Set(literals.map { Exact($0) }))]
        }
        return ValueClasses.texts(
            hints.arnPatterns, literals: literals.sorted(), prefix: prefix, only: { $0 != "*" && $0 != "?" }, mayBeEmpty: false, &budget)
    }

    /// Roles of known last names under every path that a pattern tells from others: a session is matched by the last name.
    private func paths(_ partition: String, _ account: String, _ literals: Set<String>, _ budget: inout ProofBudget) -> [String]? {
        guard let last = hints.lastNames[account], !last.isEmpty else { return [] }
        var result = last.sorted().flatMap { [$0, "example/\($0)"] }
        if hints.arnPatterns.isEmpty { return result }
        let prefix = "arn:\(partition):iam::\(account):role/"
        let automaton = PatternAutomaton(hints.arnPatterns, literals: literals.sorted())
        let start = automaton.atRoot(automaton.run(automaton.start(), prefix))
        guard automaton.isAlive(start) else { return result }
        let fresh = PatternAutomaton.fresh(hints.arnPatterns, literals.sorted())
        guard let reached = automaton.reachable(from: start, fresh: fresh, only: { $0 != "*" && $0 != "?" }, &budget) else { return nil }
        var after: Set<PatternAutomaton.State> = []
        let paths = reached.filter { !$0.text.isEmpty }.map { (state: automaton.step($0.state, "/"), text: $0.text + "/") }
            .filter { after.insert($0.state).inserted }
        for name in last.sorted() {
            var outcomes = Set(["", "example/"].map { automaton.accepted(automaton.run(start, $0 + name)) })
            for path in paths {
                guard budget.spend(name.utf8.count) else { return nil }
                let end = automaton.run(path.state, name)
                if !automaton.isLiteral(end), outcomes.insert(automaton.accepted(end)).inserted { result.append(path.text + name) }
            }
        }
        return result
    }

    /// The accounts that are named, and one for each class of other accounts.
    private func accounts(_ partition: String, _ budget: inout ProofBudget) -> [String]? {
        let named = hints.accounts.filter(AccountID.isValid).sorted()
        let known = Set(named)
        let nice = ["999999999999", "888888888888", "777777777777"].filter { !known.contains($0) }
        let arnCount = hints.arnPatterns.count
        guard arnCount > 0 || !hints.accountPatterns.isEmpty else {
            return named + [nice.first ?? ValueClasses.freshAccount(known)]
        }
        let automaton = PatternAutomaton(hints.arnPatterns + hints.arnPatterns + hints.accountPatterns, literals: named)
        let iam = automaton.run(automaton.start { $0 < arnCount }, "arn:\(partition):iam::")
        let sts = automaton.run(automaton.start { (arnCount..<2 * arnCount).contains($0) }, "arn:\(partition):sts::")
        let start = automaton.atRoot(automaton.merged(automaton.merged(iam, sts), automaton.start { $0 >= 2 * arnCount }))
        var seen: Set<PatternAutomaton.State> = []
        var result = named
        for text in nice where seen.insert(automaton.run(start, text)).inserted { result.append(text) }
        guard let reached = automaton.reachable(from: start, fresh: "0", only: { ("0"..."9").contains($0) }, tell: "0123456789", length: 12, &budget)
        else {
            return nil
        }
        result += reached.filter { !automaton.isLiteral($0.state) && seen.insert($0.state).inserted }.map(\.text)
        return result
    }

    private func services(_ budget: inout ProofBudget) -> [Caller]? {
        let named = hints.services.filter { if case .service = RequestPrincipal.named($0) { true } else { false } }.sorted()
        var names = named + [ValueClasses.fresh(["example.amazonaws.com", "other.amazonaws.com"], Set(named.map { Exact($0) }))]
        if !hints.servicePatterns.isEmpty {
            let automaton = PatternAutomaton(hints.servicePatterns, literals: named)
            let fresh = PatternAutomaton.fresh(hints.servicePatterns, named)
            let allowed: (Unicode.Scalar) -> Bool = { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" || $0 == "." }
            guard allowed(fresh), let reached = automaton.reachable(from: automaton.start(), fresh: fresh, only: allowed, &budget) else { return nil }
            var seen: Set<[Int]> = []
            for (_, text) in reached {
                for suffix in [".amazonaws.com", ".amazonaws.com.cn"] {
                    let name = text + suffix
                    guard !named.contains(name), seen.insert(automaton.accepted(automaton.run(automaton.start(), name))).inserted else { continue }
                    guard case .service = RequestPrincipal.named(name) else {
                        seen.remove(automaton.accepted(automaton.run(automaton.start(), name)))
                        continue
                    }
                    names.append(name)
                }
            }
        }
        return names.map { Caller(principal: .service($0), roleARN: nil, isNamed: hints.services.contains($0), isAccountNamed: false) }
    }
}

extension ValueClasses {
    static func freshAccount(_ known: Set<String>) -> String {
        let numbers = (0...known.count).lazy.map { String(999_999_999_999 - $0) }
        return numbers.first { !known.contains($0) } ?? "999999999999"
    }
}
