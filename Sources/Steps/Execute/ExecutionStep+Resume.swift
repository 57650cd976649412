// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
public import Ledger
public import StrictFormats

extension ExecutionStep {
    /// Goes on with the open execution of the ledger: settles what is unknown by reading, then sends what is left.
    ///
    /// After an end it reports that end and sends nothing.
    public func resume() throws(Refusal) -> ExecutionReport {
        guard let digest = store.history.openExecution else { return try Self.lastEnding(store) }
        let bundle = try Receiving(store).stored(digest)
        try noteLostAnswer(digest)
        if let attempt = life(digest).unsettled { try settle(attempt, bundle) }
        let left = bundle.payload.derivation.requests.filter { !life(digest).isApplied($0.name) }
        if left.isEmpty { return try finish(bundle) }
        do throws(Refusal) {
            let authorized = try authorize(bundle)
            return try run(authorized, life: life(digest))
        } catch where ["window-over", "trust-expired", "vetoed"].contains(error.code) {
            // What is left over is a new bundle; this one ends here.
            return try end(bundle, .abandoned, code: error.code, message: SafeText.escaped(error.message))
        }
    }

    /// Ends the open execution by a person's word; reads and sends nothing.
    public static func abandon(_ store: LedgerStore, reason: String, now: Instant) throws(Refusal) -> ExecutionReport {
        guard let digest = store.history.openExecution else {
            throw Refusal("nothing-open", .answerIsNo, "no execution is open in this ledger", at: Place(file: store.path), hint: "see: countersign audit show LEDGER")
        }
        let step = ExecutionStep(store: store, service: NoService(), pace: FixedPace(instant: now))
        let bundle = try Receiving(store).stored(digest)
        try step.noteLostAnswer(digest)
        return try step.end(bundle, .abandoned, code: "abandoned", message: reason)
    }

    /// Refuses, and writes down, a bundle that cannot even be read.
    public static func refused(_ input: ExecutionInput, _ store: LedgerStore, now: Instant) throws(Refusal) -> ExecutionReport {
        try ExecutionStep(store: store, service: NoService(), pace: FixedPace(instant: now)).execute(input)
    }

    /// A request that was sent and has no outcome: the process ended before the answer could be written down.
    private func noteLostAnswer(_ digest: Digest) throws(Refusal) {
        guard let attempt = life(digest).unsettled, attempt.state == .sent else { return }
        try store.append(
            [Draft(.requestUnknown(intent: attempt.seq, cause: "the process ended before an answer was written down"), bundle: digest)], now: pace.now())
    }

    private func settle(_ attempt: RequestAttempt, _ bundle: VerifiedBundle) throws(Refusal) {
        let settling = Settling(service: service, bundle: bundle, life: life(bundle.digest))
        let seen = try service.identity()
        try IdentityGate.check(seen.value, bundle.payload.target)
        let name = attempt.intent.name
        var verdict = try settling.look(attempt)
        // What has not shown may still show: a request that makes something is given the whole wait, others a short one.
        let deadline = pace.now() + (name == "create-key" ? wait : min(wait, 5))
        var pause = 0.5
        while pace.now() < deadline {
            if case .applied = verdict { break }
            progress("looking whether \(name) took effect, at most until \(deadline)")
            pace.sleep(seconds: pause)
            pause = min(pause * 2, 10)
            verdict = try settling.look(attempt)
        }
        let resolution: EntryData.Resolution
        switch verdict {
        case .applied(let evidence, let binds): resolution = EntryData.Resolution(intent: attempt.seq, outcome: .applied, evidence: evidence, binds: binds)
        case .notApplied(let evidence): resolution = EntryData.Resolution(intent: attempt.seq, outcome: .notApplied, evidence: evidence, binds: [])
        case .unsettled(let why):
            throw Refusal(
                "outcome-unknown", .tryAgain, "it is still not known whether \(name) took effect: \(why)",
                hint: "look in AWS; try resume again later, or end it with: countersign resume LEDGER --key KEY --abandon")
        }
        try store.append([Draft(.requestResolved(resolution), bundle: bundle.digest)], now: pace.now())
    }

    /// How the last execution of a ledger ended; needs no service.
    public static func lastEnding(_ store: LedgerStore) throws(Refusal) -> ExecutionReport {
        let ended = store.history.lives.compactMap { digest, life in life.ending.map { (digest, $0) } }.max { $0.1.seq < $1.1.seq }
        guard let (digest, ending) = ended else {
            throw Refusal("nothing-open", .answerIsNo, "no execution was begun in this ledger", at: Place(file: store.path), hint: "run: countersign execute BUNDLE --approval A --approval B --ledger LEDGER --key KEY")
        }
        let kind: ExecutionReport.Ending = ending.type == .executionCompleted ? .completed : ending.type == .executionFailed ? .failed : .abandoned
        return ExecutionReport(
            ending: kind, bundle: digest.text, key: ending.end.key?.arn, done: ending.end.done, warnings: [], size: store.size, message: ending.end.message)
    }
}

/// For steps that talk to nobody.
struct NoService: KeyService {
    private var refusal: Refusal { Refusal("no-service", .internalError, "this step talks to no service") }
    func endpoint(of service: String) -> String { "" }
    func identity() throws(Refusal) -> Observation<EntryData.Identity> { throw refusal }
    func send(service: String, target: String, body: [UInt8]) -> SendOutcome { .notSent(cause: "this step talks to no service") }
    func classify(_ code: String, _ message: String?) -> ErrorClass { .definite }
    func keyID(ofAlias alias: String) throws(Refusal) -> Observation<String?> { throw refusal }
    func settings(of key: String) throws(Refusal) -> Observation<KeySettings?> { throw refusal }
    func policy(of key: String, named name: String) throws(Refusal) -> Observation<String?> { throw refusal }
    func rotation(of key: String) throws(Refusal) -> Observation<RotationStatus> { throw refusal }
    func tags(of key: String) throws(Refusal) -> Observation<[Tag]?> { throw refusal }
    func keyIDs() throws(Refusal) -> Observation<[String]> { throw refusal }
    func grantCount(on key: String) throws(Refusal) -> Observation<Int> { throw refusal }
}

struct FixedPace: Pace {
    let instant: Instant
    func now() -> Instant { instant }
    func sleep(seconds: Double) {}
    func random() -> Double { 0 }
}
