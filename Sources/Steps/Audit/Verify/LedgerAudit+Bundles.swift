// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

extension LedgerAudit {
    /// A bundle is received once, before its approvals, valid under both roots, for this ledger's own past.
    func bundleReceived(_ entry: Entry, _ id: String, _ envelope: Digest) throws(Refusal) {
        guard let digest = entry.bundle, let chain else { return }
        if lives[digest]?.receivedAt != nil { error("bundle-twice", entry.seq, "the bundle \(digest) was received before") }
        if let other = ids[id], other != digest { error("bundle-id", entry.seq, "the id \(id) stands for two bundles") }
        ids[id] = digest
        var record = BundleRecord(envelope: envelope, verified: nil)
        do throws(Refusal) {
            let verified = try VerifiedBundle.verify(UnverifiedBundle(try artifactEnvelope(envelope, .bundle)), in: chain)
            if verified.digest != digest {
                error("bundle-digest", entry.seq, "entry \(entry.seq) is about \(digest) but holds the bundle \(verified.digest)")
            }
            if verified.payload.id != id { error("bundle-id", entry.seq, "entry \(entry.seq) gives the bundle another id than it has") }
            record.verified = verified
            record.chain = chain
            try checkPast(entry, verified.payload.ledger)
        } catch {
            self.error("bundle-invalid", entry.seq, "the bundle of entry \(entry.seq) does not hold: \(error.message)")
        }
        guard bundles[digest] == nil else { return }
        bundles[digest] = record
        try wake(digest)
    }

    private func checkPast(_ entry: Entry, _ state: LedgerState) throws(Refusal) {
        guard let origin, state.origin.hasSameBytes(as: origin), state.size <= entry.seq else {
            error("bundle-ledger", entry.seq, "the bundle of entry \(entry.seq) was prepared for another ledger")
            return
        }
        if try root(of: state.size) != state.root {
            error(
                "bundle-ledger", entry.seq,
                "the bundle of entry \(entry.seq) pins another state of the first \(state.size) entries: the ledger's past is not what the preparer saw"
            )
        }
    }

    /// Approvals and rejects: signature, person, bundle, and that the entry says what the envelope says.
    func approvalReceived(_ entry: Entry, _ received: EntryData.ApprovalReceived) throws(Refusal) {
        guard let digest = entry.bundle else { return }
        guard let record = bundles[digest], lives[digest]?.receivedAt != nil else {
            error("approval-before-bundle", entry.seq, "entry \(entry.seq) approves or rejects a bundle that was not received before it")
            return
        }
        if let ending = lives[digest]?.ending, received.decision == .reject {
            warning("late-reject", entry.seq, "\(received.approver) rejected the bundle after its execution had ended (entry \(ending.seq))")
        } else if received.decision == .reject, lives[digest]?.isUsedUp == true {
            warning("late-reject", entry.seq, "\(received.approver) rejected the bundle after something of it was sent")
        }
        if received.decision == .reject, lives[digest]?.planChecked != nil {
            warning("late-reject", entry.seq, "\(received.approver) rejected the bundle after its plan had been checked")
        }
        if let bundle = record.verified {
            do throws(Refusal) {
                let envelope = try artifactEnvelope(received.envelope, .approval)
                let newest = try again(digest, bundle)
                let approval = try VerifiedApproval.verify(envelope, for: newest)
                let statement = approval.statement
                if approval.digest != received.payload || approval.keyID != received.keyID || statement.decision != received.decision
                    || !statement.approver.hasSameBytes(as: received.approver)
                {
                    error("approval-differs", entry.seq, "entry \(entry.seq) says something else than the approval that it holds")
                }
                checkReview(entry, statement, bundle)
                bundles[digest]?.approvals.append(
                    KnownApproval(seq: entry.seq, received: received, envelope: envelope, current: approval, under: newest.newest.reference))
            } catch {
                self.error("approval-invalid", entry.seq, "the approval of entry \(entry.seq) does not hold: \(error.message)")
            }
        }
    }

    static let unrenderedReview = "review-version-unknown"

    private func checkReview(_ entry: Entry, _ statement: ApprovalStatement, _ bundle: VerifiedBundle) {
        // Rendered and proven before, from the same bytes.
        if let keeper, entry.seq < keeper.provenSize { return }
        do throws(Refusal) {
            let version = statement.review.version
            let review: Review
            if let known = bundles[bundle.digest]?.reviews[version] {
                review = known
            } else {
                review = try Review(of: bundle, version: version)
                bundles[bundle.digest]?.reviews[version] = review
            }
            if review.digest != statement.review.digest {
                error("review-differs", entry.seq, "\(statement.approver) signed a review that this bundle does not render to")
            }
            // A reject of such a bundle is what should happen.
            if statement.decision == .approve { try review.demandPromises(at: Place()) }
        } catch  where error.code == "assertion-failed" {
            self.error(error.code, entry.seq, "\(statement.approver) approved a policy that does not keep what it must: \(error.message)")
        } catch {
            warning(Self.unrenderedReview, entry.seq, "what \(statement.approver) saw cannot be rendered again: \(error.message)")
        }
    }

    /// The bundle verified again under the newest root, once for each root.
    func again(_ digest: Digest, _ bundle: VerifiedBundle) throws(Refusal) -> VerifiedBundle {
        guard let chain, chain.newest.reference != bundle.newest.reference else { return bundle }
        let verified = try VerifiedBundle.verify(UnverifiedBundle(bundle.envelope), in: chain)
        bundles[digest]?.verified = verified
        bundles[digest]?.chain = chain
        return verified
    }

    /// The approvals and rejects of a bundle that hold under its newest root, each verified once for each root.
    func standing(_ digest: Digest, of bundle: VerifiedBundle) -> [(seq: Int, approval: VerifiedApproval)] {
        guard var approvals = bundles[digest]?.approvals else { return [] }
        for index in approvals.indices where approvals[index].under != bundle.newest.reference {
            guard let envelope = approvals[index].envelope else { preconditionFailure("a bundle that is looked at is awake") }
            approvals[index].under = bundle.newest.reference
            do throws(Refusal) {
                approvals[index].current = try VerifiedApproval.verify(envelope, for: bundle)
            } catch {
                approvals[index].current = nil
            }
        }
        bundles[digest]?.approvals = approvals
        return approvals.compactMap { known in known.current.map { (known.seq, $0) } }
    }
}
