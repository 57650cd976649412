// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
public import Trust

/// A signed word that a plan is exactly what was approved, by somebody whom the trust root lists, on approvals that counted.
public struct VerifiedPlanCheck: Sendable {
    public let envelope: Envelope
    public let statement: PlanCheckedStatement
    public let keyID: Digest

    public var digest: Digest { envelope.payloadDigest }

    /// Seconds by which the checker's clock may be ahead of the ledger's.
    static let tolerance = 300
    /// Who may have checked: those who prepare, those who approve, and the ledger's key.
    private static let roles: [RoleName] = [.preparer, .approver, .ledger]
    /// The changes that infrastructure code does not make as they are approved.
    private static let otherKinds: [ChangeKind] = [.scheduleDeletion, .cancelDeletion, .revokeGrant, .acknowledge]

    /// Checks one against its bundle (docs/formats/plan-checked.md); the only way to make this value.
    /// - Parameters:
    ///   - approvals: all approvals and rejects of the bundle that are recorded and hold, each verified for it.
    ///   - recorded: when the ledger takes it in: the windows must be open then, and when it was made.
    /// - Throws: `plan-checked-…` (not permitted, or bad data for its form), and what `ApprovedBundle.count` throws.
    public static func verify(
        _ envelope: Envelope, for bundle: VerifiedBundle, approvals: [VerifiedApproval], recorded: Instant, reviews: ReviewShelf = ReviewShelf()
    ) throws(Refusal) -> VerifiedPlanCheck {
        let place = Place(file: envelope.file)
        guard envelope.signatures.count == 1 else {
            throw Refusal(
                "plan-checked-signatures", .badData, "a checked plan carries exactly one signature; this one carries \(envelope.signatures.count)",
                at: place, hint: "sign it with: countersign check-plan --key KEY --out FILE")
        }
        let signature = envelope.signatures[0]
        let roots = bundle.newest.reference == bundle.root.reference ? [bundle.root] : [bundle.root, bundle.newest]
        guard let key = roots.compactMap({ $0.root.key(signature.keyID) }).first else {
            throw Refusal(
                "plan-checked-signer-unknown", .notPermitted, "it is signed by \(signature.keyID), a key of no trust root in force", at: place,
                hint: "the trust root lists who may sign: countersign trust show")
        }
        guard key.key.isValid(signature: signature.signature, for: envelope.message) else {
            throw Refusal(
                "plan-checked-signature", .notPermitted, "the signature by \(key.owner) does not verify: it was changed after it was signed",
                at: place, hint: "check the plan again; if the file is as it was written, treat it as an attack")
        }
        let statement = try envelope.decodePayload(PlanCheckedStatement.init(json:))
        guard statement.bundle == bundle.digest, statement.bundleID.hasSameBytes(as: bundle.payload.id) else {
            throw Refusal(
                "plan-checked-other-bundle", .notPermitted, "it is about the bundle \(statement.bundle), not about \(bundle.digest)", at: place,
                hint: "a plan is checked against the exact bytes of one bundle")
        }
        guard !otherKinds.contains(bundle.payload.change.kind) else {
            throw Refusal(
                "plan-checked-kind", .notPermitted, "infrastructure code does not make a \(bundle.payload.change.kind.rawValue) as it is approved",
                at: place, hint: "run the bundle with: countersign execute")
        }
        let checked = VerifiedPlanCheck(envelope: envelope, statement: statement, keyID: key.id)
        try checked.checkPerson(under: roots.map(\.root), place)
        guard statement.trust == bundle.newest.reference else {
            throw Refusal(
                "plan-checked-trust", .notPermitted, "it was checked under trust root version \(statement.trust.version), which is not the newest",
                at: place, hint: "check the plan again, with --trust for each version up to \(bundle.newest.root.version)")
        }
        try checked.checkApprovals(bundle, approvals, recorded, reviews, place)
        return checked
    }

    /// The owner who may sign with a key, under both roots that count.
    /// - Throws: `plan-checked-role` (not permitted).
    public static func checker(holding key: Digest, of bundle: VerifiedBundle) throws(Refusal) -> String {
        guard let owner = bundle.newest.root.key(key)?.owner else { throw notListed(key, bundle.newest.root, Place()) }
        for root in [bundle.root.root, bundle.newest.root] {
            guard root.key(key)?.owner.hasSameBytes(as: owner) ?? false, roles.contains(where: { root.holds(key, $0) }) else {
                throw notListed(key, root, Place())
            }
        }
        return owner
    }

    private static func notListed(_ key: Digest, _ root: TrustRoot, _ place: Place) -> Refusal {
        Refusal(
            "plan-checked-role", .notPermitted,
            "the key \(key) is no preparer's, approver's or ledger key under trust root version \(root.version)", at: place,
            hint: "countersign trust show lists who holds which role")
    }

    private func checkPerson(under roots: [TrustRoot], _ place: Place) throws(Refusal) {
        for root in roots {
            guard let trusted = root.key(keyID), Self.roles.contains(where: { root.holds(keyID, $0) }),
                trusted.owner.hasSameBytes(as: statement.checker)
            else { throw Self.notListed(keyID, root, place) }
        }
    }

    /// The approvals that it names are enough, then and now, and nobody rejected the bundle.
    private func checkApprovals(
        _ bundle: VerifiedBundle, _ approvals: [VerifiedApproval], _ recorded: Instant, _ reviews: ReviewShelf, _ place: Place
    ) throws(Refusal) {
        guard statement.created <= recorded + Self.tolerance else {
            throw Refusal(
                "plan-checked-time", .notPermitted, "it is dated \(statement.created), later than the ledger's time \(recorded)", at: place,
                hint: "one of the two clocks is wrong")
        }
        let counted = approvals.filter { $0.statement.decision == .reject || statement.approvals.contains($0.digest) }
        for moment in [statement.created, recorded] {
            let approved = try ApprovedBundle.count(counted, for: bundle, at: moment, reviews: reviews)
            guard approved.approvals.map(\.digest) == statement.approvals else {
                throw Refusal(
                    "plan-checked-approvals", .notPermitted, "it names an approval that is not recorded, does not hold, or had expired", at: place,
                    hint: "record the bundle's approvals first: countersign ledger record LEDGER APPROVAL --key KEY")
            }
        }
    }
}
