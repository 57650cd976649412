// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
public import Ledger
public import StrictFormats
import Trust

/// Executes one approved bundle once, in the order that survives a crash (design §4).
public final class ExecutionStep {
    let store: LedgerStore
    let service: any KeyService
    let pace: any Pace
    /// Seconds that any wait for what AWS does not show yet may take.
    let wait: Int
    let progress: Progress

    public init(store: LedgerStore, service: any KeyService, pace: any Pace, wait: Int = 600, progress: @escaping Progress = { _ in }) {
        self.store = store
        self.service = service
        self.pace = pace
        self.wait = wait
        self.progress = progress
    }

    /// Verifies everything again, records what is new, and runs the bundle to its end.
    ///
    /// A refusal is written to the ledger too. An unclear outcome throws `outcome-unknown` (try again: `resume`).
    public func execute(_ input: ExecutionInput) throws(Refusal) -> ExecutionReport {
        var digest: Digest?
        do throws(Refusal) {
            let approved = try prepare(input, &digest)
            return try run(approved, life: life(approved.bundle.digest))
        } catch {
            try record(error, digest)
            throw error
        }
    }

    /// Refusals become part of the record; that the service is out of reach, or that a disk is full, is none.
    private func record(_ refusal: Refusal, _ digest: Digest?) throws(Refusal) {
        guard [.notPermitted, .badData, .answerIsNo].contains(refusal.category), !refusal.code.hasPrefix("request-") else { return }
        if let digest, let life = store.history.lives[digest], life.isOpen { return }
        try Receiving(store).refuse(refusal, bundle: digest, now: pace.now())
    }

    func life(_ digest: Digest) -> BundleLife { store.history.lives[digest] ?? BundleLife() }

    // MARK: the gates, before anything leaves

    private func prepare(_ input: ExecutionInput, _ digest: inout Digest?) throws(Refusal) -> Authorized {
        let receiving = Receiving(store)
        for file in input.trust {
            try receiving.trustRoot(try Envelope(file.bytes, expecting: .trustRoot, file: file.name), now: pace.now())
        }
        if let since = input.since { try checkSince(since) }
        let unverified = try UnverifiedBundle(input.bundle.bytes, file: input.bundle.name)
        digest = unverified.envelope.payloadDigest
        try checkLife(unverified.envelope.payloadDigest, Place(file: input.bundle.name))
        let bundle = try receiving.bundle(unverified, now: pace.now())
        for file in input.approvals {
            try receiving.approval(try Envelope(file.bytes, expecting: .approval, file: file.name), for: bundle, now: pace.now())
        }
        return try authorize(bundle)
    }

    private func checkSince(_ file: InputFile) throws(Refusal) {
        guard let key = store.history.chain.key(store.history.ledgerKey) else { return }
        let checkpoint = try Checkpoint.verified(file.bytes, by: key, file: file.name)
        let place = Place(file: file.name)
        guard checkpoint.origin.hasSameBytes(as: store.origin) else {
            throw Refusal("ledger-other", .notPermitted, "this checkpoint is of the ledger \(checkpoint.origin), not of \(store.origin)", at: place)
        }
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
        if life.isOpen {
            throw Refusal("execution-open", .tryAgain, "the execution of this bundle has begun and has no end yet", at: place, hint: "go on with: countersign resume LEDGER --key KEY")
        }
        if let other = store.history.openExecution {
            throw Refusal("execution-open", .tryAgain, "another bundle's execution (\(other)) has no end yet", at: place, hint: "end it first: countersign resume LEDGER --key KEY")
        }
    }

    /// An approved bundle and AWS's clock: what every send is checked against again.
    struct Authorized {
        var bundle: VerifiedBundle
        var approved: ApprovedBundle
        var clock: AWSClock
    }

    /// Counts the approvals, asks AWS who we are, compares the clocks, and writes the authorization.
    func authorize(_ bundle: VerifiedBundle) throws(Refusal) -> Authorized {
        let receiving = Receiving(store)
        try checkKind(bundle.payload)
        try checkEndpoints(bundle)
        let local = pace.now()
        _ = try ApprovedBundle.count(try receiving.storedApprovals(for: bundle), for: bundle, at: local)
        progress("asking AWS who we are")
        let seen = try service.identity()
        guard let date = seen.date else {
            throw Refusal("service-date", .unavailable, "the answer of sts:GetCallerIdentity carries no date")
        }
        try IdentityGate.check(seen.value, bundle.payload.target)
        let clock = try AWSClock(date: date, local: local)
        let approved = try ApprovedBundle.count(try receiving.storedApprovals(for: bundle), for: bundle, at: clock.now(local: local))
        let data = EntryData.Authorization(
            approvals: approved.approvals.map(\.digest), owners: approved.owners, trust: store.history.chain.newest.reference,
            review: approved.review, local: local, aws: date, identity: seen.value)
        try store.append(
            [Draft(.executionAuthorized(data), bundle: bundle.digest, artifacts: [Array(approved.reviewText.utf8)])], now: local)
        return Authorized(bundle: bundle, approved: approved, clock: clock)
    }

    private func checkKind(_ payload: BundlePayload) throws(Refusal) {
        guard [.createKey, .putKeyPolicy].contains(payload.change.kind) else {
            throw Refusal("change-not-supported", .notPermitted, "this release executes create-key and put-key-policy, not \(payload.change.kind.rawValue)")
        }
    }

    private func checkEndpoints(_ bundle: VerifiedBundle) throws(Refusal) {
        for name in Set(bundle.payload.derivation.requests.map(\.service)).sorted() {
            let endpoint = service.endpoint(of: name)
            for root in [bundle.root.root, bundle.newest.root] {
                guard EndpointRule.isAllowed(endpoint, service: name, target: bundle.payload.target, limits: root.limits) else {
                    throw Refusal(
                        "endpoint-not-allowed", .notPermitted,
                        "\(SafeText.escaped(endpoint)) is no endpoint of AWS for \(name) in \(bundle.payload.target.region), and trust root version \(root.version) does not list it",
                        hint: "an endpoint of your own stands in the trust root's limits, under endpoints")
                }
            }
        }
    }

    // MARK: the run

    func run(_ authorized: Authorized, life: BundleLife) throws(Refusal) -> ExecutionReport {
        var authorized = authorized
        let payload = authorized.bundle.payload
        try checkPreconditions(authorized.bundle, done: life.done)
        for request in payload.derivation.requests where !self.life(authorized.bundle.digest).isApplied(request.name) {
            try perform(request, &authorized)
            if request.makesSomethingNew { try awaitEnabled(authorized.bundle) }
        }
        return try finish(authorized.bundle)
    }

    private func checkPreconditions(_ bundle: VerifiedBundle, done: [String]) throws(Refusal) {
        progress("checking what must hold before")
        let checks = try Preconditions(service: service, payload: bundle.payload).check(done: done)
        guard !checks.isEmpty else { return }
        for (check, artifact) in checks {
            try store.append([Draft(.preconditionChecked(check), bundle: bundle.digest, artifacts: artifact.map { [$0] } ?? [])], now: pace.now())
        }
        if let differs = checks.first(where: { $0.0.result == .differs })?.0 {
            throw Refusal("precondition-differs", .answerIsNo, Self.words(differs, bundle.payload), hint: "nothing was sent; look at the key in AWS, then prepare a new bundle or run execute again")
        }
    }

    private static func words(_ check: EntryData.Check, _ payload: BundlePayload) -> String {
        switch check.name {
        case "alias-free":
            if case .createKey(let alias, _, _, _) = payload.change { return "the alias \(alias) is taken already (\(check.observed))" }
            return "the alias is taken already"
        case "no-tagged-key": return "a key with this bundle's tag exists already (\(check.observed))"
        case "policy-is-base": return "the key's policy is not the base that was approved (\(check.observed))"
        default: return "\(check.name) differs (\(check.observed))"
        }
    }

    /// Waits until a new key can be used; KMS shows it as Creating, or not at all, for a moment.
    private func awaitEnabled(_ bundle: VerifiedBundle) throws(Refusal) {
        let key = subject(of: bundle)
        try patiently("the key \(key) to be enabled") { () throws(Refusal) in try service.settings(of: key).value?.state == "Enabled" }
    }

    func subject(of bundle: VerifiedBundle) -> String {
        life(bundle.digest).bound[Binding.keyID.rawValue] ?? bundle.payload.change.key ?? ""
    }

    // MARK: the end

    /// Reads every expectation back and ends the execution.
    func finish(_ bundle: VerifiedBundle) throws(Refusal) -> ExecutionReport {
        let reader = Expectations(service: service, payload: bundle.payload, key: subject(of: bundle))
        var warnings: [String] = []
        for expectation in bundle.payload.derivation.expectations {
            progress("reading back: \(expectation.kind)")
            var seen = try reader.look(expectation)
            let deadline = pace.now() + wait
            while seen.check.result == .differs, pace.now() < deadline {
                pace.sleep(seconds: 1)
                seen = try reader.look(expectation)
            }
            try store.append([Draft(.expectationChecked(seen.check), bundle: bundle.digest, artifacts: seen.artifact.map { [$0] } ?? [])], now: pace.now())
            switch seen.check.result {
            case .holds: break
            case .notShown: warnings.append("\(expectation.kind): the server does not show it (\(seen.check.observed))")
            case .differs:
                throw Refusal(
                    "expectation-differs", .tryAgain, "after \(wait) seconds \(expectation.kind) still differs from what was approved (\(seen.check.observed))",
                    hint: "everything was sent; look at the key in AWS, then: countersign resume LEDGER --key KEY, or resume --abandon")
            }
        }
        return try end(bundle, .completed, warnings: warnings)
    }

    /// Writes the end.
    func end(_ bundle: VerifiedBundle, _ ending: ExecutionReport.Ending, code: String? = nil, message: String? = nil, warnings: [String] = []) throws(Refusal) -> ExecutionReport {
        let life = life(bundle.digest)
        let key = Self.key(life, bundle.payload)
        let end = EntryData.End(done: life.done, key: key, code: code, message: message)
        let data: EntryData =
            switch ending {
            case .completed: .executionCompleted(end)
            case .failed: .executionFailed(end)
            case .abandoned: .executionAbandoned(end)
            }
        try store.append([Draft(data, bundle: bundle.digest)], now: pace.now())
        return ExecutionReport(
            ending: ending, bundle: bundle.digest.text, key: key?.arn, done: life.done, warnings: warnings, size: store.size, message: message)
    }

    private static func key(_ life: BundleLife, _ payload: BundlePayload) -> EntryData.Key? {
        if let id = life.bound[Binding.keyID.rawValue] {
            let target = payload.target
            return EntryData.Key(id: id, arn: "arn:\(target.partition):kms:\(target.region):\(target.account):key/\(id)")
        }
        guard let arn = payload.change.key, let id = arn.split(separator: "/").last else { return nil }
        return EntryData.Key(id: String(id), arn: arn)
    }

    /// Looks again until something shows or the wait is over.
    /// - Throws: `still-waiting` (try again).
    func patiently(_ what: String, _ look: () throws(Refusal) -> Bool) throws(Refusal) {
        let deadline = pace.now() + wait
        var pause = 0.5
        while true {
            if try look() { return }
            guard pace.now() < deadline else {
                throw Refusal("still-waiting", .tryAgain, "waited \(wait) seconds for \(what)", hint: "nothing is lost: countersign resume LEDGER --key KEY")
            }
            progress("waiting for \(what), at most until \(deadline)")
            pace.sleep(seconds: pause)
            pause = min(pause * 2, 5)
        }
    }
}
