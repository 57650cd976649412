// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
public import Ledger
public import StrictFormats
import Threads
import Trust

/// Re-derives everything that a ledger claims, from its bytes alone, and collects all that is wrong (design §6).
///
/// It streams: what is kept in memory are hashes, lives and open questions, never the entries.
public final class LedgerAudit {
    let reader: LedgerReader
    var findings: [Finding] = []
    private var findingCounts: [String: Int] = [:]
    var chain: TrustChain? { didSet { knownActor = nil } }
    /// The genesis entry holds; without it nothing can be judged.
    var isBegun = false
    /// A writer that was found to be a ledger key's owner under the roots in force.
    var knownActor: Actor?
    var origin: String?
    var genesis: Digest?
    var lives: [Digest: BundleLife] = [:]
    var bundles: [Digest: BundleRecord] = [:]
    /// Bundles whose payloads, reviews and approvals are in memory at once. A ledger has many more, and few at a time.
    var awakeBundles = 32
    /// The bundles that are awake, the one that was looked at last at the end.
    var recentBundles: [Digest] = []
    var ids: [String: Digest] = [:]
    var openExecution: Digest?
    /// Artifacts that entries name, and the first entry that names each.
    var named: [Digest: Int] = [:]
    /// Roots at the sizes that witnesses cosigned.
    var cosignedRoots: [Int: Digest] = [:]
    /// Some roots at other sizes: the newest ones, and those that were asked for.
    var recentRoots: [Int: Digest] = [:]
    /// The root before the newest, and the entry that brought the newest: the last that its ledger key may write.
    var retiring: (root: TrustRoot, updatedAt: Int)?
    /// Each root of the chain and the entry that brought it into force.
    var rootsSince: [(seq: Int, root: TrustRoot)] = []
    /// Sends that a quorum of witnesses must have seen the intent of.
    var witnessedSends: [(seq: Int, intent: Int, time: Instant)] = []
    /// What a note held elsewhere proves of this ledger.
    var forks: [Fork] = []
    var lastTime: Instant?
    let hasher = Hasher()
    /// How far an audit before this one had come, and where this one keeps it.
    var keeper: PositionKeeper?

    /// A bundle as the audit knows it.
    struct BundleRecord {
        let envelope: Digest
        /// As verified last; nil where it never held, or rests.
        var verified: VerifiedBundle?
        /// The chain that it was verified in last; nil where it never held.
        var chain: TrustChain?
        var isResting = false
        var approvals: [KnownApproval] = []
        /// What the last authorization counted on.
        var authorized: [Digest] = []
        /// What its approvals name, rendered once for each version.
        var reviews: [Int: Review] = [:]
    }

    /// An approval or reject that held when it was received.
    struct KnownApproval {
        let seq: Int
        let received: EntryData.ApprovalReceived
        /// Nil while its bundle rests.
        var envelope: Envelope?
        /// What it is under the root named by `under`; nil where it does not hold any more.
        var current: VerifiedApproval?
        var under: TrustReference
    }

    public convenience init(_ reader: LedgerReader) { self.init(reader, nil) }

    init(_ reader: LedgerReader, _ keeper: PositionKeeper?) { (self.reader, self.keeper) = (reader, keeper) }

    /// Runs the whole audit.
    /// - Throws: only where the file itself cannot be read; everything else is a finding.
    public func verify(_ anchors: AuditAnchors, progress: (Int) -> Void = { _ in }) throws(Refusal) -> AuditVerdict {
        let schema = try reader.schema()
        for message in schema.errors { error("schema", nil, message) }
        for message in schema.notes { note("schema-differs", nil, message) }
        if let keeper, keeper.isForeignProgram {
            note("position-program", nil, "\(SafeText.escaped(keeper.file.path)) was kept by another program: every signature is verified anew")
        }
        guard schema.isReadable else {
            return AuditVerdict(
                size: 0, root: MerkleHash.empty, genesis: nil, origin: nil, witnessed: 0, isAnchored: false, findings: findings, bundles: 0)
        }
        // SQLite checks its pages on a connection of its own, while the entries are read; what it finds stands first.
        let place = findings.count
        let pages = PageCheck(reader.path)
        let read = Result { () throws(Refusal) in try readEntries(progress) }
        findings.insert(contentsOf: try pages.troubles().map { Finding("sqlite-damaged", .error, SafeText.escaped($0)) }, at: place)
        let tree = try read.get()
        try checkArtifacts()
        let cosigned = try checkCosignatures()
        let root = tree.root
        let (witnessed, isAnchored) = try checkAnchors(anchors, size: tree.size, root: root, witnessed: cosigned)
        // In one order each time: a dictionary has none.
        for digest in lives.filter({ $0.value.isOpen }).keys.sorted() {
            warning("execution-open", nil, "the execution of the bundle \(digest) has no end yet")
        }
        countUnlisted()
        let sorted = findings.enumerated().sorted { left, right in
            (left.element.severity, left.element.entry ?? -1, left.offset) < (right.element.severity, right.element.entry ?? -1, right.offset)
        }.map(\.element)
        return AuditVerdict(
            size: tree.size, root: root, genesis: genesis, origin: origin, witnessed: witnessed, isAnchored: isAnchored, findings: sorted,
            bundles: bundles.count, forks: forks)
    }

    // MARK: entries, hashes, checkpoints

    private func readEntries(_ progress: (Int) -> Void) throws(Refusal) -> (size: Int, root: Digest) {
        var walk = try EntryWalk(reader)
        func goOn(_ seq: Int) throws(Refusal) {
            guard seq >= 0, seq & 0xFFF == 0 else { return }
            progress(seq)
            keepPosition()
        }
        try EntryPipeline.run(reader) { item, entry throws(Refusal) in
            try walk.take(item, for: self) { () throws(Refusal) in try take(item.seq, item.leaf, entry) }
            try goOn(item.seq)
        } unreadable: { item, fault throws(Refusal) in
            try walk.take(item, for: self) { () throws(Refusal) in unreadable(item.seq, fault) }
            try goOn(item.seq)
        }
        return try walk.finish(for: self)
    }

    /// The size of the last checkpoint that was come by.
    var lastCheckpoint = 0

    /// The roots whose ledger keys may write an entry, and sign the checkpoint right after it: the newest, and for the entry that brought the newest the
    /// one before (decision record 0025).
    func roots(writing seq: Int) -> [TrustRoot] {
        guard let newest = chain?.newest.root else { return [] }
        guard let retiring, retiring.updatedAt == seq else { return [newest] }
        return [newest, retiring.root]
    }

    /// Checkpoints that are being looked at: each one's size, and what it turned out to be.
    let checkpoints = Crew<(size: Int, verdict: CheckpointCheck.Verdict)>()
    /// The size of the last checkpoint that holds.
    var previousCheckpoint = 0
    var differingCheckpoints = 0

    // MARK: findings

    /// Findings of one code that are listed; what is more is counted. A file can hold millions of rows that have no business there.
    static let listedFindings = 1000

    func error(_ code: String, _ entry: Int?, _ message: String) { add(Finding(code, .error, entry: entry, message)) }
    func warning(_ code: String, _ entry: Int?, _ message: String) { add(Finding(code, .warning, entry: entry, message)) }
    func note(_ code: String, _ entry: Int?, _ message: String) { add(Finding(code, .note, entry: entry, message)) }

    private func add(_ finding: Finding) {
        findingCounts[finding.code, default: 0] += 1
        if findingCounts[finding.code, default: 0] <= Self.listedFindings { findings.append(finding) }
    }

    private func countUnlisted() {
        for (code, count) in findingCounts.sorted(by: { $0.key < $1.key }) where count > Self.listedFindings {
            guard let severity = findings.first(where: { $0.code == code })?.severity else { continue }
            findings.append(Finding(code, severity, "\(count - Self.listedFindings) more of this kind are not listed"))
        }
    }
}
