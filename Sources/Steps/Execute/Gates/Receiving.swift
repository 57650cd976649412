// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import Cryptography
public import Ledger
public import StrictFormats
public import Trust

/// Takes trust roots, bundles and approvals into a ledger, each verified first (formats.md §6, §9).
///
/// What is refused leaves a trace: the caller records it with `refuse`.
public struct Receiving {
    public let store: LedgerStore

    private let reviews: ReviewShelf

    /// - Parameter reviews: where a bundle's review may stand already.
    public init(_ store: LedgerStore, _ reviews: ReviewShelf = ReviewShelf()) {
        self.store = store
        self.reviews = reviews
    }

    /// A newer trust root; one that the chain has already changes nothing.
    /// - Returns: whether it was new.
    @discardableResult
    public func trustRoot(_ envelope: Envelope, now: Instant) throws(Refusal) -> Bool {
        if store.history.chain.links.contains(where: { $0.envelope.payloadDigest == envelope.payloadDigest }) { return false }
        try store.appendTrust(envelope, now: now)
        return true
    }

    /// Verifies a bundle for this ledger; records it when it is new.
    @discardableResult
    public func bundle(_ unverified: UnverifiedBundle, now: Instant) throws(Refusal) -> VerifiedBundle {
        let place = Place(file: unverified.envelope.file)
        let bundle = try VerifiedBundle.verify(unverified, in: store.history.chain)
        if let other = store.history.ids[bundle.payload.id], other != bundle.digest {
            throw Refusal(
                "bundle-id-reused", .notPermitted, "this ledger knows the id \(bundle.payload.id) with another digest (\(other))", at: place,
                hint: "prepare it again with a fresh id")
        }
        try checkPast(bundle.payload.ledger, place)
        if store.history.lives[bundle.digest]?.receivedAt == nil {
            try store.append(
                [
                    Draft(
                        .bundleReceived(id: bundle.payload.id, envelope: bundle.envelope.envelopeDigest), bundle: bundle.digest,
                        artifacts: [bundle.envelope.bytes])
                ], now: now)
        }
        return bundle
    }

    /// A bundle runs in one ledger only: the one that has the named root at the named size.
    func checkPast(_ state: LedgerState, _ place: Place) throws(Refusal) {
        guard state.origin.hasSameBytes(as: store.origin) else {
            throw Refusal(
                "ledger-other", .notPermitted,
                "the bundle was prepared for the ledger \(SafeText.escaped(state.origin)); this one is \(store.origin)", at: place)
        }
        try LedgerPast.check(size: state.size, root: state.root, of: store.reader, place: place)
    }

    /// An approval or reject; one that is recorded already changes nothing.
    @discardableResult
    public func approval(_ envelope: Envelope, for bundle: VerifiedBundle, now: Instant) throws(Refusal) -> VerifiedApproval {
        let approval = try VerifiedApproval.verify(envelope, for: bundle)
        let known = store.history.lives[bundle.digest]?.approvals.contains { $0.payload == approval.digest } ?? false
        if !known {
            try checkReview(approval, bundle)
            let data = EntryData.ApprovalReceived(
                envelope: envelope.envelopeDigest, payload: approval.digest, decision: approval.statement.decision,
                approver: approval.statement.approver, keyID: approval.keyID)
            try store.append([Draft(.approvalReceived(data), bundle: bundle.digest, artifacts: [envelope.bytes])], now: now)
        }
        return approval
    }

    /// A plan that was found to be exactly what was approved; one that is recorded already changes nothing (decision record 0016).
    /// - Throws: `plan-checked-…`, `bundle-already-executed` (not permitted), and what the approvals' count throws.
    public func planCheck(_ envelope: Envelope, for bundle: VerifiedBundle, now: Instant) throws(Refusal) {
        let life = store.history.lives[bundle.digest] ?? BundleLife()
        let place = Place(file: envelope.file)
        if let known = life.planChecked {
            if known.payload == envelope.payloadDigest { return }
            throw Refusal(
                "plan-checked-already", .notPermitted, "another plan of this bundle was checked already, by \(known.checker)", at: place,
                hint: "one bundle is applied once; prepare a new one for another plan")
        }
        guard !life.isUsedUp, life.ending == nil else {
            throw Refusal(
                "bundle-already-executed", .notPermitted, "the executor has used this bundle up", at: place,
                hint: "a bundle runs once, for all time; prepare a new one for what is left")
        }
        let checked = try VerifiedPlanCheck.verify(
            envelope, for: bundle, approvals: try storedApprovals(for: bundle), recorded: try max(now, lastTime()), reviews: reviews)
        let statement = checked.statement
        let data = EntryData.PlanChecked(
            envelope: envelope.envelopeDigest, payload: checked.digest, checker: statement.checker, keyID: checked.keyID, plan: statement.plan,
            approvals: statement.approvals)
        try store.append([Draft(.planChecked(data), bundle: bundle.digest, artifacts: [envelope.bytes])], now: now)
    }

    /// When the newest entry was written: no entry is dated before it.
    private func lastTime() throws(Refusal) -> Instant {
        guard let bytes = try store.reader.entry(store.size - 1) else {
            throw Refusal("ledger-damaged", .badData, "the ledger's last entry is missing", at: Place(file: store.path))
        }
        return try Entry(bytes).time
    }

    /// A decision on a text that this bundle does not render to would stand in the ledger as an error for ever
    /// (formats.md §9, "Approval"): it is refused before it is recorded. An unknown version is only a warning there.
    private func checkReview(_ approval: VerifiedApproval, _ bundle: VerifiedBundle) throws(Refusal) {
        do throws(Refusal) {
            _ = try reviews.check(approval.statement.review, of: bundle)
        } catch {
            guard error.code != "review-version-unknown" else { return }
            throw error.inFile(approval.envelope.file)
        }
    }

    /// The bundle that the ledger holds under that digest, verified again from its bytes.
    public func stored(_ digest: Digest) throws(Refusal) -> VerifiedBundle {
        try verified(digest, try storedEnvelope(digest), in: store.history.chain)
    }

    /// The same under the root that it names and those before: what was sent must be settled, and can be ended, even if a
    /// newer root would no longer let it be sent.
    public func asReceived(_ digest: Digest) throws(Refusal) -> VerifiedBundle {
        let envelope = try storedEnvelope(digest)
        let named = try envelope.decodePayload(BundlePayload.init(json:)).trust
        var chain = TrustChain(store.history.chain.first)
        for link in store.history.chain.links.dropFirst() where chain.newest.reference != named { try chain.append(link.envelope) }
        return try verified(digest, envelope, in: chain)
    }

    /// What the ledger holds under a bundle's name is that bundle and no other, however good.
    private func verified(_ digest: Digest, _ envelope: Envelope, in chain: TrustChain) throws(Refusal) -> VerifiedBundle {
        let bundle = try VerifiedBundle.verify(UnverifiedBundle(envelope), in: chain)
        guard bundle.digest == digest else {
            throw Refusal(
                "ledger-artifact", .badData, "the ledger holds the bundle \(bundle.digest) under the name of \(digest)", at: Place(file: store.path),
                hint: "run audit verify on it; it is not written to until this is explained")
        }
        return bundle
    }

    private func storedEnvelope(_ digest: Digest) throws(Refusal) -> Envelope {
        guard let envelope = store.history.lives[digest]?.envelope, let bytes = try store.reader.artifact(envelope) else {
            throw Refusal(
                "bundle-not-received", .notPermitted, "the ledger holds no bundle \(digest)",
                hint: "record it first: countersign ledger record LEDGER BUNDLE --key KEY")
        }
        return try Envelope(bytes, expecting: .bundle)
    }

    /// Every approval and reject of a bundle, verified again; those that no longer hold under the newest root do not count.
    public func storedApprovals(for bundle: VerifiedBundle) throws(Refusal) -> [VerifiedApproval] {
        var result: [VerifiedApproval] = []
        for received in store.history.lives[bundle.digest]?.approvals ?? [] {
            guard let bytes = try store.reader.artifact(received.envelope) else {
                throw Refusal("ledger-artifact", .badData, "the artifact \(received.envelope) is missing", at: Place(file: store.path))
            }
            let envelope = try Envelope(bytes, expecting: .approval)
            do throws(Refusal) {
                let approval = try VerifiedApproval.verify(envelope, for: bundle)
                guard approval.digest == received.payload, approval.keyID == received.keyID, approval.statement.decision == received.decision else {
                    throw Refusal(
                        "ledger-artifact", .badData, "the ledger holds another decision of \(received.approver) than its entry says",
                        at: Place(file: store.path), hint: "run audit verify on it; it is not written to until this is explained")
                }
                result.append(approval)
            } catch  where error.category == .notPermitted {
                continue
            }
        }
        return result
    }

    /// Writes down that something was refused, and why. Secrets never stand in a refusal.
    ///
    /// The same refusal right after itself says nothing new: a job that runs again and again does not fill the ledger.
    public func refuse(_ refusal: Refusal, bundle: Digest?, now: Instant) throws(Refusal) {
        let data = EntryData.executionRefused(code: refusal.code, message: ServerText.shown(refusal.message))
        if let last = try store.reader.entry(store.size - 1) {
            let entry = try Entry(last)
            if entry.data == data, entry.bundle == bundle { return }
        }
        try store.append([Draft(data, bundle: bundle)], now: now)
    }
}
