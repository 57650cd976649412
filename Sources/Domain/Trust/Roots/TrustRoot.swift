// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// Which version of a trust root, by its payload digest.
public struct TrustReference: Sendable, Hashable {
    public let version: Int
    public let digest: Digest

    public init(version: Int, digest: Digest) {
        self.version = version
        self.digest = digest
    }

    public init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            TrustReference(
                version: try members.required("version") { value throws(Refusal) in try value.integer(in: 1...Int(Int32.max)) },
                digest: try members.required("digest", Digest.init(json:)))
        }
    }

    public var json: JSONValue { .object([("digest", digest.json), ("version", .integer(version))]) }
}

/// A key of a trust root and who owns it.
public struct TrustedKey: Sendable, Hashable {
    public let id: Digest
    public let key: PublicKey
    /// A person or a team's account; thresholds count these.
    public let owner: String
    public let comment: String?
    /// A witness's note name (C2SP signed-note).
    public let name: String?
}

/// The roles of formats.md §3.
public enum RoleName: String, Sendable, CaseIterable {
    case root, preparer, approver, ledger, witness
}

/// Who holds a role, and how many distinct owners must act.
public struct Role: Sendable, Hashable {
    public let keys: [Digest]
    public let threshold: Int
}

/// What bundles may ask for.
public struct Limits: Sendable, Hashable {
    public let partition: String
    public let accounts: [String]
    public let regions: [String]
    /// Change kinds (formats.md §4).
    public let operations: [String]
    /// Extra endpoints beside AWS's own.
    public let endpoints: [String]
    public let maxValiditySeconds: Int
    public let executorMayApprove: Bool
    public let witnessBeforeSend: Bool
    public let userVerification: Bool
}

/// A trust root's payload, in shape: made by decoding, so every rule of its form holds. Who signed it is another question.
public struct TrustRoot: Sendable, Hashable {
    public let version: Int
    public let origin: String
    /// The payload digest of the version before.
    public let previous: Digest?
    public let created: Instant
    public let expires: Instant
    /// In the order of their ids.
    public let keys: [TrustedKey]
    public let roles: [RoleName: Role]
    public let limits: Limits

    public func key(_ id: Digest) -> TrustedKey? { keys.first { $0.id == id } }

    public func role(_ name: RoleName) -> Role { roles[name] ?? Role(keys: [], threshold: 0) }

    /// Whether a key holds a role.
    public func holds(_ id: Digest, _ role: RoleName) -> Bool { self.role(role).keys.contains(id) }

    /// The keys of a role, in the order of the list.
    public func keys(of role: RoleName) -> [PublicKey] { self.role(role).keys.compactMap { key($0)?.key } }

    /// The distinct owners of a role, in the order of the list.
    public func owners(of role: RoleName) -> [String] {
        var seen: [String] = []
        for id in self.role(role).keys {
            if let owner = key(id)?.owner, !seen.contains(owner) { seen.append(owner) }
        }
        return seen
    }

    /// Whether the root is in force at a moment (`created ≤ now < expires`).
    public func isInForce(at now: Instant) -> Bool { created <= now && now < expires }

    /// Why the root is not in force at a moment; nil where it is.
    public func whyNotInForce(at now: Instant) -> String? {
        if isInForce(at: now) { return nil }
        return expires <= now
            ? "trust root version \(version) expired at \(expires)" : "trust root version \(version) is dated \(created), later than now"
    }
}
