// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
public import Trust

/// A bundle whose one signature is its preparer's, whose requests follow from its change, and which stays within the
/// limits, all under the trust root that it names and under the newest one.
///
/// Says nothing of the clock: the window is asked for apart (formats.md §9, "review checks everything but the clock").
public struct VerifiedBundle: Sendable {
    public let envelope: Envelope
    public let payload: BundlePayload
    /// The trust root that the bundle names.
    public let root: VerifiedTrustRoot
    /// The newest root that was known when it was verified.
    public let newest: VerifiedTrustRoot

    public var digest: Digest { envelope.payloadDigest }

    /// Checks a bundle against a chain of trust; the only way to make this value.
    /// - Throws: `bundle-signatures`, `bundle-signature`, `bundle-trust`, `bundle-preparer`, `bundle-limits` (not permitted), and what decoding throws.
    public static func verify(_ bundle: UnverifiedBundle, in chain: TrustChain) throws(Refusal) -> VerifiedBundle {
        let envelope = bundle.envelope
        let place = Place(file: envelope.file)
        guard envelope.signatures.count == 1 else {
            throw Refusal(
                "bundle-signatures", .badData, "a bundle carries exactly one signature; this one carries \(envelope.signatures.count)", at: place,
                hint: "take the file that prepare wrote")
        }
        let signature = envelope.signatures[0]
        guard let key = chain.key(signature.keyID) else {
            throw Refusal(
                "bundle-signer-unknown", .notPermitted, "it is signed by \(signature.keyID), a key of no trust root given", at: place,
                hint: "give the trust root that the preparer used, with --trust")
        }
        guard key.isValid(signature: signature.signature, for: envelope.message) else {
            throw Refusal(
                "bundle-signature", .notPermitted, "the preparer's signature does not verify: the bundle was changed after it was signed", at: place,
                hint: "ask the preparer for the file as it was written; if it is, treat it as an attack")
        }
        let payload = try bundle.payload()
        guard payload.preparerKey == signature.keyID else {
            throw Refusal(
                "bundle-preparer", .notPermitted,
                "it names the key \(payload.preparerKey) of \(payload.preparerOwner) as its preparer, but \(signature.keyID) signed it", at: place,
                hint: "a bundle is signed by the preparer that it names, whom the trust root lists: countersign trust show")
        }
        guard let root = chain.link(payload.trust) else {
            throw Refusal(
                "bundle-trust", .notPermitted,
                "it names trust root version \(payload.trust.version) (\(payload.trust.digest)), which is not among those given", at: place,
                hint: "give that version too, with --trust")
        }
        let verified = VerifiedBundle(envelope: envelope, payload: payload, root: root, newest: chain.newest)
        try verified.checkUnder(root.root, place)
        if chain.newest.reference != root.reference { try verified.checkUnder(chain.newest.root, place) }
        return verified
    }

    private func checkUnder(_ root: TrustRoot, _ place: Place) throws(Refusal) {
        guard let key = root.key(payload.preparerKey), root.holds(key.id, .preparer), key.owner.hasSameBytes(as: payload.preparerOwner) else {
            throw Refusal(
                "bundle-preparer", .notPermitted,
                "\(payload.preparerOwner) with the key \(payload.preparerKey) is no preparer of trust root version \(root.version)", at: place,
                hint: "a bundle is signed by the preparer that it names, whom the trust root lists: countersign trust show")
        }
        try checkLimits(root, place)
    }

    private func checkLimits(_ root: TrustRoot, _ place: Place) throws(Refusal) {
        let limits = root.limits
        func outside(_ what: String, _ value: String, _ allowed: [String]) -> Refusal {
            Refusal(
                "bundle-limits", .notPermitted,
                "\(what) \(value) is outside the limits of trust root version \(root.version): \(allowed.isEmpty ? "none" : allowed.joined(separator: ", "))",
                at: place, hint: "prepare the change within the limits, or let the root's owners sign a trust root that allows it")
        }
        let target = payload.target
        guard target.partition == limits.partition else { throw outside("partition", target.partition, [limits.partition]) }
        guard limits.accounts.contains(target.account) else { throw outside("account", target.account, limits.accounts) }
        guard limits.regions.contains(target.region) else { throw outside("Region", target.region, limits.regions) }
        guard limits.operations.contains(payload.change.kind.rawValue) else {
            throw outside("operation", payload.change.kind.rawValue, limits.operations)
        }
        guard payload.validity <= limits.maxValiditySeconds else {
            throw outside("a window of", Span.words(payload.validity), ["at most " + Span.words(limits.maxValiditySeconds)])
        }
    }

    /// Demands that the window is open (`notBefore ≤ now < expires`) and the newest root in force.
    /// - Throws: `window-not-open`, `window-over`, `trust-expired` (not permitted).
    public func checkWindow(at now: Instant) throws(Refusal) {
        let place = Place(file: envelope.file)
        let clock = "if it is wrong, say the right time with --now TIME"
        let hint = "this machine's clock says \(now); \(clock)"
        guard payload.notBefore <= now else {
            throw Refusal(
                "window-not-open", .notPermitted, "the bundle's window opens at \(payload.notBefore), in \(Span.words(payload.notBefore - now))",
                at: place, hint: hint)
        }
        guard now < payload.expires else {
            throw Refusal(
                "window-over", .notPermitted, "the bundle's window closed at \(payload.expires), \(Span.words(now - payload.expires)) ago", at: place,
                hint: hint + "; otherwise prepare a new bundle")
        }
        try newest.checkInForce(at: now, clock: clock)
    }
}
