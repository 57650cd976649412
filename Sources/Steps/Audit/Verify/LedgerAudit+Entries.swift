// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

extension LedgerAudit {
    /// One entry: its form, its writer, its place in time, and then what it says.
    func take(_ item: EntryPipeline.Item) throws(Refusal) {
        let seq = item.seq
        let entry: Entry
        do throws(Refusal) {
            entry = try item.entry()
        } catch {
            let place = error.place.pointer.map { $0.isEmpty ? "" : " at \($0)" } ?? ""
            self.error("entry-malformed", seq, "entry \(seq) cannot be read\(place): \(error.message)")
            return
        }
        if entry.seq != seq { error("entry-number", seq, "entry \(seq) calls itself \(entry.seq)") }
        if let lastTime, entry.time < lastTime { error("time-backwards", seq, "entry \(seq) is dated \(entry.time), before the entry that it follows (\(lastTime))") }
        lastTime = entry.time
        if let behind = entry.clockBehind { warning("clock-behind", seq, "the ledger's clock stood \(behind) seconds behind the entry before") }
        for artifact in entry.data.artifacts where named[artifact] == nil { named[artifact] = seq }
        if case .genesis = entry.data { genesis = item.leaf }
        guard begin(entry) else { return }
        if seq > 0 { checkActor(entry) }
        try meaning(entry)
        if let bundle = entry.bundle {
            let (isOpen, hasEnded) = Self.extend(&lives[bundle, default: BundleLife()], by: entry)
            if isOpen { openExecution = bundle }
            if openExecution == bundle, hasEnded { openExecution = nil }
        }
    }

    /// In place: a life is not copied for each of its entries.
    private static func extend(_ life: inout BundleLife, by entry: Entry) -> (isOpen: Bool, hasEnded: Bool) {
        life.apply(entry)
        return (life.isOpen, life.ending != nil)
    }

    /// Genesis first and only first; without it nothing else can be judged.
    private func begin(_ entry: Entry) -> Bool {
        guard entry.seq == 0 else {
            if case .genesis = entry.data { error("genesis-again", entry.seq, "a second genesis entry stands here") }
            return chain != nil
        }
        guard case .genesis(let data) = entry.data else {
            error("genesis-missing", 0, "the first entry is no genesis entry")
            return false
        }
        do throws(Refusal) {
            let history = try LedgerHistory(genesis: entry) { digest throws(Refusal) in try reader.artifact(digest) }
            chain = history.chain
            ledgerKey = data.ledgerKey
            origin = data.origin
            checkActor(entry)
            return true
        } catch {
            self.error("genesis-trust", 0, "the genesis entry's trust root does not hold: \(error.message)")
            return false
        }
    }

    /// The writer is the ledger key of the root in force, under the owner that the root gives it.
    private func checkActor(_ entry: Entry) {
        // The same writer as before, under the same root: nothing new to find.
        if let knownActor, knownActor.keyID == entry.actor.keyID, knownActor.owner.hasSameBytes(as: entry.actor.owner) { return }
        guard let chain, entry.actor.keyID == ledgerKey else {
            error("actor", entry.seq, "entry \(entry.seq) names \(entry.actor.keyID) as its writer, which is not this ledger's key")
            return
        }
        // The owner may change with a root; the entry that brings the new root is still written under the old one.
        let owner = chain.newest.root.key(entry.actor.keyID)?.owner
        if owner.map({ !$0.hasSameBytes(as: entry.actor.owner) }) ?? true {
            error("actor", entry.seq, "entry \(entry.seq) names \(entry.actor.owner) as the owner of the ledger's key; the trust root does not")
            return
        }
        knownActor = entry.actor
    }

    private func meaning(_ entry: Entry) throws(Refusal) {
        switch entry.data {
        case .genesis: break
        case .trustUpdated(let envelope, let reference): try trustUpdated(entry, envelope, reference)
        case .bundleReceived(let id, let envelope): try bundleReceived(entry, id, envelope)
        case .approvalReceived(let approval): try approvalReceived(entry, approval)
        case .executionAuthorized(let authorization): try authorized(entry, authorization)
        case .executionRefused: break
        case .preconditionChecked(let check): precondition(entry, check)
        case .expectationChecked(let check): expectation(entry, check)
        case .requestIntended(let intent): try intended(entry, intent)
        case .requestSent(let intent, let date): sent(entry, intent, date)
        case .requestCompleted(let completion): try completed(entry, completion)
        case .requestFailed(let failure): settled(entry, failure.intent, from: { $0 == .sent })
        case .requestUnknown(let intent, _): settled(entry, intent, from: { $0 == .sent })
        case .requestResolved(let resolution): resolved(entry, resolution)
        case .executionCompleted(let end): ended(entry, end)
        case .executionFailed(let end): ended(entry, end)
        case .executionAbandoned(let end): ended(entry, end)
        case .reconciled: break
        }
    }

    private func trustUpdated(_ entry: Entry, _ envelope: Digest, _ reference: TrustReference) throws(Refusal) {
        guard var next = chain else { return }
        do throws(Refusal) {
            let root = try artifactEnvelope(envelope, .trustRoot)
            try next.append(root)
            guard next.newest.reference == reference else {
                error("trust-reference", entry.seq, "entry \(entry.seq) names another trust root than the envelope that it holds")
                return
            }
            if let ledgerKey, !next.newest.root.holds(ledgerKey, .ledger) {
                error("trust-ledger-key", entry.seq, "trust root version \(reference.version) does not list this ledger's key any more")
            }
            for text in next.newest.notes { note("trust-signature-ignored", entry.seq, text) }
            chain = next
        } catch {
            self.error("trust-update", entry.seq, "the trust root of entry \(entry.seq) does not follow from the one before: \(error.message)")
        }
    }

    func artifactEnvelope(_ digest: Digest, _ type: PayloadType) throws(Refusal) -> Envelope {
        guard let bytes = try reader.artifact(digest) else { throw Refusal("artifact-missing", .badData, "the artifact \(digest) is missing") }
        guard Digest(of: bytes) == digest else { throw Refusal("artifact-differs", .badData, "the artifact \(digest) holds other bytes") }
        return try Envelope(bytes, expecting: type)
    }
}
