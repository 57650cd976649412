// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// One attempt at one request, as the ledger tells it.
public struct RequestAttempt: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// Written down, never sent.
        case intended
        /// It may have left; nothing is known yet.
        case sent
        case completed(EntryData.Completion)
        case failed(EntryData.Failure)
        /// It left, and what became of it is not known.
        case unknown(cause: String)
        case resolved(EntryData.Resolution)
    }

    public let seq: Int
    public let intent: EntryData.Intent
    public var state: State
    /// The last AWS `Date` seen before it was sent.
    public var dateBefore: Instant?
    /// It was unknown at some time.
    public var wasUnknown = false
    /// `request-sent` stands in the transaction of the intent.
    public var sentSeq: Int?

    /// It took effect.
    public var isApplied: Bool {
        switch state {
        case .completed: true
        case .resolved(let resolution): resolution.outcome == .applied
        default: false
        }
    }

    /// It is over: nothing more is expected of it.
    public var isSettled: Bool {
        switch state {
        case .completed, .failed, .resolved: true
        case .intended, .sent, .unknown: false
        }
    }

    /// It may have left this machine. A connection that never came about takes that back (formats.md §9).
    public var mayHaveLeft: Bool {
        switch state {
        case .intended: false
        case .failed(let failure): failure.code != "not-sent"
        default: true
        }
    }

    /// What its answer gave.
    public var binds: [EntryData.Bound] {
        switch state {
        case .completed(let completion): completion.binds
        case .resolved(let resolution): resolution.outcome == .applied ? resolution.binds : []
        default: []
        }
    }
}

/// The life of one bundle (formats.md §6), gathered entry by entry. It holds what happened; `LifeRules` says what may.
public struct BundleLife: Sendable, Hashable {
    public struct Ending: Sendable, Hashable {
        public let seq: Int
        public let type: EntryType
        public let end: EntryData.End
    }

    public internal(set) var receivedAt: Int?
    public internal(set) var envelope: Digest?
    public internal(set) var approvals: [EntryData.ApprovalReceived] = []
    public internal(set) var authorization: EntryData.Authorization?
    public internal(set) var authorizedAt: Int?
    public internal(set) var attempts: [RequestAttempt] = []
    /// The latest result of each precondition. A new authorization takes none of them back.
    public internal(set) var preconditions: [String: EntryData.CheckResult] = [:]
    /// The latest result of each expectation.
    public internal(set) var expectations: [String: EntryData.CheckResult] = [:]
    public internal(set) var ending: Ending?
    public internal(set) var refusals = 0
    /// A plan of infrastructure code was found to be what was approved: the executor leaves the bundle alone from here on.
    public internal(set) var planChecked: EntryData.PlanChecked?

    public init() {}

    /// Something of it may have left: the bundle is used up.
    public var isUsedUp: Bool { attempts.contains(where: \.mayHaveLeft) }

    /// Something left and there is no end yet. Kept, not computed: an audit asks after every entry.
    public private(set) var isOpen = false

    /// The one attempt that is not settled, where there is one.
    public var unsettled: RequestAttempt? { attempts.last.flatMap { $0.isSettled || $0.state == .intended ? nil : $0 } }

    /// The last attempt, where it was written down and not sent: under `witnessBeforeSend` it waits for a quorum.
    public var waiting: RequestAttempt? { attempts.last.flatMap { $0.state == .intended && ending == nil ? $0 : nil } }

    /// Attempts at a request so far.
    public func attempts(at name: String) -> [RequestAttempt] { attempts.filter { $0.intent.name == name } }

    public func isApplied(_ name: String) -> Bool { attempts.contains { $0.intent.name == name && $0.isApplied } }

    /// Names of the requests that took effect, in order.
    public var done: [String] {
        var names: [String] = []
        for attempt in attempts where attempt.isApplied && !names.contains(attempt.intent.name) { names.append(attempt.intent.name) }
        return names
    }

    /// Everything that answers have bound.
    public var bound: [String: String] {
        var result: [String: String] = [:]
        for attempt in attempts { for bind in attempt.binds { result[bind.name] = bind.value } }
        return result
    }

    /// The newest AWS `Date` that any answer carried.
    public var lastDate: Instant? {
        var newest = authorization?.aws
        for attempt in attempts {
            let date: Instant? =
                switch attempt.state {
                case .completed(let completion): completion.date
                case .failed(let failure): failure.date
                default: nil
                }
            if let date { newest = max(newest ?? date, date) }
        }
        return newest
    }

    /// Takes in one entry about this bundle.
    public mutating func apply(_ entry: Entry) {
        switch entry.data {
        case .bundleReceived(_, let envelope):
            receivedAt = receivedAt ?? entry.seq
            self.envelope = self.envelope ?? envelope
        case .approvalReceived(let approval):
            if !approvals.contains(where: { $0.payload == approval.payload }) { approvals.append(approval) }
        case .executionAuthorized(let authorization):
            self.authorization = authorization
            authorizedAt = entry.seq
        case .executionRefused:
            refusals += 1
            return
        case .preconditionChecked(let check): preconditions[check.name] = check.result
        case .expectationChecked(let check): expectations[check.name] = check.result
        case .requestIntended(let intent):
            attempts.append(RequestAttempt(seq: entry.seq, intent: intent, state: .intended, dateBefore: nil))
        case .requestSent(let intent, let date):
            update(intent) {
                $0.state = .sent
                $0.dateBefore = date
                $0.sentSeq = entry.seq
            }
        case .requestCompleted(let completion): update(completion.intent) { $0.state = .completed(completion) }
        case .requestFailed(let failure): update(failure.intent) { $0.state = .failed(failure) }
        case .requestUnknown(let intent, let cause):
            update(intent) {
                $0.state = .unknown(cause: cause)
                $0.wasUnknown = true
            }
        case .requestResolved(let resolution): update(resolution.intent) { $0.state = .resolved(resolution) }
        case .executionCompleted(let end), .executionFailed(let end), .executionAbandoned(let end):
            ending = ending ?? Ending(seq: entry.seq, type: entry.type, end: end)
        case .planChecked(let checked): planChecked = planChecked ?? checked
        case .genesis, .trustUpdated, .reconciled: break
        }
        isOpen = ending == nil && isUsedUp
    }

    private mutating func update(_ intent: Int, _ change: (inout RequestAttempt) -> Void) {
        guard let index = attempts.firstIndex(where: { $0.seq == intent }) else { return }
        change(&attempts[index])
    }
}
