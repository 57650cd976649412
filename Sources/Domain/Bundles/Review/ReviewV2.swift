// SPDX-License-Identifier: Apache-2.0
// Review versions 2 and 3. Their words are fixed for ever: what was signed must render again. A change is a new version.

import Cryptography
import KeyPolicies
import StrictFormats
import Threads
import Trust

/// Renders review version 2: what version 1 shows, and before it what is proven: whom the policy lets in and shuts out, who may do
/// what before and after, and whether it keeps what the template promises.
///
/// Version 3 (decision record 0026) names every caller with what its own account is said to be, says that nothing is known of what is lost where no
/// base was given, counts who cannot be made out as not proven, and leaves the preparer's statements the preparer's.
struct ReviewV2 {
    /// The sections that both versions have.
    private let first: ReviewV1
    private let evidence: PolicyEvidence?
    private let version: Int

    private var payload: BundlePayload { first.payload }

    /// The text, and what is proven in it.
    /// - Parameters:
    ///   - first: the same as version 1 would show it, with its policies read.
    ///   - version: 2 or 3.
    static func render(_ first: ReviewV1, version: Int) throws(Refusal) -> (text: String, evidence: PolicyEvidence?) {
        // Beside the promises and their proofs: the comparison, and then what both versions show.
        let comparison = first.policies.map { PolicyEvidence.comparing($0, for: first.payload) }
        let shared = Alongside { Result { () throws(Refusal) in try sharedSections(first, version) } }
        let evidence = first.policies.flatMap { policies in comparison.map { PolicyEvidence(first.payload, policies, $0) } }
        let proven = ReviewV2(first: first, evidence: evidence, version: version).provenSections()
        return ((proven + (try shared.value().get())).joined(separator: "\n") + "\n", evidence)
    }

    private func provenSections() -> [String] {
        let gained = WitnessWords.groups(evidence?.gained ?? [])
        let lost = WitnessWords.groups(evidence?.lost ?? [])
        let names = roles
        var lines = ["COUNTERSIGN REVIEW, version \(version)", String(repeating: "=", count: ReviewV1.width)]
        lines += first.section("IN SHORT", summary(gained: gained.count, lost: lost.count))
        if let evidence {
            lines += first.section("NEWLY ALLOWED", changes(gained, evidence, names))
            lines += first.section("NO LONGER ALLOWED", isBlind ? first.paragraph(Self.blind) : changes(lost, evidence, names))
            let rights = RightsWords(before: evidence.before, after: evidence.after, names: names)
            lines += first.section("WHO MAY DO WHAT WITH THE KEY", rights.lines)
            lines += first.section("WHAT MUST BE TRUE OF THE POLICY", promises(evidence))
        }
        return lines
    }

    private static func sharedSections(_ first: ReviewV1, _ version: Int) throws(Refusal) -> [String] {
        let payload = first.payload
        var lines = first.section("THE BUNDLE", first.facts())
        lines += first.section("WHAT WILL BE SENT, IN THIS ORDER", first.requests())
        lines += first.section("WHAT MUST BE SEEN AFTERWARDS", first.expectations())
        if let policy = payload.policy {
            lines += first.section("THE KEY POLICY, STATEMENT BY STATEMENT", try first.policyWords(policy))
            lines += first.section(payload.base == nil ? "COMPARED WITH" : "WHAT CHANGES IN THE WORDS OF THE POLICY", try first.difference())
        }
        if version == 2 {
            lines += first.section("WARNINGS ACCEPTED BY THE PREPARER", first.waivers())
        } else {
            // Whether the rules find more is not in the bundle: an honest prepare refuses then, and another program need not.
            let stated = payload.waivers.isEmpty ? first.paragraph("none stated") : first.waivers()
            lines += first.section("WARNINGS THAT THE PREPARER STATES TO HAVE ACCEPTED", stated)
        }
        return lines + first.section("FINGERPRINT OF THIS BUNDLE", first.fingerprint())
    }

    /// - Parameters: how many things are newly and no longer allowed.
    private func summary(gained: Int, lost: Int) -> [String] {
        let target = payload.target
        let words = ChangeWords.summary(payload.change, place: "in account \(target.account), Region \(target.region)")
        return (warning.map { first.paragraph("!!! \($0)") } ?? []) + first.paragraph(words)
            + (evidence.map { verdict($0, gained: gained, lost: lost) } ?? [])
    }

    /// The first line of what takes something away.
    private var warning: String? {
        switch payload.change {
        case .disableKey: "THIS STOPS THE KEY. WHILE IT IS DISABLED, NO LOG IS WRITTEN AND NONE CAN BE READ."
        case .scheduleDeletion: "THIS DESTROYS THE KEY, AND WITH IT EVERY LOG THAT IT ENCRYPTED. FOR EVER."
        case .moveAlias: "THIS TAKES A NAME AWAY FROM A KEY: WHOEVER USES THE NAME GETS ANOTHER KEY."
        case .revokeGrant: "THIS TAKES RIGHTS AWAY: WHO USED THE GRANT CAN NO LONGER USE THE KEY BY IT."
        default: nil
        }
    }

    /// A policy is put in the place of one that the bundle does not have.
    private var isBlind: Bool { version > 2 && payload.base == nil && payload.change.kind != .createKey }

    private static let blind = "!!! UNKNOWN: no base policy was given. Whatever the key allows now is replaced unseen."

    private func isComplete(_ evidence: PolicyEvidence) -> Bool { evidence.isComplete && (version == 2 || evidence.unknownCallers.isEmpty) }

    /// What the proofs say, in a line each.
    private func verdict(_ evidence: PolicyEvidence, gained: Int, lost: Int) -> [String] {
        var lines: [String] = []
        if !isComplete(evidence) {
            lines += ["!!! NOT EVERYTHING COULD BE PROVEN. What is not proven may be allowed. Do not approve this without an expert."]
            let gaps = evidence.difference.gaps + (version == 2 ? [] : evidence.unknownCallers)
            lines += gaps.map { "    not decided: \(SafeText.escaped($0.statement)): \(SafeText.escaped($0.reason))" }
        }
        if isBlind {
            lines.append(Self.blind)
        } else if payload.base == nil {
            lines.append("There is no policy to compare with: all that this one allows is new.")
        } else if evidence.isSame, isComplete(evidence) {
            lines.append("The same permissions, proven. Only the words of the policy differ.")
        } else {
            func count(_ number: Int) -> String { number == 0 ? "nothing" : number == 1 ? "1 thing" : "\(number) things" }
            lines.append(
                "Newly allowed: \(count(gained)). No longer allowed: \(count(lost)). \(isComplete(evidence) ? "Proven for every caller and every request." : "")"
            )
        }
        lines.append(promiseVerdict(evidence))
        return lines.flatMap { first.paragraph($0) }
    }

    private func promiseVerdict(_ evidence: PolicyEvidence) -> String {
        if evidence.promises.problem != nil { return "!!! WHAT MUST BE TRUE OF THE POLICY COULD NOT BE PROVEN. Reject this." }
        let all = evidence.verdicts.count
        if evidence.broken.isEmpty { return "What must be true of the policy: all \(all) assertions proven." }
        return "!!! WHAT MUST BE TRUE OF THE POLICY IS NOT: \(evidence.broken.count) of \(all) assertions fail. Reject this."
    }

    private func changes(_ groups: [WitnessWords.Group], _ evidence: PolicyEvidence, _ names: [String: String]) -> [String] {
        if groups.isEmpty {
            return first.paragraph(isComplete(evidence) ? "nothing, proven" : "nothing was found, BUT NOT EVERYTHING COULD BE PROVEN")
        }
        return first.wrapped(groups.flatMap { WitnessWords.lines($0, names: names, eachCaller: version > 2) })
    }

    /// What accounts are: the key's, and what the parameters say.
    private var roles: [String: String] {
        first.accountRoles.merging([payload.target.account: "the key's own account"]) { $1 }
    }

    private func promises(_ evidence: PolicyEvidence) -> [String] {
        let head: String
        switch evidence.promises.voucher {
        case .template(let name):
            head =
                "The template \(ReviewText.quoted(name)) asserts this of every policy made from it, with the parameters below. It was proven here, for every caller and every request:"
        case .unknownTemplate(let name):
            head =
                "NO KNOWN TEMPLATE VOUCHES FOR THIS POLICY: \(ReviewText.quoted(name)) is none of those that this release knows. Only this was proven, that nobody is locked out:"
        case .nobody: head = "NO TEMPLATE VOUCHES FOR THIS POLICY: it was written by hand. Only this was proven, that nobody is locked out:"
        }
        if let problem = evidence.promises.problem { return first.paragraph("!!! NOT PROVEN: \(SafeText.escaped(problem))") }
        var lines: [String] = []
        for verdict in evidence.verdicts {
            switch verdict.verdict.outcome {
            case .holds: lines.append("- proven: \(verdict.claim.name)")
            case .undecided: lines.append("- NOT PROVEN: \(verdict.claim.name)")
            case .violated: lines.append("- VIOLATED: \(verdict.claim.name)")
            }
            lines += WitnessWords.groups(verdict.verdict.witnesses).flatMap(WitnessWords.example).map { "    \($0)" }
            lines += verdict.verdict.gaps.map { "    not decided: \(SafeText.escaped($0.statement)): \(SafeText.escaped($0.reason))" }
        }
        return first.paragraph(head) + first.wrapped(lines)
    }
}
