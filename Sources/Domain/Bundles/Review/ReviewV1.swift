// SPDX-License-Identifier: Apache-2.0
// Review version 1. Its words are fixed for ever: what was signed must render again. A change is a new version.

import Cryptography
import KeyPolicies
import StrictFormats
import Trust

/// Renders review version 1: 78 columns, for people who are no programmers.
struct ReviewV1 {
    static let width = 78

    let payload: BundlePayload
    let digest: Digest
    let root: TrustRoot
    let rootDigest: Digest
    /// The policies as they were read already, where they were.
    var policies: ReadPolicies?

    func render() throws(Refusal) -> String {
        var lines = heading()
        lines += section("IN SHORT", summary())
        lines += section("THE BUNDLE", facts())
        lines += section("WHAT WILL BE SENT, IN THIS ORDER", requests())
        lines += section("WHAT MUST BE SEEN AFTERWARDS", expectations())
        if let policy = payload.policy { lines += section("THE KEY POLICY, STATEMENT BY STATEMENT", try policyWords(policy)) }
        if payload.policy != nil {
            lines += section(payload.base == nil ? "COMPARED WITH" : "WHAT CHANGES AGAINST THE POLICY THAT THE KEY HAS NOW", try difference())
        }
        lines += section("WARNINGS ACCEPTED BY THE PREPARER", waivers())
        lines += section("FINGERPRINT OF THIS BUNDLE", fingerprint())
        return lines.joined(separator: "\n") + "\n"
    }

    private func heading() -> [String] {
        ["COUNTERSIGN REVIEW, version 1", String(repeating: "=", count: Self.width)]
    }

    func section(_ title: String, _ lines: [String]) -> [String] { ["", title] + lines }

    func field(_ label: String, _ text: String) -> [String] {
        TextBlock.field(label, text, labelWidth: 12, width: Self.width)
    }

    /// A digest stands whole on a line of its own.
    func digestLine(_ label: String, _ digest: Digest) -> [String] { ["              \(label)", "       \(digest.text)"] }

    func paragraph(_ text: String, indent: String = "  ") -> [String] { TextBlock.wrap(text, width: Self.width, indent: indent) }

    func quoted(_ text: String) -> String { ReviewText.quoted(text) }

    func wrapped(_ lines: [String]) -> [String] { TextBlock.wrap(lines: lines.map(ReviewText.spaced), width: Self.width, indent: "  ") }

    // MARK: in short

    func summary() -> [String] {
        let target = payload.target
        let place = "in account \(target.account), Region \(target.region)"
        return paragraph(ChangeWords.summary(payload.change, place: place))
            + (ChangeWords.isDestructive(payload.change) ? paragraph("THIS TAKES SOMETHING AWAY. Read every line.") : [])
    }

    // MARK: facts

    func facts() -> [String] {
        let target = payload.target
        return field("Title", quoted(payload.title))
            + field("Ticket", quoted(payload.ticket))
            + field("Back-out", payload.backout.map(quoted) ?? "(none stated)")
            + field("Id", payload.id)
            + field("Prepared by", "\(payload.preparerOwner), at \(payload.created)")
            + digestLine("with the key", payload.preparerKey)
            + field("Window", "opens \(payload.notBefore), closes \(payload.expires) (\(Span.words(payload.validity)))")
            + field("Account", "\(target.account) (partition \(target.partition))")
            + field("Region", target.region)
            + field("Submitted", "by \(target.executor) and nobody else")
            + field(
                "Ledger",
                "\(payload.ledger.origin), which had \(payload.ledger.size) \(payload.ledger.size == 1 ? "entry" : "entries") when this was prepared")
            + digestLine("with the root", payload.ledger.root)
            + field("Trust root", "version \(payload.trust.version) of \(root.origin)")
            + digestLine("with the digest", rootDigest)
            + field("Approval", "\(root.role(.approver).threshold) different people of: \(approvers.joined(separator: ", ")). One reject stops it.")
    }

    /// Who may approve this bundle: not its preparer, and not the owner of the ledger's key unless the trust root allows it.
    private var approvers: [String] {
        let executors = root.limits.executorMayApprove ? [] : root.owners(of: .ledger)
        return root.owners(of: .approver).filter { $0 != payload.preparerOwner && !executors.contains($0) }
    }

    // MARK: requests

    func requests() -> [String] {
        let requests = payload.derivation.requests
        if requests.isEmpty { return paragraph("Nothing is sent.") }
        return requests.enumerated().flatMap { index, request -> [String] in
            let binds = request.binds.map(\.rawValue).joined(separator: ", ")
            let uses = request.uses.map(\.rawValue).joined(separator: ", ")
            return paragraph("\(index + 1). \(request.operation) (\(request.name)) to the service \(request.service)")
                + ChangeWords.request(request, of: payload).flatMap { paragraph($0, indent: "     ") }
                + (uses.isEmpty ? [] : paragraph("takes the \(uses) that an earlier answer gave, and nothing else", indent: "     "))
                + (binds.isEmpty ? [] : paragraph("its answer gives the \(binds)", indent: "     "))
                + paragraph("\(request.body.utf8.count) bytes to \(request.target), pinned as", indent: "     ")
                + paragraph(request.pin.text, indent: "     ")
        }
    }

    func expectations() -> [String] {
        let list = payload.derivation.expectations
        if list.isEmpty { return paragraph("Nothing is read back.") }
        return list.flatMap { TextBlock.wrap("- " + ChangeWords.expectation($0), width: Self.width, indent: "  ", hanging: "    ") }
    }

    // MARK: policy

    private var names: AccountNames { AccountNames(keyAccount: payload.target.account, names: accountRoles) }

    /// What the template's parameters say of accounts.
    var accountRoles: [String: String] {
        var names: [String: String] = [:]
        if let parameters = payload.policy?.parametersValue {
            for (parameter, words) in [
                ("managementAccount", "stated to be the management account"), ("logArchiveAccount", "stated to be the log archive account"),
            ] {
                if let account = parameters[parameter]?.stringValue, account != payload.target.account { names[account] = words }
            }
        }
        return names
    }

    private func read(_ text: String, _ known: PolicyDocument?) throws(Refusal) -> PolicyDocument {
        if let known { return known }
        return try PolicyDocument(text: text)
    }

    func policyWords(_ policy: PolicyPart) throws(Refusal) -> [String] {
        var lines: [String] = []
        if let template = policy.template {
            lines += field("Template", quoted(template.name))
            lines += digestLine("pinned as", template.digest)
        } else {
            lines += field("Template", "none: the document was written by hand")
        }
        if let parameters = policy.parametersValue, let members = parameters.objectValue {
            for member in members { lines += field("Parameter", "\(ReviewText.word(member.name)) = \(ReviewText.value(member.value))") }
        }
        lines += field("Exact text", "\(policy.document.utf8.count) bytes")
        lines += digestLine("pinned as", policy.digest)
        return lines + [""] + wrapped(PolicyWords.lines(try read(policy.document, policies?.document), names))
    }

    func difference() throws(Refusal) -> [String] {
        guard let policy = payload.policy else { return [] }
        guard let base = payload.base else {
            return paragraph(
                payload.change.kind == .createKey
                    ? "nothing: the key is new, so everything above is newly allowed."
                    : "nothing: NO BASE POLICY WAS GIVEN. Whatever policy the key has now is replaced unseen.")
        }
        let difference = PolicyDifference(
            from: try read(base.document, policies?.base), to: try read(policy.document, policies?.document),
            partition: payload.target.partition)
        return field("Base", "\(base.document.utf8.count) bytes") + digestLine("pinned as", base.digest) + [""]
            + wrapped(difference.lines(names))
    }

    func waivers() -> [String] {
        if payload.waivers.isEmpty { return paragraph("none") }
        return payload.waivers.flatMap {
            TextBlock.wrap(
                "- rule \(ReviewText.word($0.rule)) at \(ReviewText.word($0.pointer)): \(quoted($0.reason))", width: Self.width, indent: "  ",
                hanging: "    ")
        }
    }

    // MARK: fingerprint

    func fingerprint() -> [String] {
        let words = digest.fingerprint
        return ["  " + words.prefix(8).joined(separator: " "), "  " + words.dropFirst(8).joined(separator: " "), "  " + digest.text]
            + paragraph("Compare these words with those on the other machines, aloud.")
    }
}
