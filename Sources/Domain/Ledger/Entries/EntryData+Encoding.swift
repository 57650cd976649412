// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats
import Trust

extension EntryData {
    /// The members of `data`.
    var members: [(String, JSONValue?)] {
        switch self {
        case .genesis(let genesis):
            return [
                ("format", .string(Self.format)), ("nonce", .string(Base64.encode(genesis.nonce))), ("origin", .string(genesis.origin)),
                ("envelope", genesis.envelope.json), ("trust", genesis.trust.json), ("ledgerKey", genesis.ledgerKey.json),
            ]
        case .trustUpdated(let envelope, let trust): return [("envelope", envelope.json), ("trust", trust.json)]
        case .bundleReceived(let id, let envelope): return [("id", .string(id)), ("envelope", envelope.json)]
        case .approvalReceived(let approval):
            return [
                ("envelope", approval.envelope.json), ("payload", approval.payload.json), ("decision", .string(approval.decision.rawValue)),
                ("approver", .string(approval.approver)), ("keyid", approval.keyID.json),
            ]
        case .executionAuthorized(let authorization): return Self.authorization(authorization)
        case .executionRefused(let code, let message): return [("code", .string(code)), ("message", .string(message))]
        case .preconditionChecked(let check), .expectationChecked(let check):
            return [
                ("name", .string(check.name)), ("result", .string(check.result.rawValue)), ("grade", check.grade.map { .string($0) }),
                ("observed", Self.value(check.observed)), ("response", check.response?.json), ("requestId", check.requestID.map { .string($0) }),
            ]
        case .requestIntended(let intent):
            return [
                ("name", .string(intent.name)), ("attempt", .integer(intent.attempt)), ("service", .string(intent.service)),
                ("target", .string(intent.target)), ("pin", intent.pin.json), ("sent", intent.sent.json), ("body", intent.body.json),
                ("endpoint", .string(intent.endpoint)),
            ]
        case .requestSent(let intent, let date): return [("intent", .integer(intent)), ("date", date.map { .string($0.text) })]
        case .requestCompleted(let completion):
            return [
                ("intent", .integer(completion.intent)), ("status", .integer(completion.status)), ("requestId", .string(completion.requestID)),
                ("date", .string(completion.date.text)), ("response", completion.response.json), ("binds", Self.bounds(completion.binds)),
            ]
        case .requestFailed(let failure):
            return [
                ("intent", .integer(failure.intent)), ("status", failure.status.map { .integer($0) }), ("code", .string(failure.code)),
                ("message", .string(failure.message)), ("requestId", failure.requestID.map { .string($0) }),
                ("date", failure.date.map { .string($0.text) }), ("response", failure.response?.json),
            ]
        case .requestUnknown(let intent, let cause): return [("intent", .integer(intent)), ("cause", .string(cause))]
        case .requestResolved(let resolution):
            return [
                ("intent", .integer(resolution.intent)), ("outcome", .string(resolution.outcome.rawValue)),
                ("evidence", Self.value(resolution.evidence)), ("binds", Self.bounds(resolution.binds)),
            ]
        case .executionCompleted(let end), .executionFailed(let end), .executionAbandoned(let end): return Self.end(end)
        case .planChecked(let checked): return checked.members
        case .reconciled(let reconciliation):
            return [
                ("window", .object([("from", .string(reconciliation.from.text)), ("to", .string(reconciliation.to.text))])),
                ("explained", .integer(reconciliation.explained)), ("unexplained", .integer(reconciliation.unexplained)),
                ("missing", .integer(reconciliation.missing)), ("report", reconciliation.report.json),
            ]
        }
    }

    private static func authorization(_ authorization: Authorization) -> [(String, JSONValue?)] {
        [
            ("approvals", .strings(authorization.approvals.map(\.text))), ("owners", .strings(authorization.owners)),
            ("trust", authorization.trust.json), ("review", authorization.review.json),
            ("clock", .object([("local", .string(authorization.local.text)), ("aws", .string(authorization.aws.text))])),
            (
                "identity",
                .object([
                    ("account", .string(authorization.identity.account)), ("arn", .string(authorization.identity.arn)),
                    ("userId", .string(authorization.identity.userID)),
                ])
            ),
        ]
    }

    private static func end(_ end: End) -> [(String, JSONValue?)] {
        [
            ("done", .strings(end.done)), ("key", end.key.map { .object([("id", .string($0.id)), ("arn", .string($0.arn))]) }),
            ("code", end.code.map { .string($0) }), ("message", end.message.map { .string($0) }),
        ]
    }

    private static func bounds(_ bounds: [Bound]) -> JSONValue { .object(bounds.map { ($0.name, .string($0.value)) }) }

    /// The value of canonical text that a Check or Resolution made itself.
    private static func value(_ text: String) -> JSONValue {
        do {
            return try JSONDocument(Array(text.utf8), rules: .signed).root
        } catch {
            preconditionFailure("an observation is canonical JSON by construction: \(error)")
        }
    }
}
