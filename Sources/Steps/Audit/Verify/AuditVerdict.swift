// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import Ledger
public import StrictFormats

/// The answer of `audit verify`.
public struct AuditVerdict: Sendable {
    public enum Answer: String, Sendable {
        case verified, failed
        /// Internally consistent, but measured against nothing from outside.
        case unanchored
    }

    public let size: Int
    public let root: Digest
    public let genesis: Digest?
    public let origin: String?
    /// The size that witnesses or a checkpoint held elsewhere vouch for; 0 for none.
    public let witnessed: Int
    public let isAnchored: Bool
    /// Errors first, then by entry.
    public private(set) var findings: [Finding]
    public let bundles: Int
    /// Checkpoints held elsewhere beside those of this ledger that contradict them: evidence for anybody.
    public var forks: [Fork] = []
    /// Entries whose signatures and reviews an audit before this one had verified; 0 for none.
    public var resumedFrom = 0

    public var answer: Answer {
        if findings.contains(where: { $0.severity == .error }) { return .failed }
        return isAnchored ? .verified : .unanchored
    }

    /// Whether the ledger fails for this alone: nobody outside of it vouches for all of it, which was demanded.
    public var lacksWitnessesAlone: Bool {
        let errors = findings.filter { $0.severity == .error }
        return !errors.isEmpty && errors.allSatisfy { $0.code == "unwitnessed-tail" }
    }

    /// One more finding, about the audit itself: after those of its severity.
    mutating func add(_ finding: Finding) {
        findings.insert(finding, at: findings.firstIndex { $0.severity > finding.severity } ?? findings.endIndex)
    }

    public var json: JSONValue {
        .object([
            ("verdict", .string(answer.rawValue)), ("size", .integer(size)), ("root", root.json), ("witnessed", .integer(witnessed)),
            ("genesis", genesis?.json), ("origin", origin.map { .string($0) }), ("bundles", .integer(bundles)),
            ("resumedFrom", resumedFrom > 0 ? .integer(resumedFrom) : nil),
            ("findings", .array(findings.map(\.json))),
            (
                "forks",
                forks.isEmpty
                    ? nil : .array(forks.map { .strings([$0.first, $0.second].map { String(decoding: $0.bytes, as: UTF8.self) }) })
            ),
        ])
    }
}

/// What a ledger is measured against.
public struct AuditAnchors: Sendable {
    public let genesis: Digest?
    /// Checkpoint notes held elsewhere, with their file names.
    public let since: [(bytes: [UInt8], file: String)]
    /// What no witness vouches for is an error.
    public let requireWitness: Bool

    public init(genesis: Digest?, since: [(bytes: [UInt8], file: String)] = [], requireWitness: Bool = false) {
        self.genesis = genesis
        self.since = since
        self.requireWitness = requireWitness
    }
}
