// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
public import Trust

/// An approval or reject of one bundle, signed by a key that may speak for an approver.
public struct VerifiedApproval: Sendable {
    public let envelope: Envelope
    public let statement: ApprovalStatement
    public let keyID: Digest

    public var digest: Digest { envelope.payloadDigest }

    /// Which roots it must hold under.
    enum Demand { case bothRoots, eitherRoot }

    /// Checks one against its bundle (formats.md §5, §9); the only way to make this value.
    ///
    /// An approval must hold under the bundle's root and the newest; a reject under one of them.
    /// - Throws: `approval-…` (not permitted, or bad data for its form).
    public static func verify(_ envelope: Envelope, for bundle: VerifiedBundle) throws(Refusal) -> VerifiedApproval {
        let place = Place(file: envelope.file)
        guard envelope.signatures.count == 1 else {
            throw Refusal("approval-signatures", .badData, "an approval carries exactly one signature; this one carries \(envelope.signatures.count)", at: place)
        }
        let signature = envelope.signatures[0]
        let roots = bundle.newest.reference == bundle.root.reference ? [bundle.root] : [bundle.root, bundle.newest]
        guard let key = roots.compactMap({ $0.root.key(signature.keyID) }).first else {
            throw Refusal("approval-signer-unknown", .notPermitted, "it is signed by \(signature.keyID), a key of no trust root in force", at: place)
        }
        guard key.key.isValid(signature: signature.signature, for: envelope.message) else {
            throw Refusal("approval-signature", .notPermitted, "the signature by \(key.owner) does not verify: it was changed after it was signed", at: place)
        }
        let statement = try envelope.decodePayload(ApprovalStatement.init(json:))
        guard statement.bundle == bundle.digest, statement.bundleID == bundle.payload.id else {
            throw Refusal(
                "approval-other-bundle", .notPermitted, "it is about the bundle \(statement.bundle), not about \(bundle.digest)", at: place,
                hint: "each approval is for the exact bytes of one bundle")
        }
        guard statement.trust == bundle.payload.trust else {
            throw Refusal("approval-trust", .notPermitted, "it names another trust root than its bundle does", at: place)
        }
        let holds = { (root: VerifiedTrustRoot) in
            guard let trusted = root.root.key(key.id) else { return false }
            return root.root.holds(key.id, .approver) && trusted.owner.hasSameBytes(as: statement.approver)
        }
        let counted = statement.decision == .reject ? roots.contains(where: holds) : roots.allSatisfy(holds)
        guard counted else {
            throw Refusal(
                "approval-role", .notPermitted,
                "\(SafeText.escaped(statement.approver)) with the key \(key.id) is no approver under the trust roots in force", at: place)
        }
        let approval = VerifiedApproval(envelope: envelope, statement: statement, keyID: key.id)
        try approval.checkPerson(bundle, roots, place)
        if statement.decision == .approve, statement.expires > bundle.payload.expires {
            throw Refusal("approval-window", .notPermitted, "it expires later than its bundle", at: place)
        }
        return approval
    }

    private func checkPerson(_ bundle: VerifiedBundle, _ roots: [VerifiedTrustRoot], _ place: Place) throws(Refusal) {
        guard !statement.approver.hasSameBytes(as: bundle.payload.preparerOwner) else {
            throw Refusal(
                "approval-by-preparer", .notPermitted, "\(statement.approver) prepared this bundle and cannot decide on it", at: place,
                hint: "two other people approve")
        }
        for root in roots where !root.root.limits.executorMayApprove {
            if root.root.owners(of: .ledger).contains(where: { $0.hasSameBytes(as: statement.approver) }) {
                throw Refusal("approval-by-executor", .notPermitted, "\(statement.approver) holds the ledger key and cannot decide on a bundle", at: place)
            }
        }
    }
}
