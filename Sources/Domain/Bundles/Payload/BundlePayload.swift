// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
public import Trust

/// A bundle's payload in shape; its requests and expectations are those that follow from it, byte for byte.
public struct BundlePayload: Sendable, Hashable {
    public static let type = "countersign/bundle/v1"

    public let id: String
    public let title: String
    public let ticket: String
    public let backout: String?
    public let preparerOwner: String
    public let preparerKey: Digest
    public let created: Instant
    public let notBefore: Instant
    public let expires: Instant
    public let trust: TrustReference
    public let ledger: LedgerState
    public let target: Target
    public let change: Change
    public let policy: PolicyPart?
    public let base: BasePolicy?
    public let waivers: [Waiver]

    public init(
        id: String, title: String, ticket: String, backout: String?, preparerOwner: String, preparerKey: Digest, created: Instant,
        notBefore: Instant, expires: Instant, trust: TrustReference, ledger: LedgerState, target: Target, change: Change,
        policy: PolicyPart?, base: BasePolicy?, waivers: [Waiver]
    ) {
        self.id = id
        self.title = title
        self.ticket = ticket
        self.backout = backout
        self.preparerOwner = preparerOwner
        self.preparerKey = preparerKey
        self.created = created
        self.notBefore = notBefore
        self.expires = expires
        self.trust = trust
        self.ledger = ledger
        self.target = target
        self.change = change
        self.policy = policy
        self.base = base
        self.waivers = waivers
    }

    public var derivation: Derivation { Derivation(id: id, target: target, change: change, policy: policy?.document) }

    /// Seconds from opening to expiry.
    public var validity: Int { expires - notBefore }

    public var json: JSONValue {
        let derived = derivation
        return .object([
            ("type", .string(Self.type)), ("id", .string(id)), ("title", .string(title)), ("ticket", .string(ticket)),
            ("backout", backout.map { .string($0) }),
            ("preparer", .object([("owner", .string(preparerOwner)), ("keyid", preparerKey.json)])),
            ("created", .string(created.text)), ("notBefore", .string(notBefore.text)), ("expires", .string(expires.text)),
            ("trust", trust.json), ("ledger", ledger.json), ("target", target.json), ("change", change.json), ("policy", policy?.json),
            ("base", base?.json), ("waivers", .array(waivers.map(\.json))), ("requests", .array(derived.requests.map(PlannedRequest.json))),
            ("expectations", .array(derived.expectations.map(\.json))),
        ])
    }
}
