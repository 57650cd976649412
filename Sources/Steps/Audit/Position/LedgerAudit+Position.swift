// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import Ledger
public import StrictFormats

extension LedgerAudit {
    /// Runs the whole audit, and keeps in a file how far it came, so that one that is interrupted does not verify the same signatures again.
    ///
    /// What is kept is believed only where this ledger's bytes are those that it names; otherwise everything is verified anew, and the finding says so.
    /// A position that cannot be saved takes nothing from the verdict, and is a finding too.
    /// - Parameter interval: seconds between two savings.
    /// - Throws: `position-foreign` where the file was kept for another ledger, what makes it no position, and where the ledger cannot be read.
    public static func verify(
        _ reader: LedgerReader, _ anchors: AuditAnchors, keeping file: PositionFile, every interval: Int = 2, progress: (Int) -> Void = { _ in }
    ) throws(Refusal) -> AuditVerdict {
        let kept = try file.read()
        var audit = LedgerAudit(reader, PositionKeeper(file, kept, every: interval))
        var verdict = try audit.verify(anchors, progress: progress)
        if let contradiction = try audit.contradiction(size: verdict.size) {
            audit = LedgerAudit(reader, PositionKeeper(file, kept, every: interval, restart: true))
            audit.findings.append(contradiction)
            verdict = try audit.verify(anchors, progress: progress)
        }
        if verdict.answer != .failed { audit.savePosition() }
        if let trouble = audit.keeper?.trouble { verdict.add(Self.unsaved(file, trouble)) }
        verdict.resumedFrom = audit.keeper?.provenSize ?? 0
        return verdict
    }

    /// Saves how far the audit has come where it is time to.
    func keepPosition() { if let keeper, keeper.isDue { savePosition() } }

    private static func unsaved(_ file: PositionFile, _ trouble: Refusal) -> Finding {
        Finding(
            "position-unsaved", .warning,
            "\(SafeText.escaped(file.path)) does not say how far this audit came, which the next one will not know: \(trouble.message)")
    }

    private func savePosition() {
        guard keeper != nil, let genesis else { return }
        settleCheckpoints()
        // A position speaks of nothing but what was found good.
        guard !findings.contains(where: { $0.severity == .error || $0.code == Self.unrenderedReview }) else { return }
        keeper?.save(genesis: genesis)
    }

    /// What the position that was kept says otherwise than this ledger.
    private func contradiction(size: Int) throws(Refusal) -> Finding? {
        guard let keeper, let known = keeper.remembered, !keeper.isMet else { return nil }
        let file = SafeText.escaped(keeper.file.path)
        guard genesis == known.genesis else {
            throw Refusal(
                "position-foreign", .badData, "this position was kept for another ledger, which begins with \(known.genesis)",
                at: Place(file: keeper.file.path), hint: "give each ledger a position file of its own")
        }
        guard known.size <= size else {
            return Finding(
                "position-cut", .error, entry: size,
                "\(file) remembers \(known.size) entries of this ledger; \(size) are here: the tail was cut off since then")
        }
        guard try root(of: known.size) == known.root else {
            return Finding(
                "position-differs", .error,
                "\(file) remembers another state of the first \(known.size) entries: something before it was changed since then")
        }
        return Finding(
            "position-checkpoints", .warning,
            "the checkpoints of the first \(known.size) entries are not those that \(file) remembers: every signature was verified anew")
    }
}
