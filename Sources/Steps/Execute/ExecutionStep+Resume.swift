// SPDX-License-Identifier: Apache-2.0

import Bundles
public import Cryptography
public import Ledger
public import StrictFormats

/// Going on after a crash or an unclear answer (design §4.5).
extension ExecutionStep {
    func goOn(_ digest: Digest) throws(Refusal) -> ExecutionReport {
        // What was sent is settled and read back as it was approved, whatever a newer trust root says of sending more.
        let bundle = try Receiving(store, reviews).asReceived(digest)
        try noteLostAnswer(digest)
        try checkEndpoints(bundle)
        if let attempt = life(digest).unsettled {
            try identify(bundle.payload.target)
            try settle(attempt, bundle)
        }
        if bundle.payload.derivation.requests.allSatisfy({ life(digest).isApplied($0.name) }) {
            try identify(bundle.payload.target)
            return try finish(bundle.payload, digest)
        }
        return try carryOn(try Receiving(store, reviews).stored(digest))
    }

    /// The execution that `resume` goes on with: the open one, else the latest whose intent waits for witnesses.
    public static func resumable(_ store: LedgerStore) -> Digest? {
        if let open = store.history.openExecution { return open }
        let waiting = store.history.lives.compactMap { digest, life in life.waiting.map { (digest, $0.seq) } }
        return waiting.max { $0.1 < $1.1 }?.0
    }

    /// Ends the open execution by a person's word; reads and sends nothing.
    public static func abandon(_ store: LedgerStore, reason: String, now: Instant) throws(Refusal) -> ExecutionReport {
        guard let digest = resumable(store) else {
            throw Refusal(
                "nothing-open", .answerIsNo, "no execution is open in this ledger", at: Place(file: store.path),
                hint: "see: countersign audit show LEDGER")
        }
        let step = ExecutionStep(store: store, service: NoService(), pace: FixedPace(instant: now))
        let payload = try Receiving(store).asReceived(digest).payload
        try step.noteLostAnswer(digest)
        return try step.end(payload, digest, .abandoned, code: "abandoned", message: ServerText.short(reason))
    }

    /// Refuses, and writes down, a bundle that cannot even be read.
    public static func refused(_ input: ExecutionInput, _ store: LedgerStore, now: Instant) throws(Refusal) -> ExecutionReport {
        try ExecutionStep(store: store, service: NoService(), pace: FixedPace(instant: now)).execute(input)
    }

    /// A request that was sent and has no outcome: the process ended before the answer could be written down.
    private func noteLostAnswer(_ digest: Digest) throws(Refusal) {
        guard let attempt = life(digest).unsettled, attempt.state == .sent else { return }
        try store.append(
            [Draft(.requestUnknown(intent: attempt.seq, cause: "the process ended before an answer was written down"), bundle: digest)],
            now: pace.now())
    }

    /// Seconds that something which can be sent again is looked for before it is.
    private static var shortWait: Int { 5 }

    /// Looks until it is known whether the request took effect, or the wait is over.
    private func settle(_ attempt: RequestAttempt, _ bundle: VerifiedBundle) throws(Refusal) {
        let settling = Settling(service: service, payload: bundle.payload, life: life(bundle.digest))
        let name = attempt.intent.name
        let start = pace.now()
        var pause = 0.5
        while true {
            let resolution: EntryData.Resolution
            switch try settling.look(attempt) {
            case .applied(let evidence, let binds):
                resolution = EntryData.Resolution(intent: attempt.seq, outcome: .applied, evidence: evidence, binds: binds)
            case .absent(let evidence), .taken(let evidence):
                // What has not shown may still show; sent again it does no harm.
                if try linger("\(name) to show", until: start + min(wait, Self.shortWait), &pause) { continue }
                resolution = EntryData.Resolution(intent: attempt.seq, outcome: .notApplied, evidence: evidence, binds: [])
            case .unsettled(let why):
                if try linger("\(name) to show", until: start + wait, &pause) { continue }
                throw Refusal(
                    "outcome-unknown", .tryAgain, "it is still not known whether \(name) took effect: \(why)",
                    hint: "look in AWS; try resume again later, or end it with: countersign resume LEDGER --key KEY --abandon")
            }
            try store.append([Draft(.requestResolved(resolution), bundle: bundle.digest)], now: pace.now())
            return
        }
    }
}
