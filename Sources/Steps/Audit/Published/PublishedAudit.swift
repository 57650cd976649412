// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc
public import Ledger
public import StrictFormats

/// Audits a published log, and makes a ledger of it.
public enum PublishedAudit {
    /// The audit of the rows that a published log holds, with what only its files can have wrong.
    /// - Parameters:
    ///   - fetched: called with the entries that were read from the source and all of them.
    ///   - progress: called with the entries that were audited.
    /// - Throws: `published-nothing` and what keeps the source from being read at all.
    public static func verify(
        _ source: any PublishedSource, _ anchors: AuditAnchors, fetched: (Int, Int) -> Void = { _, _ in }, progress: (Int) -> Void = { _ in }
    ) throws(Refusal) -> AuditVerdict {
        let scratch = try PrivateFolder(for: "ledger.sqlite")
        let path = scratch.path + "/ledger.sqlite"
        return try withExtendedLifetime(scratch) { () throws(Refusal) in
            let findings = try PublishedLog.fill(path, from: source, progress: fetched)
            return try verdict(path, findings, anchors, progress)
        }
    }

    /// Makes a ledger with the rows of a published log. It gets its name only if it passes the audit.
    /// - Throws: `rebuild-not-verified` (the answer is no), `output-exists`, `output-in-use`.
    public static func rebuild(
        _ source: any PublishedSource, to path: String, replace: Bool, _ anchors: AuditAnchors, fetched: (Int, Int) -> Void = { _, _ in },
        progress: (Int) -> Void = { _ in }
    ) throws(Refusal) -> AuditVerdict {
        try LedgerCopy.checkTarget(path, replace: replace)
        let temporary = path + ".rebuilding"
        for end in ["", "-journal"] { unlink(temporary + end) }
        let unfinished = Unfinished(database: temporary)
        defer { unfinished.end() }
        do throws(Refusal) {
            let findings = try PublishedLog.fill(temporary, from: source, progress: fetched)
            let verdict = try verdict(temporary, findings, anchors, progress)
            guard verdict.answer != .failed else {
                throw Refusal(
                    "rebuild-not-verified", .answerIsNo, "what is published here does not pass the audit, so no ledger was made of it",
                    at: Place(file: source.path),
                    details: verdict.findings.filter { $0.severity == .error }.prefix(5).map { "\($0.message) [\($0.code)]" },
                    hint: "countersign audit verify --from lists all that it finds")
            }
            try LedgerCopy.sync(temporary)
            try FileWriter.move(temporary, to: path, replace: replace)
            return verdict
        } catch {
            for end in ["", "-journal"] { unlink(temporary + end) }
            throw error
        }
    }

    private static func verdict(
        _ path: String, _ found: [PublishedFinding], _ anchors: AuditAnchors, _ progress: (Int) -> Void
    ) throws(Refusal) -> AuditVerdict {
        let verdict = try LedgerAudit(LedgerReader(path)).verify(anchors, progress: progress)
        let ours = found.map { Finding($0.code, $0.isHarmless ? .note : .error, "\(SafeText.escaped($0.file)): \($0.message)") }
        return AuditVerdict(
            size: verdict.size, root: verdict.root, genesis: verdict.genesis, origin: verdict.origin, witnessed: verdict.witnessed,
            isAnchored: verdict.isAnchored,
            findings: ours.filter { $0.severity == .error } + verdict.findings + ours.filter { $0.severity != .error }, bundles: verdict.bundles)
    }
}
