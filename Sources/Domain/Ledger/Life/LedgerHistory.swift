// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
public import Trust

/// What a ledger's entries say together: its chain of trust, and the life of each bundle.
public struct LedgerHistory: Sendable {
    public let origin: String
    public private(set) var chain: TrustChain
    /// The entry that brought the newest root; nil for the genesis.
    private(set) var updatedAt: Int?
    public private(set) var lives: [Digest: BundleLife] = [:]
    /// Bundle ids that were received, with their payload digests.
    public private(set) var ids: [String: Digest] = [:]

    /// The bundle whose execution is open: something of it left, and it has no end yet.
    public var openExecution: Digest? { lives.first { $0.value.isOpen }?.key }

    /// Begins with the genesis entry, whose trust root is trusted by its digest.
    public init(genesis entry: Entry, artifact: (Digest) throws(Refusal) -> [UInt8]?) throws(Refusal) {
        guard case .genesis(let genesis) = entry.data else {
            throw Refusal("ledger-genesis", .badData, "the first entry is no genesis")
        }
        let envelope = try Self.envelope(genesis.envelope, .trustRoot, artifact)
        let root = try VerifiedTrustRoot.verify(envelope, previous: nil, trustedDigest: genesis.trust.digest)
        guard root.reference == genesis.trust, let key = root.root.key(genesis.ledgerKey), root.root.holds(key.id, .ledger) else {
            throw Refusal("ledger-genesis", .badData, "the genesis names another trust root, or a key that may not write a ledger")
        }
        origin = genesis.origin
        chain = TrustChain(root)
    }

    /// Takes in the next entry, a new trust root included.
    public mutating func extend(_ entry: Entry, artifact: (Digest) throws(Refusal) -> [UInt8]?) throws(Refusal) {
        if case .trustUpdated(let digest, let reference) = entry.data {
            var chain = chain
            try chain.append(try Self.envelope(digest, .trustRoot, artifact))
            guard chain.newest.reference == reference else {
                throw Refusal("ledger-trust", .badData, "entry \(entry.seq) names another trust root than the one it holds")
            }
            replaceChain(chain, by: entry)
        }
        apply(entry)
    }

    /// Takes in an entry that was just written.
    public mutating func apply(_ entry: Entry) {
        guard let bundle = entry.bundle else { return }
        if case .bundleReceived(let id, _) = entry.data { ids[id] = bundle }
        lives[bundle, default: BundleLife()].apply(entry)
    }

    mutating func replaceChain(_ chain: TrustChain, by entry: Entry) {
        self.chain = chain
        updatedAt = entry.seq
    }

    /// The checkpoint right after the newest entry, signed by a ledger key of the newest root, or where that entry brought it by one of the root before
    /// (formats.md §9, decision record 0025).
    /// - Parameter size: the newest entry's number plus one.
    /// - Throws: `checkpoint-signature` (not permitted), and what makes it no checkpoint.
    public func checkpoint(_ note: [UInt8], size: Int, file: String) throws(Refusal) -> Checkpoint {
        var roots = [chain.newest.root]
        if let updatedAt, size == updatedAt + 1 { roots += chain.links.dropLast().suffix(1).map(\.root) }
        var problem: Refusal?
        for key in roots.flatMap({ $0.keys(of: .ledger) }) {
            do throws(Refusal) { return try Checkpoint.verified(note, by: key, file: file) } catch { problem = problem ?? error }
        }
        throw problem ?? Refusal("ledger-damaged", .badData, "its trust root lists no ledger key", at: Place(file: file))
    }

    static func envelope(_ digest: Digest, _ type: PayloadType, _ artifact: (Digest) throws(Refusal) -> [UInt8]?) throws(Refusal) -> Envelope {
        guard let bytes = try artifact(digest) else {
            throw Refusal("ledger-artifact", .badData, "the artifact \(digest) is missing")
        }
        guard Digest(of: bytes) == digest else { throw Refusal("ledger-artifact", .badData, "the artifact \(digest) holds other bytes") }
        return try Envelope(bytes, expecting: type)
    }
}
