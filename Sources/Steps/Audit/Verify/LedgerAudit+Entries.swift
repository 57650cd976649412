// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

extension LedgerAudit {
    func unreadable(_ seq: Int, _ fault: Refusal) {
        let place = fault.place.pointer.map { $0.isEmpty ? "" : " at \($0)" } ?? ""
        error("entry-malformed", seq, "entry \(seq) cannot be read\(place): \(fault.message)")
    }

    /// One entry: its writer, its place in time, and then what it says.
    func take(_ seq: Int, _ leaf: Digest, _ entry: Entry) throws(Refusal) {
        if entry.seq != seq { error("entry-number", seq, "entry \(seq) calls itself \(entry.seq)") }
        if let lastTime, entry.time < lastTime {
            error("time-backwards", seq, "entry \(seq) is dated \(entry.time), before the entry that it follows (\(lastTime))")
        }
        lastTime = entry.time
        if let behind = entry.clockBehind { warning("clock-behind", seq, "the ledger's clock stood \(behind) seconds behind the entry before") }
        for artifact in entry.data.artifacts where named[artifact] == nil { named[artifact] = seq }
        if seq == 0, case .genesis = entry.data { genesis = leaf }
        guard begin(entry) else { return }
        if let bundle = entry.bundle { try wake(bundle) }
        try meaning(entry)
        // The writer of the first entry is the one that it names itself.
        if seq > 0 { checkActor(entry) }
        if let bundle = entry.bundle {
            let isOpen = Self.extend(&lives[bundle, default: BundleLife()], by: entry)
            // What never left does not use a bundle up (formats.md §9): the execution is then no longer open, without an end.
            if isOpen {
                openExecution = bundle
            } else if openExecution == bundle {
                openExecution = nil
            }
            letRest()
        }
    }

    /// In place: a life is not copied for each of its entries.
    private static func extend(_ life: inout BundleLife, by entry: Entry) -> Bool {
        life.apply(entry)
        return life.isOpen
    }

    /// Genesis first and only first; without it nothing else can be judged.
    private func begin(_ entry: Entry) -> Bool {
        guard entry.seq == 0 else {
            if case .genesis = entry.data { error("genesis-again", entry.seq, "a second genesis entry stands here") }
            return isBegun
        }
        guard case .genesis(let data) = entry.data else {
            error("genesis-missing", 0, "the first entry is no genesis entry")
            return false
        }
        do throws(Refusal) {
            let history = try LedgerHistory(genesis: entry) { digest throws(Refusal) in try reader.artifactAsStored(digest) }
            chain = history.chain
            isBegun = true
            rootsSince.append((0, history.chain.newest.root))
            origin = data.origin
            if entry.actor.keyID == data.ledgerKey {
                checkActor(entry)
            } else {
                error("actor", 0, "the genesis entry is written by \(entry.actor.keyID), and names the key \(data.ledgerKey)")
            }
            return true
        } catch {
            self.error("genesis-trust", 0, "the genesis entry's trust root does not hold: \(error.message)")
            return false
        }
    }

    /// The writer is a ledger key of the root in force, under the owner that the root gives it; the entry that brings a root may be by that of the one
    /// before.
    private func checkActor(_ entry: Entry) {
        // The same writer as before, under the same roots: nothing new to find.
        if isKnown(entry.actor) { return }
        let writing = roots(writing: entry.seq)
        let roots = writing.filter { $0.holds(entry.actor.keyID, .ledger) }
        if roots.isEmpty {
            error(
                "actor", entry.seq, "entry \(entry.seq) names \(entry.actor.keyID) as its writer, which is no ledger key of the trust root in force")
            return
        }
        if !roots.contains(where: { $0.key(entry.actor.keyID)?.owner.hasSameBytes(as: entry.actor.owner) ?? false }) {
            error("actor", entry.seq, "entry \(entry.seq) names \(entry.actor.owner) as the owner of the ledger's key; the trust root does not")
            return
        }
        // The entry that brings a root may be by one of two; what is remembered then would outlast it.
        if writing.count == 1 { knownActor = entry.actor }
    }

    private func isKnown(_ actor: Actor) -> Bool { knownActor?.isSameWriter(as: actor) ?? false }

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
        case .requestSent(let intent, let date): try sent(entry, intent, date)
        case .requestCompleted(let completion): try completed(entry, completion)
        case .requestFailed(let failure): failed(entry, failure)
        case .requestUnknown(let intent, _): settled(entry, intent, from: { $0 == .sent })
        case .requestResolved(let resolution): resolved(entry, resolution)
        case .executionCompleted(let end): ended(entry, end)
        case .executionFailed(let end): ended(entry, end)
        case .executionAbandoned(let end): ended(entry, end)
        case .planChecked(let checked): planChecked(entry, checked)
        case .reconciled(let reconciliation):
            if reconciliation.to < reconciliation.from {
                error("reconciled-window", entry.seq, "the window of entry \(entry.seq) ends before it begins")
            }
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
            for text in next.newest.notes { note("trust-signature-ignored", entry.seq, text) }
            if let before = chain?.newest.root { retiring = (before, entry.seq) }
            chain = next
            rootsSince.append((entry.seq, next.newest.root))
        } catch {
            self.error("trust-update", entry.seq, "the trust root of entry \(entry.seq) does not follow from the one before: \(error.message)")
        }
    }

    func artifactEnvelope(_ digest: Digest, _ type: PayloadType) throws(Refusal) -> Envelope {
        guard let bytes = try reader.artifactAsStored(digest) else {
            throw Refusal("artifact-missing", .badData, "the artifact \(digest) is missing")
        }
        guard Digest(of: bytes) == digest else { throw Refusal("artifact-differs", .badData, "the artifact \(digest) holds other bytes") }
        return try Envelope(bytes, expecting: type)
    }
}
