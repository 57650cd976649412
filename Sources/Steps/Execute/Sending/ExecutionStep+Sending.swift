// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats

extension ExecutionStep {
    /// Attempts at one request that are made before a person is asked.
    static var maximumAttempts: Int { 8 }
    /// The same where no connection comes about.
    static var maximumConnections: Int { 3 }

    /// Sends one request until it completed, failed for good, or its outcome is unknown.
    func perform(_ request: PlannedRequest, _ digest: Digest) throws(Refusal) {
        let deadline = pace.now() + wait
        for round in 1...Self.maximumAttempts {
            let bundle = try recheck(digest)
            let asked: AskedPause
            progress(.sending(operation: request.operation))
            let sent = try send(request, bundle)
            switch sent.outcome {
            case .completed(let completion):
                try record(.requestCompleted(completion), digest, sent)
                try clock.saw(completion.date, local: pace.now())
                return
            case .unknown(let cause):
                try record(.requestUnknown(intent: sent.intent, cause: ServerText.shown(cause)), digest, sent)
                throw unknown(request, cause)
            case .notSent(let cause):
                let failure = EntryData.Failure(
                    intent: sent.intent, status: nil, code: "not-sent", message: ServerText.shown(cause), requestID: nil, date: nil, response: nil)
                try record(.requestFailed(failure), digest, sent)
                if round >= Self.maximumConnections { throw unreachable(request, digest, cause) }
                asked = .nothing
            case .failed(let failure, let kind):
                let life = life(digest)
                // A principal that is not seen in time ends the execution for good: nobody's header decides over that.
                asked = kind == .invalidPrincipals ? .nothing : askedPause(sent.retryAfter, bundle, until: deadline)
                let verdict = FailureVerdict.decide(
                    kind, isLast: round == Self.maximumAttempts || asked.isTooLong,
                    wasUnknown: life.attempts(at: request.name).contains(where: \.wasUnknown),
                    isAfterOwnChange: !life.done.isEmpty)
                if try settle(verdict, request, bundle, sent, failure, asked) { return }
                try clock.saw(failure.date, local: pace.now())
            }
            pause(after: round, asked)
        }
    }

    /// What a send came to, before it is written down.
    struct Sent {
        let intent: Int
        let outcome: RequestOutcome
        let artifacts: [[UInt8]]
        /// Seconds for which AWS asks to be left alone.
        let retryAfter: Int?
    }

    /// The intent and that it is sent are one commit, synced to disk: the last act before connecting. Where witnesses are asked
    /// first the intent is a commit of its own.
    private func send(_ request: PlannedRequest, _ bundle: VerifiedBundle) throws(Refusal) -> Sent {
        let target = bundle.payload.target
        let life = life(bundle.digest)
        var bound: [Binding: String] = [:]
        for (name, value) in life.bound { if let binding = Binding(rawValue: name) { bound[binding] = value } }
        let body = try request.body(with: bound, in: target)
        let bytes = Array(body.utf8)
        let data = EntryData.Intent(
            name: request.name, attempt: life.attempts(at: request.name).count + 1, service: request.service, target: request.target,
            pin: request.pin, sent: Pin.digest(service: request.service, target: request.target, body: body), body: Digest(of: bytes),
            endpoint: service.endpoint(of: request.service))
        let intended = Draft(.requestIntended(data), bundle: bundle.digest, artifacts: [bytes])
        let intent: Int
        if asksWitnesses(bundle) {
            intent = try witnessed(intended, data, bundle)
            try store.append([Draft(.requestSent(intent: intent, date: clock.lastDate), bundle: bundle.digest)], now: pace.now())
        } else {
            intent = store.size
            try store.append([intended, Draft(.requestSent(intent: intent, date: clock.lastDate), bundle: bundle.digest)], now: pace.now())
        }
        let answer = service.send(service: request.service, target: request.target, body: bytes)
        let (outcome, artifacts) = RequestOutcome.decide(answer, of: request, intent: intent, target: target)
        var retryAfter: Int?
        if case .answered(let answer) = answer { retryAfter = answer.retryAfter }
        return Sent(intent: intent, outcome: outcome, artifacts: artifacts, retryAfter: retryAfter)
    }

    private func record(_ data: EntryData, _ digest: Digest, _ sent: Sent) throws(Refusal) {
        let kept = Set(data.artifacts)
        try store.append([Draft(data, bundle: digest, artifacts: sent.artifacts.filter { kept.contains(Digest(of: $0)) })], now: pace.now())
    }

    /// Writes a failure down with what follows from it.
    /// - Returns: whether the request turned out to have taken effect.
    private func settle(
        _ verdict: FailureVerdict, _ request: PlannedRequest, _ bundle: VerifiedBundle, _ sent: Sent, _ failure: EntryData.Failure,
        _ asked: AskedPause
    ) throws(Refusal) -> Bool {
        switch verdict {
        case .again:
            try record(.requestFailed(failure), bundle.digest, sent)
            return false
        case .stop(let code):
            try record(.requestFailed(failure), bundle.digest, sent)
            throw Refusal(
                code, code == "credentials-refused" ? .notPermitted : .tryAgain,
                "\(request.operation) was not accepted: \(failure.code): \(failure.message)\(asked.words)",
                hint: "nothing of it happened, and nothing is lost: countersign resume LEDGER --key KEY")
        case .end:
            // One commit: no crash can leave a failure that looks as if it might be tried again.
            let draft = Draft(.requestFailed(failure), bundle: bundle.digest, artifacts: sent.artifacts)
            throw try failed(request, bundle, after: draft, failure)
        case .lookFirst:
            try record(.requestUnknown(intent: sent.intent, cause: failure.code), bundle.digest, sent)
            return try lookForOurs(request, bundle, sent, failure)
        }
    }

    /// After an unknown CreateAlias the alias may be ours, after an unknown RevokeGrant it was we who took the grant away:
    /// look, with patience, before it is a failure (formats.md §9).
    private func lookForOurs(_ request: PlannedRequest, _ bundle: VerifiedBundle, _ sent: Sent, _ failure: EntryData.Failure) throws(Refusal) -> Bool
    {
        let digest = bundle.digest
        guard let attempt = life(digest).attempts.first(where: { $0.seq == sent.intent }) else { return false }
        let settling = Settling(service: service, payload: bundle.payload, life: life(digest))
        let verdict = try patiently(
            "\(request.operation) to show", { () throws(Refusal) in try settling.look(attempt) }, until: { $0?.isDecided ?? false })
        switch verdict {
        case .applied(let evidence, let binds):
            let resolution = EntryData.Resolution(intent: sent.intent, outcome: .applied, evidence: evidence, binds: binds)
            try store.append([Draft(.requestResolved(resolution), bundle: digest)], now: pace.now())
            return true
        case .taken(let evidence):
            throw try failed(request, bundle, after: Self.notApplied(sent, evidence, digest), failure)
        case .absent(let evidence) where ErrorClass(code: failure.code, message: failure.message) != .alreadyExists:
            // It does not show, with patience, and AWS says why it cannot be: both speak of the same state.
            throw try failed(request, bundle, after: Self.notApplied(sent, evidence, digest), failure)
        case .absent, .unsettled, nil:
            throw unknown(request, "AWS answers \(failure.code), and does not show why")
        }
    }

    private static func notApplied(_ sent: Sent, _ evidence: JSONValue, _ digest: Digest) -> Draft {
        Draft(
            .requestResolved(EntryData.Resolution(intent: sent.intent, outcome: .notApplied, evidence: evidence, binds: [])), bundle: digest)
    }

    private func unknown(_ request: PlannedRequest, _ cause: String) -> Refusal {
        Refusal(
            "outcome-unknown", .tryAgain, "it is not known whether \(request.operation) took effect: \(ServerText.shown(cause))",
            hint: "nothing is lost and nothing is sent again blindly: countersign resume LEDGER --key KEY")
    }

    private func unreachable(_ request: PlannedRequest, _ digest: Digest, _ cause: String) -> Refusal {
        let isUsedUp = life(digest).isUsedUp
        return Refusal(
            "not-sent", isUsedUp ? .tryAgain : .unavailable, "\(request.operation) never left this machine: \(ServerText.shown(cause))",
            hint: isUsedUp
                ? "when the service can be reached again: countersign resume LEDGER --key KEY"
                : "nothing was sent; run execute again when the service can be reached")
    }

    private func failed(_ request: PlannedRequest, _ bundle: VerifiedBundle, after draft: Draft, _ failure: EntryData.Failure) throws(Refusal)
        -> Refusal
    {
        _ = try end(bundle.payload, bundle.digest, .failed, after: [draft], code: failure.code, message: failure.message)
        return Refusal(
            "request-failed", .answerIsNo, "\(request.operation) was refused by AWS: \(failure.code): \(failure.message)",
            hint: "the execution has ended; what is left over is a new bundle. See: countersign audit show LEDGER")
    }
}
