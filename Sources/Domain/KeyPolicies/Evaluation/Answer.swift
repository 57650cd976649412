// SPDX-License-Identifier: Apache-2.0

/// A key policy's answer to one request.
public struct Answer: Sendable, Hashable {
    /// In the order denied < delegated < allowed; unknown stands outside of it.
    public enum Verdict: Sendable, Hashable {
        case denied
        /// The key policy lets IAM of that account decide.
        case delegated(account: String)
        /// The key policy is enough.
        case allowed
        /// It depends on what the request leaves open.
        case unknown(missing: [String])

        enum Rank: Int, Comparable {
            case denied, delegated, allowed
            static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
        }

        /// The word of `policy can --format json`.
        public var word: String {
            switch self {
            case .denied: "denied"
            case .delegated: "delegated"
            case .allowed: "allowed"
            case .unknown: "unknown"
            }
        }
    }

    /// Why, for a person.
    public enum Reason: String, Sendable {
        case explicitDeny = "a Deny statement applies"
        case nothingAllows = "no Allow statement applies"
        case notAcrossAccounts = "KMS does not allow this action to callers of another account"
        case notOfKeyPolicies = "no key policy governs this action, only IAM does"
        case keyPolicyAllows = "the key policy is enough"
        case iamDecides = "the key policy lets the caller's account decide by IAM"
        case notSpecified = "it depends on condition keys that are neither given nor absent"
    }

    public let verdict: Verdict
    public let reason: Reason
    /// The statements that decided it, in the document's order.
    public let statements: [DecidingStatement]

    init(_ verdict: Verdict, _ reason: Reason, _ statements: [DecidingStatement]) {
        self.verdict = verdict
        self.reason = reason
        self.statements = statements
    }

    /// The keys that an unknown answer depends on.
    public var missing: [String] { if case .unknown(let names) = verdict { names } else { [] } }
}

/// A statement that is named in an answer.
public struct DecidingStatement: Sendable, Hashable {
    public let index: Int
    public let sid: String?
    public let pointer: String
    public let line: Int?
    public let effect: Effect

    init(_ statement: Statement) {
        index = statement.index
        sid = statement.sid?.text
        pointer = statement.place.pointer
        line = statement.place.line
        effect = statement.effect
    }
}

/// What one statement had to say to a request.
public struct StatementTrace: Sendable, Hashable {
    public let statement: DecidingStatement
    /// Nil where it is unknown.
    public let applies: Bool?
    /// The first part that did not fit.
    public let failed: Statement.Part?
    public let missing: [String]
}
