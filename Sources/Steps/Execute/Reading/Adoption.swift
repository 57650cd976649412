// SPDX-License-Identifier: Apache-2.0

import Bundles
import KeyPolicies
import Ledger
import StrictFormats

/// Whether a key that carries a bundle's tag is the one that its CreateKey made (design §4.5, formats.md §9).
///
/// A tag is a claim that anybody with TagResource can make: everything else must fit too.
struct Adoption {
    let service: any KeyService
    let payload: BundlePayload
    /// The last AWS `Date` seen before CreateKey was sent.
    let sentAfter: Instant?

    /// Why the key is not taken; nil where it is.
    func objection(to key: String) throws(Refusal) -> String? {
        do throws(Refusal) {
            if let found = try settings(key) { return found }
            if let found = try tags(key) { return found }
            return try policies(key)
        } catch  where error.code == "aws-access-denied" {
            return "it cannot be read: \(ServerText.short(error.message))"
        }
    }

    private func settings(_ key: String) throws(Refusal) -> String? {
        guard Binding.keyID.accepts(key, in: payload.target) else { return "its id has no known form" }
        guard case .createKey(_, let description, _, _) = payload.change else { return "this bundle creates no key" }
        guard let settings = try service.settings(of: key).value else { return "it cannot be described yet" }
        guard [settings.keySpec, settings.keyUsage, settings.origin] == ["SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS"], !settings.multiRegion
        else {
            return "its settings are not those approved"
        }
        guard ["Enabled", "Creating"].contains(settings.state) else { return "its state is \(ServerText.shown(settings.state))" }
        guard settings.description.hasSameBytes(as: description) else { return "its description is not the one approved" }
        guard let created = settings.created else { return "its creation date is not shown" }
        guard let sentAfter else { return "no date of AWS is known from before the request was sent" }
        return created < sentAfter ? "it was created at \(created); the request was sent after \(sentAfter)" : nil
    }

    private func tags(_ key: String) throws(Refusal) -> String? {
        guard case .createKey(_, _, _, let tags) = payload.change else { return nil }
        let wanted = ([Tag(key: Derivation.changeTag, value: payload.id)] + tags).map(Self.bytes).sorted { $0.lexicographicallyPrecedes($1) }
        let seen = (try service.tags(of: key).value ?? []).map(Self.bytes).sorted { $0.lexicographicallyPrecedes($1) }
        return seen == wanted ? nil : "its tags are not exactly those approved"
    }

    /// A tag as bytes: strings that are only canonically equal are two tags to KMS. 0xFF stands in no UTF-8.
    private static func bytes(_ tag: Tag) -> [UInt8] { Array(tag.key.utf8) + [0xFF] + Array(tag.value.utf8) }

    private func policies(_ key: String) throws(Refusal) -> String? {
        guard let policy = try service.policy(of: key, named: "default").value,
            LivePolicy.grade(policy, payload.policy?.document ?? "", payload.target) != .different
        else { return "its policy is not the one approved" }
        guard try service.grants(on: key).value.isEmpty else { return "it has grants" }
        guard try service.policy(of: key, named: "AWS_RAM").value == nil else { return "it is shared through AWS RAM" }
        return nil
    }
}
