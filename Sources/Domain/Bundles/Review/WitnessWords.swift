// SPDX-License-Identifier: Apache-2.0
// How review versions 2 and 3 speak of requests that prove something. Fixed for ever, like ReviewV2.

import KeyPolicies
import StrictFormats

enum WitnessWords {
    /// Requests that differ in the action only.
    struct Group {
        let first: ProofWitness
        let actions: [String]
    }

    static func groups(_ witnesses: [ProofWitness]) -> [Group] {
        var order: [String] = []
        var found: [String: [ProofWitness]] = [:]
        for witness in witnesses {
            let name = "\(witness.callers.joined(separator: ";"))\n\(witness.before.word)\n\(witness.after.word)\n\(context(witness))"
            if found[name] == nil { order.append(name) }
            found[name, default: []].append(witness)
        }
        return order.compactMap { name in
            found[name].flatMap { group in group.first.map { Group(first: $0, actions: group.flatMap(\.actions)) } }
        }
    }

    /// What a group gains or loses, as logical lines.
    /// - Parameter eachCaller: names every caller, each with what its account is said to be (version 3).
    static func lines(_ group: Group, names: [String: String], eachCaller: Bool) -> [String] {
        let witness = group.first
        return (eachCaller ? everyone(witness, names) : ["- \(who(witness, names))"]) + ["    \(change(witness, actions(group.actions, witness)))"]
            + details(witness)
    }

    /// A request that breaks a promise.
    static func example(_ group: Group) -> [String] {
        let witness = group.first
        let answer = witness.after.word == "delegated" ? "may, if IAM there allows it too," : witness.after.word == "allowed" ? "may" : "may not"
        return ["example: \(SafeText.escaped(witness.principal.text)) \(answer) \(actions(group.actions, witness))"] + circumstances(witness)
    }

    /// One line for each broken promise, for an error.
    static func summary(_ verdict: ClaimVerdict) -> [String] {
        let found = groups(verdict.verdict.witnesses)
        let gaps = verdict.verdict.gaps.map { "\(SafeText.escaped($0.statement)): \(SafeText.escaped($0.reason))" }
        let reasons = found.isEmpty ? ["not decided: \(gaps.joined(separator: "; "))"] : found.map { example($0).joined(separator: " ") }
        return reasons.map { "\(verdict.claim.name): \($0)" }
    }

    private static func who(_ witness: ProofWitness, _ names: [String: String]) -> String {
        let callers = witness.callers.prefix(4).map(SafeText.escaped).joined(separator: "; ")
        let more = witness.callers.count > 4 ? "; and \(witness.callers.count - 4) more kinds of caller" : ""
        let note = witness.principal.account.flatMap { names[$0] }.map { " (\($0))" } ?? ""
        return callers + more + note
    }

    private static func everyone(_ witness: ProofWitness, _ names: [String: String]) -> [String] {
        witness.callers.map { caller in
            let note = account(in: caller).flatMap { names[$0] }.map { " (\($0))" } ?? ""
            return "- \(SafeText.escaped(caller))\(note)"
        }
    }

    /// The account that a caller's words name: an ARN's, or the one at their end.
    private static func account(in caller: String) -> String? {
        if caller.hasPrefix("arn:") {
            let parts = caller.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            return parts.count == 6 ? String(parts[4]) : nil
        }
        return caller.ranges(of: " of account ").last.map { String(caller[$0.upperBound...]) }
    }

    private static func change(_ witness: ProofWitness, _ actions: String) -> String {
        switch (witness.before.word, witness.after.word) {
        case (_, "allowed") where witness.before.word == "delegated": "may now, without IAM's leave, \(actions)"
        case (_, "allowed"): "may now \(actions)"
        case ("denied", _): "may now, if IAM of that account allows it too, \(actions)"
        case ("allowed", "delegated"): "may, only if IAM of that account allows it too, \(actions)"
        default: "may no longer \(actions)"
        }
    }

    /// In words, with the exact names; of many, those of weight by name, the others by number.
    private static func actions(_ names: [String], _ witness: ProofWitness) -> String {
        let actions = names.map { $0.split(separator: ":").last.map(String.init) ?? $0 }
        guard actions.count > 4 else { return actions.map { phrase($0, witness) }.joined(separator: ", ") }
        let named = actions.map { (name: $0, right: KeyAction.named($0).flatMap(KeyRight.init)) }
        let rights: [(KeyRight?, String)] = [
            (.destroy, "DESTROY THE KEY"), (.changePolicy, "CHANGE THE POLICY"), (.delegate, "HAND OUT RIGHTS"), (.decrypt, "DECRYPT"),
            (.encrypt, "encrypt"), (.administer, "manage the key"), (nil, "look at it"),
        ]
        return rights.compactMap { right, words in
            let own = named.filter { $0.right == right }.map(\.name)
            if own.isEmpty { return nil }
            return own.count > 4 ? "\(words) (\(own.count) actions)" : "\(words) (\(own.joined(separator: ", ")))"
        }.joined(separator: ", ")
    }

    private static func phrase(_ action: String, _ witness: ProofWitness) -> String {
        if action == "Decrypt", namesTrail(witness) { return "decrypt CloudTrail's logs (Decrypt)" }
        return (KeyAction.named(action).map { "\($0.phrase) " } ?? "") + "(\(action))"
    }

    private static func isTrail(_ key: String) -> Bool { key.utf8.elementsEqual("kms:EncryptionContext:aws:cloudtrail:arn".utf8) }

    private static func namesTrail(_ witness: ProofWitness) -> Bool {
        witness.context.contains { key, value in
            if case .absent = value { return false }
            return isTrail(key)
        }
    }

    private static func circumstances(_ witness: ProofWitness) -> [String] {
        let context = context(witness)
        return context.isEmpty ? [] : ["in a request \(namesTrail(witness) ? "about what a trail wrote, " : "")with \(context)"]
    }

    private static func details(_ witness: ProofWitness) -> [String] {
        let statements = witness.statements.map { "\($0.sid.map { ReviewText.quoted($0) } ?? "without a Sid") (\($0.pointer))" }
        return
            (circumstances(witness) + ["for example \(SafeText.escaped(witness.principal.text))"]
            + (statements.isEmpty ? [] : ["by the statement \(statements.joined(separator: ", "))"])).map { "    " + $0 }
    }

    private static func context(_ witness: ProofWitness) -> String {
        witness.context.map { key, value in
            switch value {
            case .absent: "no \(ReviewText.word(key))"
            case .one(let text): "\(ReviewText.word(key)) = \(ReviewText.quoted(text))"
            case .several(let texts): "\(ReviewText.word(key)) = the set of \(texts.map(ReviewText.quoted).joined(separator: ", "))"
            }
        }.joined(separator: " and ")
    }
}
