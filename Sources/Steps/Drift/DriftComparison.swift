// SPDX-License-Identifier: Apache-2.0

import Bundles
import KeyPolicies
public import StrictFormats

/// A live key against the approved one: a pure function of both.
public struct DriftComparison: Sendable {
    public let key: String
    public let findings: [DriftFinding]
    public var isSame: Bool { findings.allSatisfy { $0.result != .differs } }

    /// - Parameter live: nil where there is no such key.
    public init(_ approved: ApprovedKey, _ live: LiveKey?) {
        key = approved.arn
        guard let live else {
            findings = [DriftFinding("key", .differs, ["there is no such key"], bundle: approved.policy?.bundle)]
            return
        }
        let own = Comparing(approved: approved, live: live)
        findings =
            [own.policy(), own.ramPolicy()].compactMap { $0 } + own.grants() + own.aliases()
            + [own.rotation(), own.tags(), own.state(), own.description()].compactMap { $0 } + own.trails()
    }

    public var json: JSONValue {
        .object([("key", .string(key)), ("same", .bool(isSame)), ("findings", .array(findings.map(\.json)))])
    }
}

private struct Comparing {
    let approved: ApprovedKey
    let live: LiveKey

    private var key: (String, JSONValue?) { ("key", .string(approved.arn)) }

    func policy() -> DriftFinding? {
        guard let wanted = approved.policy else { return nil }
        let documents: (PolicyDocument, PolicyDocument)
        do throws(Refusal) {
            documents = (
                try PolicyDocument(bytes: Array(wanted.value.utf8), file: "the approved policy"),
                try PolicyDocument(bytes: Array(live.policy.utf8), file: "the live policy")
            )
        } catch {
            // Nor could prepare: a change needs a base that can be read.
            return DriftFinding("policy", .differs, ["the live policy cannot be read: \(SafeText.escaped(error.message))"], bundle: wanted.bundle)
        }
        let difference = PolicyDifference(from: documents.0, to: documents.1, partition: approved.partition)
        guard difference.grade == .different else {
            return DriftFinding("policy", .same, [difference.grade.rawValue], bundle: wanted.bundle)
        }
        let lines = difference.lines(AccountNames(keyAccount: approved.account)).map { SafeText.escaped($0) }
        return differing(wanted, lines + Self.deletedPrincipals(live.policy))
    }

    private func differing(_ wanted: Approved<String>, _ words: [String]) -> DriftFinding {
        DriftFinding(
            "policy", .differs, words, bundle: wanted.bundle, remedy: [("change", "put-key-policy"), key],
            policies: [
                DriftFinding.NamedPolicy(member: "policy", document: wanted.value), DriftFinding.NamedPolicy(member: "base", document: live.policy),
            ])
    }

    /// IAM shows a deleted role or user by its unique id ("IAM identifiers", IAM User Guide).
    private static func deletedPrincipals(_ policy: String) -> [String] {
        policy.split(separator: "\"").filter { word in
            ["AROA", "AIDA"].contains { word.utf8.starts(with: $0.utf8) } && (16...128).contains(word.utf8.count)
                && word.utf8.allSatisfy {
                    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                }
        }.map { "\($0) is the unique id of a role or user that was deleted: it stands where its ARN was" }
    }

    func ramPolicy() -> DriftFinding? {
        let others = live.policyNames.filter { $0 != "default" }
        if others.isEmpty { return DriftFinding("ram-policy", .same, ["no policy beside the default one"], bundle: nil) }
        let names = others.map { SafeText.escaped($0) }.joined(separator: ", ")
        return DriftFinding("ram-policy", .differs, ["a policy beside the default one, which no bundle put there: \(names)"], bundle: nil)
    }

    func grants() -> [DriftFinding] {
        if live.grants.isEmpty { return [DriftFinding("grants", .same, ["no grants"], bundle: nil)] }
        return live.grants.map { grant in
            DriftFinding(
                "grants", .differs, ["grant \(SafeText.escaped(grant.id)), which no bundle made: \(SafeText.escaped(grant.words))"],
                bundle: approved.policy?.bundle, remedy: [("change", "revoke-grant"), key, ("grantId", .string(grant.id))])
        }
    }

    func aliases() -> [DriftFinding] {
        var result = approved.aliases.map { name, approval in
            guard let found = live.aliases.first(where: { $0.name.hasSameBytes(as: name) }) else {
                return DriftFinding(
                    "alias", .differs, ["\(name) is gone"], bundle: approval.bundle, remedy: [("change", "add-alias"), ("alias", .string(name)), key])
            }
            if found.keyID.hasSameBytes(as: approved.id) { return DriftFinding("alias", .same, [name], bundle: approval.bundle) }
            let other = approved.arn.dropLast(approved.id.count) + found.keyID
            return DriftFinding(
                "alias", .differs, ["\(name) leads to the key \(SafeText.escaped(found.keyID))"], bundle: approval.bundle,
                remedy: [("change", "move-alias"), ("alias", .string(name)), ("fromKey", .string(String(other))), key])
        }
        let known = approved.aliases.map(\.name)
        for alias in live.aliases where approved.isMadeHere && alias.keyID.hasSameBytes(as: approved.id) {
            if known.contains(where: { $0.hasSameBytes(as: alias.name) }) { continue }
            result.append(DriftFinding("alias", .differs, ["\(SafeText.escaped(alias.name)) leads here, and no bundle put it there"], bundle: nil))
        }
        return result
    }

    func rotation() -> DriftFinding? {
        guard let wanted = approved.rotationDays else { return nil }
        let remedy: [(String, JSONValue?)] = [("change", "set-rotation"), key, ("rotation", .integer(wanted.value))]
        if !live.rotates {
            return DriftFinding("rotation", .differs, ["off, instead of every \(wanted.value) days"], bundle: wanted.bundle, remedy: remedy)
        }
        guard let days = live.rotationDays else {
            return DriftFinding("rotation", .notShown, ["on; the server does not say how often"], bundle: wanted.bundle)
        }
        if days == wanted.value { return DriftFinding("rotation", .same, ["every \(days) days"], bundle: wanted.bundle) }
        return DriftFinding(
            "rotation", .differs, ["every \(days) days, instead of every \(wanted.value)"], bundle: wanted.bundle, remedy: remedy)
    }

    func tags() -> DriftFinding? {
        guard let bundle = approved.tags.last?.approved.bundle else { return nil }
        var words: [String] = []
        var set: [(String, JSONValue?)] = []
        var removed: [JSONValue] = []
        for (key, wanted) in approved.tags {
            let found = live.tags.first { $0.key.hasSameBytes(as: key) }?.value
            switch (wanted.value, found) {
            case (let value?, let found?) where value.hasSameBytes(as: found): break
            case (nil, nil): break
            case (let value?, let found):
                words.append(
                    "\(SafeText.escaped(key)) is \(found.map { "\"\(SafeText.escaped($0))\"" } ?? "gone"), instead of \"\(SafeText.escaped(value))\"")
                set.append((key, .string(value)))
            case (nil, _?):
                words.append("\(SafeText.escaped(key)) is back, which was removed")
                removed.append(.string(key))
            }
        }
        for tag in live.tags where approved.isMadeHere && !approved.tags.contains(where: { $0.key.hasSameBytes(as: tag.key) }) {
            words.append("\(SafeText.escaped(tag.key)) is there, and no bundle put it there")
            removed.append(.string(tag.key))
        }
        if words.isEmpty { return DriftFinding("tags", .same, ["as approved"], bundle: bundle) }
        // A bundle may not set or remove the tags of AWS and of countersign itself.
        let isOwn = { (name: String) in name.utf8.starts(with: "aws:".utf8) || name.utf8.starts(with: "countersign:".utf8) }
        set.removeAll { isOwn($0.0) }
        removed.removeAll { isOwn($0.stringValue ?? "") }
        let remedy: [(String, JSONValue?)] = [("change", "set-tags"), key, ("tags", .object(set)), ("removed", .array(removed))]
        return DriftFinding("tags", .differs, words, bundle: bundle, remedy: set.isEmpty && removed.isEmpty ? nil : remedy)
    }

    func state() -> DriftFinding? {
        guard let wanted = approved.state else { return nil }
        if live.state.hasSameBytes(as: wanted.value) { return DriftFinding("state", .same, [wanted.value], bundle: wanted.bundle) }
        let change: String? =
            switch (live.state, wanted.value) {
            case ("Disabled", "Enabled"): "enable-key"
            case ("PendingDeletion", "Enabled"): "cancel-deletion"
            case ("Enabled", "Disabled"): "disable-key"
            default: nil
            }
        return DriftFinding(
            "state", .differs, ["\(SafeText.escaped(live.state)), instead of \(wanted.value)"], bundle: wanted.bundle,
            remedy: change.map { [("change", .string($0)), key] })
    }

    func description() -> DriftFinding? {
        guard let wanted = approved.description else { return nil }
        if live.description.hasSameBytes(as: wanted.value) { return DriftFinding("description", .same, ["as approved"], bundle: wanted.bundle) }
        return DriftFinding(
            "description", .differs, ["\"\(SafeText.escaped(live.description))\", instead of \"\(SafeText.escaped(wanted.value))\""],
            bundle: wanted.bundle, remedy: [("change", "set-description"), key, ("description", .string(wanted.value))])
    }

    func trails() -> [DriftFinding] {
        approved.trails.map { arn, approval in
            guard let found = live.trails.first(where: { $0.arn.hasSameBytes(as: arn) }) else {
                return DriftFinding("trail", .differs, ["\(arn) is gone"], bundle: approval.bundle)
            }
            if let other = found.key, other.hasSameBytes(as: approved.arn) { return DriftFinding("trail", .same, [arn], bundle: approval.bundle) }
            return DriftFinding(
                "trail", .differs, ["\(arn) \(found.key.map { "names the key \(SafeText.escaped($0))" } ?? "names no key")"],
                bundle: approval.bundle, remedy: [("change", "attach-trail"), key, ("trail", .string(arn))],
                policies: [DriftFinding.NamedPolicy(member: "keyPolicy", document: live.policy)])
        }
    }
}
