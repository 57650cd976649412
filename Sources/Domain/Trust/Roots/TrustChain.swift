// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// Verified trust roots of one origin, each signed by the one before: the first is trusted by its digest.
public struct TrustChain: Sendable {
    /// In the order of their versions, without gaps.
    public private(set) var links: [VerifiedTrustRoot]

    public var newest: VerifiedTrustRoot { links[links.count - 1] }
    public var first: VerifiedTrustRoot { links[0] }
    public var origin: String { first.root.origin }

    /// A chain of one.
    public init(_ first: VerifiedTrustRoot) { links = [first] }

    /// Builds a chain from files given in any order (formats.md §3).
    /// - Parameter pin: what this machine already trusts for an origin.
    /// - Throws: `trust-…` (not permitted) where the files do not make one chain, or contradict the pin.
    public init(files: [Envelope], pin: (_ origin: String) -> TrustReference?) throws(Refusal) {
        var roots: [(TrustRoot, Envelope)] = []
        for envelope in files {
            let root = try envelope.decodePayload(TrustRoot.init(json:))
            if roots.contains(where: { $0.1.payloadDigest == envelope.payloadDigest }) { continue }
            roots.append((root, envelope))
        }
        roots.sort { $0.0.version < $1.0.version }
        guard let (lowest, envelope) = roots.first else {
            throw Refusal("trust-missing", .usage, "no trust root was given", hint: "--trust FILE")
        }
        let pinned = pin(lowest.origin)
        let trusted = pinned.flatMap { $0.version == lowest.version ? $0.digest : nil }
        self.init(try VerifiedTrustRoot.verify(envelope, as: lowest, previous: nil, trustedDigest: trusted))
        for (root, next) in roots.dropFirst() { links.append(try VerifiedTrustRoot.verify(next, as: root, previous: newest)) }
        if let pinned { try check(pinned) }
    }

    /// Adds the next version, verified against the newest.
    public mutating func append(_ envelope: Envelope) throws(Refusal) {
        links.append(try VerifiedTrustRoot.verify(envelope, previous: newest))
    }

    /// The version with that digest, where the chain has it.
    public func link(_ reference: TrustReference) -> VerifiedTrustRoot? { links.first { $0.reference == reference } }

    /// A key of any version, by id. The id is the hash of the key, so versions cannot disagree about it.
    public func key(_ id: Digest) -> PublicKey? {
        for link in links.reversed() { if let key = link.root.key(id) { return key.key } }
        return nil
    }

    /// Every key that a role ever had, those of the first version first.
    public func keysEver(_ role: RoleName) -> [PublicKey] {
        links.flatMap { $0.root.keys(of: role) }.reduce(into: [PublicKey]()) { keys, key in
            if !keys.contains(where: { $0.id == key.id }) { keys.append(key) }
        }
    }

    private func check(_ pin: TrustReference) throws(Refusal) {
        let place = Place(file: newest.envelope.file)
        guard newest.root.version >= pin.version else {
            throw Refusal(
                "trust-older-than-pin", .notPermitted,
                "this machine already trusts version \(pin.version) of \(origin); version \(newest.root.version) is older", at: place,
                hint: "give the newer trust root, or all versions up to it, with --trust")
        }
        guard links.contains(where: { $0.reference == pin }) else {
            throw Refusal(
                "trust-contradicts-pin", .notPermitted,
                "no chain of signatures leads from the pinned version \(pin.version) (\(pin.digest)) of \(origin) to this trust root", at: place,
                hint:
                    "give every version from \(pin.version) on with --trust; if the pin itself is wrong, find out why before you change it with trust pin"
            )
        }
    }
}
