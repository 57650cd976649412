// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats
import Trust

/// Everything that is checked before anything leaves (design §4.1, §4.2).
extension ExecutionStep {
    /// Reads and records what was handed in.
    /// - Parameter digest: the bundle's, as soon as it can be read; what is refused is written down under it.
    func receive(_ input: ExecutionInput, _ digest: inout Digest?) throws(Refusal) -> VerifiedBundle {
        let receiving = Receiving(store, reviews)
        let unverified = try UnverifiedBundle(input.bundle.bytes, file: input.bundle.name)
        digest = unverified.envelope.payloadDigest
        for root in try Self.roots(input.trust) { try receiving.trustRoot(root, now: pace.now()) }
        try demandSince(input.since)
        if let since = input.since { try checkSince(since) }
        try checkLife(unverified.envelope.payloadDigest, Place(file: input.bundle.name))
        let bundle = try receiving.bundle(unverified, now: pace.now())
        for file in input.approvals {
            try receiving.approval(try Envelope(file.bytes, expecting: .approval, file: file.name), for: bundle, now: pace.now())
        }
        return bundle
    }

    /// Trust roots in the order of their versions: a chain may be given in any order (formats.md §3).
    private static func roots(_ files: [InputFile]) throws(Refusal) -> [Envelope] {
        var roots: [(version: Int, envelope: Envelope)] = []
        for file in files {
            let envelope = try Envelope(file.bytes, expecting: .trustRoot, file: file.name)
            roots.append((try envelope.decodePayload(TrustRoot.init(json:)).version, envelope))
        }
        return roots.sorted { $0.version < $1.version }.map(\.envelope)
    }

    private func checkSince(_ file: InputFile) throws(Refusal) {
        let note = try SignedNote(file.bytes, file: file.name)
        // Any ledger key that the chain ever had: the note may be older than the newest root.
        guard let key = store.history.chain.keysEver(.ledger).first(where: { NoteVerifier(name: store.origin, key: $0).isSigned(note) }) else {
            throw Refusal(
                "checkpoint-signature", .notPermitted, "this checkpoint is not signed by a key of the ledger \(store.origin)",
                at: Place(file: file.name),
                hint: "give a note that ledger checkpoint printed for this ledger")
        }
        let checkpoint = try Checkpoint.verified(file.bytes, by: key, file: file.name)
        let place = Place(file: file.name)
        guard checkpoint.origin.hasSameBytes(as: store.origin) else {
            throw Refusal("ledger-other", .notPermitted, "this checkpoint is of the ledger \(checkpoint.origin), not of \(store.origin)", at: place)
        }
        _ = try Witnesses(of: store.history.chain.newest.root).cosignatures(on: SignedNote(file.bytes, file: file.name), file: file.name)
        try LedgerPast.check(size: checkpoint.size, root: checkpoint.root, of: store.reader, place: place)
    }

    /// One execution for a bundle, for all time; one open execution in a ledger.
    private func checkLife(_ digest: Digest, _ place: Place) throws(Refusal) {
        let life = life(digest)
        if let ending = life.ending {
            throw Refusal(
                "bundle-already-executed", .notPermitted, "this bundle was executed already: \(ending.type.rawValue), entry \(ending.seq)", at: place,
                hint: "a bundle runs once, for all time; prepare a new one for what is left")
        }
        if life.planChecked != nil {
            throw Refusal(
                "bundle-plan-checked", .notPermitted, "a plan of this bundle was checked: infrastructure code applies it, and the executor does not",
                at: place, hint: "two roads would make two keys; prepare a new bundle for what is left")
        }
        if life.isOpen {
            throw Refusal(
                "execution-open", .tryAgain, "the execution of this bundle has begun and has no end yet", at: place,
                hint: "go on with: countersign resume LEDGER --key KEY")
        }
        if let other = store.history.openExecution {
            throw Refusal(
                "execution-open", .tryAgain, "another bundle's execution (\(other)) has no end yet", at: place,
                hint: "end it first: countersign resume LEDGER --key KEY")
        }
    }

    /// Counts the approvals, asks AWS who we are, compares the clocks, and writes the authorization.
    func authorize(_ bundle: VerifiedBundle) throws(Refusal) {
        let receiving = Receiving(store, reviews)
        // The ledger is held from here on: its past cannot change between this look and the sends.
        try receiving.checkPast(bundle.payload.ledger, Place(file: bundle.envelope.file))
        try checkEndpoints(bundle)
        let approvals = try receiving.storedApprovals(for: bundle)
        try checkEarly(approvals, bundle, local: pace.now())
        let seen = try identify(bundle.payload.target)
        guard let date = seen.date else {
            throw Refusal("service-date", .unavailable, "the answer of sts:GetCallerIdentity carries no date")
        }
        let local = pace.now()
        let approved = try ApprovedBundle.count(approvals, for: bundle, at: clock.now(local: local), reviews: reviews)
        let data = EntryData.Authorization(
            approvals: approved.approvals.map(\.digest), owners: approved.owners, trust: store.history.chain.newest.reference,
            review: approved.review, local: local, aws: max(date, clock.lastDate ?? date), identity: seen.value)
        try store.append(
            [Draft(.executionAuthorized(data), bundle: bundle.digest, artifacts: [Array(approved.reviewText.utf8)])], now: local)
    }

    /// What no clock of AWS could mend is refused before AWS is asked; within the tolerance AWS's time decides.
    private func checkEarly(_ approvals: [VerifiedApproval], _ bundle: VerifiedBundle, local: Instant) throws(Refusal) {
        do throws(Refusal) {
            _ = try ApprovedBundle.count(approvals, for: bundle, at: local, reviews: reviews)
        } catch {
            for shift in [-ServerClock.tolerance, ServerClock.tolerance] {
                do throws(Refusal) {
                    _ = try ApprovedBundle.count(approvals, for: bundle, at: local + shift, reviews: reviews)
                    return
                } catch { continue }
            }
            throw error
        }
    }

    /// Who we are to AWS, and that it is whom the bundle names.
    @discardableResult
    func identify(_ target: Target) throws(Refusal) -> Observation<EntryData.Identity> {
        progress(.identifying)
        let seen = try service.identity()
        try IdentityGate.check(seen.value, target)
        return seen
    }

    /// Nothing is sent to, and nothing believed of, an endpoint that the bundle's root and the newest do not allow.
    func checkEndpoints(_ bundle: VerifiedBundle) throws(Refusal) {
        // Before a deletion the trails are looked at too.
        let reads = bundle.payload.change.kind == .scheduleDeletion ? ["sts", "cloudtrail"] : ["sts"]
        let services = Set(bundle.payload.derivation.requests.map(\.service) + reads)
        for name in services.sorted() {
            let endpoint = service.endpoint(of: name)
            for root in [bundle.root.root, store.history.chain.newest.root] {
                guard EndpointRule.isAllowed(endpoint, service: name, target: bundle.payload.target, limits: root.limits) else {
                    throw Refusal(
                        "endpoint-not-allowed", .notPermitted,
                        "\(SafeText.escaped(endpoint)) is no endpoint of AWS for \(name) in \(bundle.payload.target.region), and trust root version \(root.version) does not list it",
                        hint: "an endpoint of your own stands in the trust root's limits, under endpoints")
                }
            }
        }
    }

    /// Everything that may have changed since the last look is looked at again before each send (formats.md §6): the window by
    /// AWS's clock, approvals and rejects, the newest root.
    func recheck(_ digest: Digest) throws(Refusal) -> VerifiedBundle {
        let receiving = Receiving(store, reviews)
        let bundle = try receiving.stored(digest)
        let approvals = try receiving.storedApprovals(for: bundle)
        let now = clock.now(local: pace.now())
        _ = try ApprovedBundle.count(approvals, for: bundle, at: now, reviews: reviews)
        try checkDating(approvals, bundle, now)
        return bundle
    }

    /// An entry is never dated before the one it follows: a ledger once written under a clock far ahead would date a request
    /// outside of a window that is open by AWS's time.
    private func checkDating(_ approvals: [VerifiedApproval], _ bundle: VerifiedBundle, _ now: Instant) throws(Refusal) {
        let dated = try max(pace.now(), lastTime())
        guard dated + -ServerClock.tolerance > now else { return }
        do throws(Refusal) {
            _ = try ApprovedBundle.count(approvals, for: bundle, at: dated + -ServerClock.tolerance, reviews: reviews)
        } catch {
            throw Refusal(
                "ledger-time", .notPermitted,
                "the ledger's last entry is dated \(dated): a request dated after it would stand outside of a window (\(error.message))",
                hint:
                    "the ledger was written under a clock that was ahead; wait until that time has passed, or prepare a bundle whose window holds it")
        }
    }

    private func lastTime() throws(Refusal) -> Instant {
        guard let bytes = try store.reader.entry(store.size - 1) else { return pace.now() }
        return try Entry(bytes).time
    }
}
