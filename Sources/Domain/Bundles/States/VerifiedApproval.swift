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
            throw Refusal(
                "approval-signatures", .badData, "an approval carries exactly one signature; this one carries \(envelope.signatures.count)",
                at: place, hint: "let each approver sign a file of their own: countersign approve")
        }
        let signature = envelope.signatures[0]
        let roots = bundle.newest.reference == bundle.root.reference ? [bundle.root] : [bundle.root, bundle.newest]
        guard let key = roots.compactMap({ $0.root.key(signature.keyID) }).first else {
            throw Refusal(
                "approval-signer-unknown", .notPermitted, "it is signed by \(signature.keyID), a key of no trust root in force", at: place,
                hint: "the approver signs with a key that the trust root lists; compare it with countersign trust show")
        }
        guard key.key.isValid(signature: signature.signature, for: envelope.message) else {
            throw Refusal(
                "approval-signature", .notPermitted, "the signature by \(key.owner) does not verify: it was changed after it was signed", at: place,
                hint: "ask the approver for the file as it was written; if it is, treat it as an attack")
        }
        let statement = try envelope.decodePayload(ApprovalStatement.init(json:))
        guard statement.bundle == bundle.digest, statement.bundleID == bundle.payload.id else {
            throw Refusal(
                "approval-other-bundle", .notPermitted, "it is about the bundle \(statement.bundle), not about \(bundle.digest)", at: place,
                hint: "each approval is for the exact bytes of one bundle")
        }
        guard statement.trust == bundle.payload.trust else {
            throw Refusal(
                "approval-trust", .notPermitted, "it names another trust root than its bundle does", at: place,
                hint: "approve the bundle again with the trust root that it names")
        }
        let approval = VerifiedApproval(envelope: envelope, statement: statement, keyID: key.id)
        guard !statement.approver.hasSameBytes(as: bundle.payload.preparerOwner) else {
            throw Refusal(
                "approval-by-preparer", .notPermitted, "\(statement.approver) prepared this bundle and cannot decide on it", at: place,
                hint: "two other people approve")
        }
        try approval.checkPerson(under: roots.map(\.root), place)
        if statement.decision == .approve { try approval.checkTimes(bundle, place) }
        return approval
    }

    /// An approval holds under every root that counts, a reject under one of them.
    private func checkPerson(under roots: [TrustRoot], _ place: Place) throws(Refusal) {
        let objections = roots.map { objection(under: $0, place) }
        if statement.decision == .reject, objections.contains(where: { $0 == nil }) { return }
        if let first = objections.compactMap({ $0 }).first { throw first }
    }

    private func objection(under root: TrustRoot, _ place: Place) -> Refusal? {
        guard let trusted = root.key(keyID), root.holds(keyID, .approver), trusted.owner.hasSameBytes(as: statement.approver) else {
            return Refusal(
                "approval-role", .notPermitted,
                "\(SafeText.escaped(statement.approver)) with the key \(keyID) is no approver under trust root version \(root.version)", at: place,
                hint: "approvers stand in the trust root: countersign trust show lists them")
        }
        guard root.limits.executorMayApprove || !root.owners(of: .ledger).contains(where: { $0.hasSameBytes(as: statement.approver) }) else {
            return Refusal(
                "approval-by-executor", .notPermitted, "\(statement.approver) holds the ledger key and cannot decide on a bundle", at: place,
                hint: "somebody else approves; executorMayApprove in the trust root's limits would allow it")
        }
        return nil
    }

    private func checkTimes(_ bundle: VerifiedBundle, _ place: Place) throws(Refusal) {
        guard statement.created < statement.expires else {
            throw Refusal(
                "approval-window", .notPermitted, "it expires before it was made", at: place, hint: "let the approver sign again: countersign approve"
            )
        }
        guard statement.expires <= bundle.payload.expires else {
            throw Refusal(
                "approval-window", .notPermitted, "it expires later than its bundle", at: place,
                hint: "let the approver sign again: countersign approve")
        }
    }
}
