// SPDX-License-Identifier: Apache-2.0

import Bundles
import KeyPolicies
import StrictFormats

/// Holds a planned policy against the approved one, in the grades of docs/key-policies.md: the same meaning counts, not the same bytes.
struct PolicyCheck {
    static let missing = "there is no policy: the key would have the default one"

    let approved: String
    /// The policy that the approved change starts from.
    let base: String?
    let target: Target

    /// What is not as approved, in words; nil where the planned policy means the same.
    func difference(_ text: String, current: String?) -> String? {
        do throws(Refusal) {
            let wanted = try PolicyDocument(text: approved)
            let new = try PolicyDocument(text: text)
            if let base, let current,
                PolicyComparison.grade(try PolicyDocument(text: base), try PolicyDocument(text: current), partition: target.partition) == .different
            {
                return "the key has another policy now than the one that the approved change starts from"
            }
            guard PolicyComparison.grade(wanted, new, partition: target.partition) == .different else { return nil }
            return "it is not the approved policy: \(Self.words(PolicyProver.difference(wanted, new, key: KeyIdentity(account: target.account))))"
        } catch {
            return "it is no policy that can be read: \(error.message)"
        }
    }

    /// The first thing that the planned policy changes, proven.
    private static func words(_ proof: PolicyProof) -> String {
        if let first = proof.newlyAllowed.first {
            return
                "beyond what was approved, \(SafeText.escaped(first.principal.text)) may do \(SafeText.escaped(first.action)) (\(first.before.word) → \(first.after.word))"
        }
        if let first = proof.noLongerAllowed.first {
            return
                "unlike what was approved, \(SafeText.escaped(first.principal.text)) may not do \(SafeText.escaped(first.action)) (\(first.before.word) → \(first.after.word))"
        }
        return proof.complete ? "the same permissions, proven, but written differently" : "what the two permit could not be compared whole"
    }
}
