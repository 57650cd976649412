// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
public import Trust

/// What an entry says, by type. Digests called envelope, body, response, report and review name artifacts.
///
/// What is large stands in a box of its own, so that the millions of entries of a ledger are moved at little cost.
public enum EntryData: Sendable, Hashable {
    indirect case genesis(Genesis)
    indirect case trustUpdated(envelope: Digest, trust: TrustReference)
    case bundleReceived(id: String, envelope: Digest)
    indirect case approvalReceived(ApprovalReceived)
    indirect case executionAuthorized(Authorization)
    case executionRefused(code: String, message: String)
    indirect case preconditionChecked(Check)
    indirect case expectationChecked(Check)
    indirect case requestIntended(Intent)
    case requestSent(intent: Int, date: Instant?)
    indirect case requestCompleted(Completion)
    indirect case requestFailed(Failure)
    case requestUnknown(intent: Int, cause: String)
    case requestResolved(Resolution)
    indirect case executionCompleted(End)
    indirect case executionFailed(End)
    indirect case executionAbandoned(End)
    indirect case reconciled(Reconciliation)
    indirect case planChecked(PlanChecked)

    public struct Genesis: Sendable, Hashable {
        public let nonce: [UInt8]
        public let origin: String
        public let envelope: Digest
        public let trust: TrustReference
        public let ledgerKey: Digest

        public init(nonce: [UInt8], origin: String, envelope: Digest, trust: TrustReference, ledgerKey: Digest) {
            self.nonce = nonce
            self.origin = origin
            self.envelope = envelope
            self.trust = trust
            self.ledgerKey = ledgerKey
        }
    }

    public struct ApprovalReceived: Sendable, Hashable {
        public let envelope: Digest
        public let payload: Digest
        public let decision: Decision
        public let approver: String
        public let keyID: Digest

        public init(envelope: Digest, payload: Digest, decision: Decision, approver: String, keyID: Digest) {
            self.envelope = envelope
            self.payload = payload
            self.decision = decision
            self.approver = approver
            self.keyID = keyID
        }
    }

    /// The caller as AWS names it (STS GetCallerIdentity).
    public struct Identity: Sendable, Hashable {
        public let account: String
        public let arn: String
        public let userID: String

        public init(account: String, arn: String, userID: String) {
            self.account = account
            self.arn = arn
            self.userID = userID
        }
    }

    public struct Authorization: Sendable, Hashable {
        /// Payload digests, sorted.
        public let approvals: [Digest]
        public let owners: [String]
        public let trust: TrustReference
        public let review: ReviewReference
        public let local: Instant
        public let aws: Instant
        public let identity: Identity

        public init(
            approvals: [Digest], owners: [String], trust: TrustReference, review: ReviewReference, local: Instant, aws: Instant, identity: Identity
        ) {
            self.approvals = approvals
            self.owners = owners
            self.trust = trust
            self.review = review
            self.local = local
            self.aws = aws
            self.identity = identity
        }
    }

    public enum CheckResult: String, Sendable, CaseIterable {
        case holds, differs
        case notShown = "not-shown"
    }

    public struct Check: Sendable, Hashable {
        public let name: String
        public let result: CheckResult
        /// How equal a policy is.
        public let grade: String?
        /// Canonical JSON text of an object: what was seen.
        public let observed: String
        public let response: Digest?
        public let requestID: String?

        public init(name: String, result: CheckResult, grade: String? = nil, observed: JSONValue, response: Digest? = nil, requestID: String? = nil) {
            self.name = name
            self.result = result
            self.grade = grade
            self.observed = JSONWriter.canonicalText(observed)
            self.response = response
            self.requestID = requestID
        }
    }

    public struct Intent: Sendable, Hashable {
        public let name: String
        public let attempt: Int
        public let service: String
        public let target: String
        /// Over the approved body.
        public let pin: Digest
        /// Over the body as sent.
        public let sent: Digest
        /// The artifact that holds the body as sent.
        public let body: Digest
        public let endpoint: String

        public init(name: String, attempt: Int, service: String, target: String, pin: Digest, sent: Digest, body: Digest, endpoint: String) {
            self.name = name
            self.attempt = attempt
            self.service = service
            self.target = target
            self.pin = pin
            self.sent = sent
            self.body = body
            self.endpoint = endpoint
        }
    }

    /// Bound values in the order of their names.
    public struct Bound: Sendable, Hashable {
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public struct Completion: Sendable, Hashable {
        public let intent: Int
        public let status: Int
        public let requestID: String
        public let date: Instant
        public let response: Digest
        public let binds: [Bound]

        public init(intent: Int, status: Int, requestID: String, date: Instant, response: Digest, binds: [Bound]) {
            self.intent = intent
            self.status = status
            self.requestID = requestID
            self.date = date
            self.response = response
            self.binds = binds
        }
    }

    public struct Failure: Sendable, Hashable {
        public let intent: Int
        public let status: Int?
        public let code: String
        public let message: String
        public let requestID: String?
        public let date: Instant?
        public let response: Digest?

        public init(intent: Int, status: Int?, code: String, message: String, requestID: String?, date: Instant?, response: Digest?) {
            self.intent = intent
            self.status = status
            self.code = code
            self.message = message
            self.requestID = requestID
            self.date = date
            self.response = response
        }
    }

    public enum Outcome: String, Sendable, CaseIterable {
        case applied
        case notApplied = "not-applied"
    }

    public struct Resolution: Sendable, Hashable {
        public let intent: Int
        public let outcome: Outcome
        /// Canonical JSON text of an object: what was read to settle it.
        public let evidence: String
        public let binds: [Bound]

        public init(intent: Int, outcome: Outcome, evidence: JSONValue, binds: [Bound]) {
            self.intent = intent
            self.outcome = outcome
            self.evidence = JSONWriter.canonicalText(evidence)
            self.binds = binds
        }
    }

    public struct Key: Sendable, Hashable {
        public let id: String
        public let arn: String

        public init(id: String, arn: String) {
            self.id = id
            self.arn = arn
        }
    }

    public struct End: Sendable, Hashable {
        /// Names of the requests that took effect, in order.
        public let done: [String]
        public let key: Key?
        public let code: String?
        public let message: String?

        public init(done: [String], key: Key?, code: String? = nil, message: String? = nil) {
            self.done = done
            self.key = key
            self.code = code
            self.message = message
        }
    }

    public struct Reconciliation: Sendable, Hashable {
        public let from: Instant
        public let to: Instant
        public let explained: Int
        public let unexplained: Int
        public let missing: Int
        public let report: Digest
    }

    public var type: EntryType {
        switch self {
        case .genesis: .genesis
        case .trustUpdated: .trustUpdated
        case .bundleReceived: .bundleReceived
        case .approvalReceived: .approvalReceived
        case .executionAuthorized: .executionAuthorized
        case .executionRefused: .executionRefused
        case .preconditionChecked: .preconditionChecked
        case .expectationChecked: .expectationChecked
        case .requestIntended: .requestIntended
        case .requestSent: .requestSent
        case .requestCompleted: .requestCompleted
        case .requestFailed: .requestFailed
        case .requestUnknown: .requestUnknown
        case .requestResolved: .requestResolved
        case .executionCompleted: .executionCompleted
        case .executionFailed: .executionFailed
        case .executionAbandoned: .executionAbandoned
        case .reconciled: .reconciled
        case .planChecked: .planChecked
        }
    }

    /// The artifacts that it names.
    public var artifacts: [Digest] {
        switch self {
        case .genesis(let genesis): [genesis.envelope]
        case .trustUpdated(let envelope, _), .bundleReceived(_, let envelope): [envelope]
        case .approvalReceived(let approval): [approval.envelope]
        case .planChecked(let checked): [checked.envelope]
        // Version 0 means that no text was kept (formats.md §9).
        case .executionAuthorized(let authorization): authorization.review.version == 0 ? [] : [authorization.review.digest]
        case .preconditionChecked(let check), .expectationChecked(let check): check.response.map { [$0] } ?? []
        case .requestIntended(let intent): [intent.body]
        case .requestCompleted(let completion): [completion.response]
        case .requestFailed(let failure): failure.response.map { [$0] } ?? []
        case .reconciled(let reconciliation): [reconciliation.report]
        case .executionRefused, .requestSent, .requestUnknown, .requestResolved, .executionCompleted, .executionFailed, .executionAbandoned: []
        }
    }
}
