// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

extension LedgerAudit {
    /// Sent: in one transaction with its intent, or after a quorum of witnesses saw it; before the end, within the window, with approvals that still count, under a
    /// root in force, and not after a reject (formats.md §6, §9).
    func sent(_ entry: Entry, _ intent: Int, _ date: Instant?) throws(Refusal) {
        guard let (bundle, life) = subject(entry), let digest = entry.bundle else { return }
        guard let attempt = life.attempts.first(where: { $0.seq == intent }), attempt.state == .intended else {
            error("order", entry.seq, "entry \(entry.seq) sends what was not intended, or was sent before")
            return
        }
        if [bundle.root.root, chain?.newest.root].contains(where: { $0?.limits.witnessBeforeSend ?? false }) {
            // Cosignatures are read after the entries: this is judged then.
            witnessedSends.append((entry.seq, intent, entry.time))
        } else if entry.seq != intent + 1 || lastCheckpoint > intent {
            error("sent-apart", entry.seq, "the intent (entry \(intent)) and its sending are not one transaction")
        }
        if life.ending != nil { error("sent-after-end", entry.seq, "entry \(entry.seq) sends after the execution's end") }
        checkAlone(entry, digest)
        let clock = SendClock(date: date, entry: entry.time)
        if !clock.isWithin(bundle.payload) {
            error("sent-outside-window", entry.seq, "entry \(entry.seq) sends at \(clock.words), outside of the bundle's window")
        }
        if let newest = chain?.newest.root, clock.isPast(newest.expires) {
            error("sent-outside-window", entry.seq, "entry \(entry.seq) sends under an expired trust root")
        }
        checkStillApproved(entry, bundle, digest, clock)
    }

    /// One execution is open at a time in a ledger.
    func checkAlone(_ entry: Entry, _ digest: Digest) {
        if let openExecution, openExecution != digest {
            error("two-executions", entry.seq, "another bundle's execution (\(openExecution)) was still open")
        }
    }

    /// What the last authorization counted on must hold at the send too, and no reject may have come.
    private func checkStillApproved(_ entry: Entry, _ original: VerifiedBundle, _ digest: Digest, _ clock: SendClock) {
        let bundle: VerifiedBundle
        do throws(Refusal) {
            bundle = try again(digest, original)
        } catch {
            self.error("sent-unapproved", entry.seq, "entry \(entry.seq) sends although the bundle no longer held: \(error.message)")
            return
        }
        let standing = standing(digest, of: bundle)
        for (seq, reject) in standing where reject.statement.decision == .reject {
            error(
                "sent-after-reject", entry.seq,
                "entry \(entry.seq) sends although \(reject.statement.approver) had rejected the bundle (entry \(seq))")
        }
        let counted = bundles[digest]?.authorized ?? []
        let owners = Set(
            standing.map(\.approval).filter {
                $0.statement.decision == .approve && counted.contains($0.digest) && !clock.isPast($0.statement.expires)
            }.map(\.statement.approver))
        for root in [bundle.root.root, bundle.newest.root] where owners.count < root.role(.approver).threshold {
            error("sent-unapproved", entry.seq, "entry \(entry.seq) sends with \(owners.count) of \(root.role(.approver).threshold) approvers")
            return
        }
    }
}

/// When something was sent: by AWS's clock where it is known, and by the ledger's own, which may differ by five minutes.
private struct SendClock {
    let date: Instant?
    let entry: Instant

    static let slack = 300

    var words: String { date.map { "\($0) by AWS's clock, \(entry) by the ledger's" } ?? "\(entry)" }

    func isPast(_ expires: Instant) -> Bool { date.map { $0 >= expires } ?? false || entry + -Self.slack >= expires }

    func isWithin(_ payload: BundlePayload) -> Bool {
        !isPast(payload.expires) && !(date.map { $0 < payload.notBefore } ?? false) && entry + Self.slack >= payload.notBefore
    }
}
