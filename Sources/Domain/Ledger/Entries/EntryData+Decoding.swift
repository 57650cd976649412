// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats
import Trust

extension EntryData {
    static let format = "countersign/ledger/v1"

    init(_ type: EntryType, _ members: inout JSONMembers) throws(Refusal) {
        switch type {
        case .genesis: self = .genesis(try Genesis(&members))
        case .trustUpdated:
            self = .trustUpdated(
                envelope: try members.required("envelope", Digest.init(json:)), trust: try members.required("trust", TrustReference.init(json:)))
        case .bundleReceived:
            self = .bundleReceived(id: try members.required("id", Names.uuid), envelope: try members.required("envelope", Digest.init(json:)))
        case .approvalReceived: self = .approvalReceived(try ApprovalReceived(&members))
        case .executionAuthorized: self = .executionAuthorized(try Authorization(&members))
        case .executionRefused:
            self = .executionRefused(code: try members.required("code", Self.text), message: try members.required("message", Self.text))
        case .preconditionChecked: self = .preconditionChecked(try Check(&members))
        case .expectationChecked: self = .expectationChecked(try Check(&members))
        case .requestIntended: self = .requestIntended(try Intent(&members))
        case .requestSent:
            self = .requestSent(intent: try members.required("intent", Self.seq), date: try members.optional("date", Names.instant))
        case .requestCompleted: self = .requestCompleted(try Completion(&members))
        case .requestFailed: self = .requestFailed(try Failure(&members))
        case .requestUnknown:
            self = .requestUnknown(intent: try members.required("intent", Self.seq), cause: try members.required("cause", Self.text))
        case .requestResolved: self = .requestResolved(try Resolution(&members))
        case .executionCompleted: self = .executionCompleted(try End(&members))
        case .executionFailed: self = .executionFailed(try End(&members))
        case .executionAbandoned: self = .executionAbandoned(try End(&members))
        case .reconciled: self = .reconciled(try Reconciliation(&members))
        case .planChecked: self = .planChecked(try PlanChecked(&members))
        }
    }

    static func text(_ value: JSONValue) throws(Refusal) -> String { try value.text() }
    static func seq(_ value: JSONValue) throws(Refusal) -> Int { try value.integer(in: 0...JSONValue.largestInteger) }

    static func object(_ value: JSONValue) throws(Refusal) -> JSONValue {
        guard value.objectValue != nil else { throw value.mismatch("an object") }
        return value
    }

    static func bounds(_ value: JSONValue) throws(Refusal) -> [Bound] {
        try value.dictionary { member throws(Refusal) in Bound(name: member.name, value: try member.value.text()) }
    }
}

extension EntryData.Genesis {
    fileprivate init(_ members: inout JSONMembers) throws(Refusal) {
        try members.required("format").literal(EntryData.format)
        let nonceValue = try members.required("nonce")
        guard let nonce = Base64.decode(try nonceValue.text()), nonce.count == 32 else { throw nonceValue.invalid("a nonce is 32 bytes in base64") }
        self.init(
            nonce: nonce, origin: try members.required("origin", Names.origin), envelope: try members.required("envelope", Digest.init(json:)),
            trust: try members.required("trust", TrustReference.init(json:)), ledgerKey: try members.required("ledgerKey", Digest.init(json:)))
    }
}

extension EntryData.ApprovalReceived {
    fileprivate init(_ members: inout JSONMembers) throws(Refusal) {
        self.init(
            envelope: try members.required("envelope", Digest.init(json:)), payload: try members.required("payload", Digest.init(json:)),
            decision: try members.required("decision") { value throws(Refusal) in try value.oneOf(Decision.self) },
            approver: try members.required("approver", Names.owner), keyID: try members.required("keyid", Digest.init(json:)))
    }
}

extension EntryData.Authorization {
    fileprivate init(_ members: inout JSONMembers) throws(Refusal) {
        let (local, aws) = try members.required("clock") { value throws(Refusal) in
            try value.object { members throws(Refusal) in
                (try members.required("local", Names.instant), try members.required("aws", Names.instant))
            }
        }
        let identity = try members.required("identity") { value throws(Refusal) in
            try value.object { members throws(Refusal) in
                EntryData.Identity(
                    account: try members.required("account", Names.account), arn: try members.required("arn", EntryData.text),
                    userID: try members.required("userId", EntryData.text))
            }
        }
        self.init(
            approvals: try members.required("approvals") { value throws(Refusal) in try value.distinct("approval", Digest.init(json:)) },
            owners: try members.required("owners") { value throws(Refusal) in try value.distinct("owner", Names.owner) },
            trust: try members.required("trust", TrustReference.init(json:)), review: try members.required("review", ReviewReference.init(json:)),
            local: local, aws: aws, identity: identity)
    }
}

extension EntryData.Check {
    fileprivate init(_ members: inout JSONMembers) throws(Refusal) {
        self.init(
            name: try members.required("name", EntryData.text),
            result: try members.required("result") { value throws(Refusal) in try value.oneOf(EntryData.CheckResult.self) },
            grade: try members.optional("grade", EntryData.text), observed: try members.required("observed", EntryData.object),
            response: try members.optional("response", Digest.init(json:)), requestID: try members.optional("requestId", EntryData.text))
    }
}

extension EntryData.Intent {
    fileprivate init(_ members: inout JSONMembers) throws(Refusal) {
        self.init(
            name: try members.required("name", EntryData.text),
            attempt: try members.required("attempt") { value throws(Refusal) in try value.integer(in: 1...1_000_000) },
            service: try members.required("service", EntryData.text), target: try members.required("target", EntryData.text),
            pin: try members.required("pin", Digest.init(json:)), sent: try members.required("sent", Digest.init(json:)),
            body: try members.required("body", Digest.init(json:)), endpoint: try members.required("endpoint", EntryData.text))
    }
}

extension EntryData.Completion {
    fileprivate init(_ members: inout JSONMembers) throws(Refusal) {
        self.init(
            intent: try members.required("intent", EntryData.seq),
            status: try members.required("status") { value throws(Refusal) in try value.integer(in: 200...299) },
            requestID: try members.required("requestId", EntryData.text), date: try members.required("date", Names.instant),
            response: try members.required("response", Digest.init(json:)), binds: try members.required("binds", EntryData.bounds))
    }
}

extension EntryData.Failure {
    fileprivate init(_ members: inout JSONMembers) throws(Refusal) {
        self.init(
            intent: try members.required("intent", EntryData.seq),
            status: try members.optional("status") { value throws(Refusal) in try value.integer(in: 100...599) },
            code: try members.required("code", EntryData.text), message: try members.required("message", EntryData.text),
            requestID: try members.optional("requestId", EntryData.text), date: try members.optional("date", Names.instant),
            response: try members.optional("response", Digest.init(json:)))
    }
}

extension EntryData.Resolution {
    fileprivate init(_ members: inout JSONMembers) throws(Refusal) {
        self.init(
            intent: try members.required("intent", EntryData.seq),
            outcome: try members.required("outcome") { value throws(Refusal) in try value.oneOf(EntryData.Outcome.self) },
            evidence: try members.required("evidence", EntryData.object), binds: try members.required("binds", EntryData.bounds))
    }
}

extension EntryData.End {
    fileprivate init(_ members: inout JSONMembers) throws(Refusal) {
        self.init(
            done: try members.required("done") { value throws(Refusal) in try value.array(EntryData.text) },
            key: try members.optional("key") { value throws(Refusal) in
                try value.object { members throws(Refusal) in
                    EntryData.Key(id: try members.required("id", EntryData.text), arn: try members.required("arn", EntryData.text))
                }
            }, code: try members.optional("code", EntryData.text), message: try members.optional("message", EntryData.text))
    }
}

extension EntryData.Reconciliation {
    fileprivate init(_ members: inout JSONMembers) throws(Refusal) {
        let (from, to) = try members.required("window") { value throws(Refusal) in
            try value.object { members throws(Refusal) in
                (try members.required("from", Names.instant), try members.required("to", Names.instant))
            }
        }
        self.init(
            from: from, to: to, explained: try members.required("explained", EntryData.seq),
            unexplained: try members.required("unexplained", EntryData.seq), missing: try members.required("missing", EntryData.seq),
            report: try members.required("report", Digest.init(json:)))
    }
}
