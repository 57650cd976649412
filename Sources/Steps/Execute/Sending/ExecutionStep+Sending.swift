// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats

extension ExecutionStep {
    /// Attempts at one request that are made before a person is asked.
    static var maximumAttempts: Int { 8 }

    /// Sends one request until it completed, failed for good, or its outcome is unknown.
    func perform(_ request: PlannedRequest, _ authorized: inout Authorized) throws(Refusal) {
        let digest = authorized.bundle.digest
        let deadline = pace.now() + wait
        for round in 0..<Self.maximumAttempts {
            try recheck(&authorized)
            progress("sending \(request.operation)")
            let (intent, outcome) = try sendOnce(request, authorized)
            switch outcome {
            case .completed(let completion):
                try authorized.clock.saw(completion.date, local: pace.now())
                return
            case .unknown(let cause):
                throw Refusal(
                    "outcome-unknown", .tryAgain, "it is not known whether \(request.operation) took effect: \(cause)",
                    hint: "nothing is lost and nothing is sent again blindly: countersign resume LEDGER --key KEY")
            case .notSent(let cause):
                if round >= 2 { throw unreachable(request, digest, cause) }
            case .failed(let failure, let kind):
                try authorized.clock.saw(failure.date, local: pace.now())
                let mayRetry = kind == .throttled || (kind == .notYetConsistent && !request.makesSomethingNew && pace.now() < deadline)
                if kind == .alreadyExists, try isOurs(request, intent, authorized) { return }
                guard mayRetry, round + 1 < Self.maximumAttempts else { throw try failed(request, failure, authorized) }
            }
            // Full jitter: anywhere from nothing to the doubled cap (AWS Architecture Blog, "Exponential backoff and jitter").
            pace.sleep(seconds: pace.random() * min(20, pow2(round)))
        }
    }

    private func pow2(_ exponent: Int) -> Double { Double(1 << min(exponent, 10)) }

    /// Everything that may have changed since the last look is looked at again before each send.
    private func recheck(_ authorized: inout Authorized) throws(Refusal) {
        let receiving = Receiving(store)
        let bundle = try receiving.stored(authorized.bundle.digest)
        let approved = try ApprovedBundle.count(try receiving.storedApprovals(for: bundle), for: bundle, at: authorized.clock.now(local: pace.now()))
        authorized.bundle = bundle
        authorized.approved = approved
    }

    /// The intent and that it is sent are one commit, synced to disk: the last act before connecting.
    private func sendOnce(_ request: PlannedRequest, _ authorized: Authorized) throws(Refusal) -> (Int, RequestOutcome) {
        let digest = authorized.bundle.digest
        let target = authorized.bundle.payload.target
        let life = life(digest)
        var bound: [Binding: String] = [:]
        for (name, value) in life.bound { if let binding = Binding(rawValue: name) { bound[binding] = value } }
        let body = try request.body(with: bound, in: target)
        let bytes = Array(body.utf8)
        let intent = store.size
        let data = EntryData.Intent(
            name: request.name, attempt: life.attempts(at: request.name).count + 1, service: request.service, target: request.target,
            pin: request.pin, sent: Pin.digest(service: request.service, target: request.target, body: body), body: Digest(of: bytes),
            endpoint: service.endpoint(of: request.service))
        try store.append(
            [
                Draft(.requestIntended(data), bundle: digest, artifacts: [bytes]),
                Draft(.requestSent(intent: intent, date: authorized.clock.lastDate), bundle: digest),
            ], now: pace.now())

        let answer = service.send(service: request.service, target: request.target, body: bytes)

        var artifacts: [[UInt8]] = []
        let keep = { (body: [UInt8]) -> Digest in
            artifacts = [body]
            return Digest(of: body)
        }
        let outcome = RequestOutcome.decide(answer, of: request, intent: intent, target: target, digest: keep, classify: service.classify)
        let result: EntryData =
            switch outcome {
            case .completed(let completion): .requestCompleted(completion)
            case .failed(let failure, _): .requestFailed(failure)
            case .notSent(let cause):
                .requestFailed(
                    EntryData.Failure(intent: intent, status: nil, code: "not-sent", message: SafeText.escaped(cause), requestID: nil, date: nil, response: nil))
            case .unknown(let cause): .requestUnknown(intent: intent, cause: SafeText.escaped(cause))
            }
        // AlreadyExists may be our own doing, after an earlier unknown outcome: it is settled by looking, not called a failure.
        if case .failed(let failure, .alreadyExists) = outcome, life.attempts(at: request.name).contains(where: \.wasUnknown) {
            try store.append([Draft(.requestUnknown(intent: intent, cause: failure.code), bundle: digest)], now: pace.now())
        } else {
            try store.append([Draft(result, bundle: digest, artifacts: artifacts)], now: pace.now())
        }
        return (intent, outcome)
    }

    /// After an unknown CreateAlias the alias may be ours: look, with patience, before it is a failure (formats.md §9).
    private func isOurs(_ request: PlannedRequest, _ intent: Int, _ authorized: Authorized) throws(Refusal) -> Bool {
        let digest = authorized.bundle.digest
        guard let attempt = life(digest).attempts.first(where: { $0.seq == intent }), case .unknown = attempt.state else { return false }
        let settling = Settling(service: service, bundle: authorized.bundle, life: life(digest))
        var settled: (JSONValue, [EntryData.Bound])?
        do throws(Refusal) {
            try patiently("\(request.operation) to show") { () throws(Refusal) in
                guard case .applied(let evidence, let binds) = try settling.look(attempt) else { return false }
                settled = (evidence, binds)
                return true
            }
        } catch where error.code == "still-waiting" {
            settled = nil
        }
        guard let (evidence, binds) = settled else {
            try store.append(
                [Draft(.requestResolved(EntryData.Resolution(intent: intent, outcome: .notApplied, evidence: .object([("exists", true)]), binds: [])), bundle: digest)],
                now: pace.now())
            return false
        }
        try store.append(
            [Draft(.requestResolved(EntryData.Resolution(intent: intent, outcome: .applied, evidence: evidence, binds: binds)), bundle: digest)], now: pace.now())
        return true
    }

    private func unreachable(_ request: PlannedRequest, _ digest: Digest, _ cause: String) -> Refusal {
        let isUsedUp = life(digest).isUsedUp
        return Refusal(
            "not-sent", isUsedUp ? .tryAgain : .unavailable, "\(request.operation) never left this machine: \(SafeText.escaped(cause))",
            hint: isUsedUp ? "when the service can be reached again: countersign resume LEDGER --key KEY" : "nothing was sent; run execute again when the service can be reached")
    }

    private func failed(_ request: PlannedRequest, _ failure: EntryData.Failure, _ authorized: Authorized) throws(Refusal) -> Refusal {
        let message = "\(request.operation) was refused by AWS: \(failure.code): \(failure.message)"
        _ = try end(authorized.bundle, .failed, code: failure.code, message: failure.message)
        return Refusal("request-failed", .answerIsNo, message, hint: "the execution has ended; what is left over is a new bundle. See: countersign audit show LEDGER")
    }
}
