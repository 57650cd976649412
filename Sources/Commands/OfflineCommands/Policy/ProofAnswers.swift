// SPDX-License-Identifier: Apache-2.0

import KeyPolicies
import StrictFormats

/// Witnesses and gaps in words and as JSON, for `policy diff` and `policy prove`.
enum ProofAnswers {
    /// The key that two policies belong to, from what was said or from what they show.
    static func key(account: String?, arn: String?, _ documents: [PolicyDocument], file: String) throws(Refusal) -> KeyIdentity {
        if let account, !AccountID.isValid(account) {
            throw Refusal(
                "account-malformed", .usage, "--key-account \(SafeText.escaped(account)) is no account id", hint: "an account id has twelve digits")
        }
        if let arn {
            guard let parts = ARN(arn), parts.service.hasSameBytes(as: "kms"), AccountID.isValid(parts.account) else {
                throw Refusal(
                    "arn-malformed", .usage, "--key-arn \(SafeText.escaped(arn)) is no key's ARN",
                    hint: "it looks like arn:aws:kms:us-east-1:604183725190:key/1234abcd-12ab-34cd-56ef-1234567890ab")
            }
            if let account, !parts.account.hasSameBytes(as: account) {
                throw Refusal(
                    "account-contradicts-arn", .usage, "--key-arn is of account \(parts.account), not \(account)", hint: "leave --key-account out")
            }
        }
        guard let found = known(account: account, arn: arn, documents) else {
            throw Refusal(
                "key-account", .usage, "the policy does not show which account the key belongs to", at: Place(file: file), hint: "--key-account ID")
        }
        return found
    }

    /// Nil where neither says it.
    static func known(account: String?, arn: String?, _ documents: [PolicyDocument]) -> KeyIdentity? {
        let fromARN = arn?.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first.map(String.init)
        let found = account ?? fromARN ?? documents.lazy.compactMap({ PolicyContext.likelyKeyAccount(of: $0) }).first
        return found.map { KeyIdentity(account: $0, arn: arn) }
    }

    static func json(_ witness: ProofWitness) -> JSONValue {
        .object([
            ("principal", .string(witness.principal.text)), ("action", .string(witness.action)),
            ("context", .object(witness.context.map { ($0.key, json($0.value)) })), ("before", .string(witness.before.word)),
            ("after", .string(witness.after.word)), ("actions", .strings(witness.actions)), ("callers", .strings(witness.callers)),
            ("statements", .strings(witness.statements.map(\.pointer))),
        ])
    }

    static func json(_ gap: ProofGap) -> JSONValue { .object([("statement", .string(gap.statement)), ("reason", .string(gap.reason))]) }

    private static func json(_ value: ContextValue) -> JSONValue {
        switch value {
        case .absent: JSONValue(.null)
        case .one(let text): .string(text)
        case .several(let texts): .strings(texts)
        }
    }

    /// Witnesses that differ in the action only, together.
    static func lines(_ witnesses: [ProofWitness], isComparison: Bool = true) -> [String] {
        var order: [String] = []
        var groups: [String: [ProofWitness]] = [:]
        for witness in witnesses {
            let name = "\(witness.principal.text)\n\(witness.before.word)\n\(witness.after.word)\n\(context(witness))"
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append(witness)
        }
        return order.flatMap { name -> [String] in
            guard let group = groups[name], let first = group.first else { return [] }
            let who = first.callers.prefix(4).map(SafeText.escaped).joined(separator: "; ")
            let more = first.callers.count > 4 ? "; and \(first.callers.count - 4) more kinds of caller" : ""
            var lines = [
                "  \(who)\(more)",
                "    \(isComparison ? "\(first.before.word) → " : "")\(first.after.word): \(group.flatMap(\.actions).joined(separator: ", "))",
            ]
            let context = context(first)
            if !context.isEmpty { lines.append("    with \(context)") }
            lines.append("    for example \(SafeText.escaped(first.principal.text))")
            let deciding = first.statements.map { "\($0.pointer)\($0.sid.map { " \"\(SafeText.escaped($0))\"" } ?? "")" }
            if !deciding.isEmpty { lines.append("    by \(deciding.joined(separator: ", "))") }
            return lines
        }
    }

    static func lines(_ gaps: [ProofGap]) -> [String] { gaps.map { "  \(SafeText.escaped($0.statement)): \(SafeText.escaped($0.reason))" } }

    private static func context(_ witness: ProofWitness) -> String {
        witness.context.map { key, value in
            switch value {
            case .absent: "no \(SafeText.escaped(key))"
            case .one(let text): "\(SafeText.escaped(key)) = \"\(SafeText.escaped(text))\""
            case .several(let texts): "\(SafeText.escaped(key)) = {\(texts.map { "\"\(SafeText.escaped($0))\"" }.joined(separator: ", "))}"
            }
        }.joined(separator: ", ")
    }
}
