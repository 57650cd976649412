// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

extension LedgerAudit {
    /// Makes what an entry is about ready to be judged against: what rests is derived again from its artifacts, as it was when it was last looked at.
    func wake(_ digest: Digest) throws(Refusal) {
        guard recentBundles.last != digest, let record = bundles[digest] else { return }
        recentBundles.removeAll { $0 == digest }
        recentBundles.append(digest)
        guard record.isResting, let chain = record.chain else { return }
        var woken = record
        woken.isResting = false
        let verified = try VerifiedBundle.verify(UnverifiedBundle(try artifactEnvelope(record.envelope, .bundle)), in: chain)
        woken.verified = verified
        for index in woken.approvals.indices {
            let envelope = try artifactEnvelope(woken.approvals[index].received.envelope, .approval)
            woken.approvals[index].envelope = envelope
            woken.approvals[index].under = verified.newest.reference
            woken.approvals[index].current = try? VerifiedApproval.verify(envelope, for: verified)
        }
        bundles[digest] = woken
    }

    /// Lets the bundles rest that were not looked at for longest.
    func letRest() { while recentBundles.count > awakeBundles { bundles[recentBundles.removeFirst()]?.rest() } }
}

extension LedgerAudit.BundleRecord {
    /// Lets go of all that its artifacts give again.
    mutating func rest() {
        guard verified != nil else { return }
        isResting = true
        verified = nil
        reviews = [:]
        for index in approvals.indices {
            approvals[index].envelope = nil
            approvals[index].current = nil
        }
    }
}
