// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// A trust root that its own root threshold signed, and, from version 2 on, that of the version before.
///
/// Version 1 is self-signed: that it is the right one is known by its digest alone (a pin, or a genesis entry).
public struct VerifiedTrustRoot: Sendable {
    public let root: TrustRoot
    public let envelope: Envelope
    /// Signatures that counted for nothing.
    public let notes: [String]

    public var reference: TrustReference { TrustReference(version: root.version, digest: envelope.payloadDigest) }

    /// Verifies a root; the only way to make this value.
    /// - Parameter previous: the verified version before; nil for version 1, or for a root whose digest is already trusted.
    /// - Throws: `trust-not-signed`, `trust-signature-wrong`, `trust-link`.
    public static func verify(
        _ envelope: Envelope, previous: VerifiedTrustRoot?, trustedDigest: Digest? = nil
    ) throws(Refusal) -> VerifiedTrustRoot {
        try verify(envelope, as: try envelope.decodePayload(TrustRoot.init(json:)), previous: previous, trustedDigest: trustedDigest)
    }

    /// The same for an envelope whose payload was decoded already.
    static func verify(
        _ envelope: Envelope, as root: TrustRoot, previous: VerifiedTrustRoot?, trustedDigest: Digest? = nil
    ) throws(Refusal) -> VerifiedTrustRoot {
        let place = Place(file: envelope.file)
        var verdicts = [try check(envelope, by: root, label: "its own", isLinked: root.version > 1, place: place)]
        if let previous {
            try previous.demandSuccessor(root, at: place)
            verdicts.append(
                try check(envelope, by: previous.root, label: "version \(previous.root.version)'s", isLinked: true, place: place))
        } else if root.version > 1, trustedDigest != envelope.payloadDigest {
            throw Refusal(
                "trust-unlinked", .notPermitted, "version \(root.version) is trusted only through the version before it", at: place,
                hint: "give version \(root.version - 1) too: trust verify FILE --previous OLD, or --trust once for each version")
        }
        return VerifiedTrustRoot(root: root, envelope: envelope, notes: notes(verdicts))
    }

    /// A root that is shown or signed as the next version must be it: what changes is shown against this one.
    /// - Throws: `trust-link` (not permitted).
    public func demandSuccessor(_ next: TrustRoot, at place: Place) throws(Refusal) {
        guard next.version == root.version + 1, next.previous == envelope.payloadDigest, next.origin == root.origin else {
            throw Refusal(
                "trust-link", .notPermitted, "version \(next.version) does not follow version \(root.version) (\(reference.digest))", at: place,
                hint: "a new version names the payload digest of the one before, and keeps its origin")
        }
    }

    /// Demands that the root is in force.
    /// - Parameter clock: what to do where `now` itself may be wrong.
    /// - Throws: `trust-expired` (not permitted).
    public func checkInForce(at now: Instant, clock: String) throws(Refusal) {
        guard let reason = root.whyNotInForce(at: now) else { return }
        throw Refusal(
            "trust-expired", .notPermitted, reason, at: Place(file: envelope.file),
            hint: root.expires <= now ? "the root owners sign a new version first" : "this machine's clock says \(now); \(clock)")
    }

    /// A signature that one of the two versions counts is not one that counted for nothing.
    private static func notes(_ verdicts: [ThresholdVerdict]) -> [String] {
        let ignored = verdicts[0].ignored.filter { mine in
            verdicts.dropFirst().allSatisfy { $0.ignored.contains { $0.position == mine.position } }
        }
        return ignored.map { "signature by \($0.keyID) not counted: \($0.reason.rawValue)" }
    }

    private static func check(
        _ envelope: Envelope, by root: TrustRoot, label: String, isLinked: Bool, place: Place
    ) throws(Refusal) -> ThresholdVerdict {
        let verdict = root.verdict(on: envelope, as: .root)
        if let wrong = verdict.wrong.first {
            throw Refusal(
                "trust-signature-wrong", .notPermitted, "the signature by the known key \(wrong) does not verify", at: place,
                hint: "ask for the file as it was signed; if it is, treat it as an attack")
        }
        guard verdict.isReached else {
            throw Refusal(
                "trust-not-signed", .notPermitted, "\(label) root threshold is not reached: \(verdict.summary)", at: place,
                hint: "each of them signs with: trust sign FILE \(isLinked ? "--previous OLD " : "")--key KEYFILE")
        }
        return verdict
    }
}
