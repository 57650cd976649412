// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc
public import Ledger
public import StrictFormats

/// Audits a published log, and makes a ledger of it.
public enum PublishedAudit {
    /// The audit of the rows that a published log holds, with what only its files can have wrong.
    /// - Parameters:
    ///   - keeping: where the audit keeps how far it came. Of a ledger and of its published log it says the same.
    ///   - fetched: called with the entries that were read from the source and all of them.
    ///   - progress: called with the entries that were audited.
    /// - Throws: `published-nothing`, what keeps the source from being read at all, and what a position can have wrong.
    public static func verify(
        _ source: any PublishedSource, _ anchors: AuditAnchors, keeping: PositionFile? = nil, fetched: (Int, Int) -> Void = { _, _ in },
        progress: (Int) -> Void = { _ in }
    ) throws(Refusal) -> AuditVerdict {
        let scratch = try PrivateFolder(for: "ledger.sqlite")
        let path = scratch.path + "/ledger.sqlite"
        return try withExtendedLifetime(scratch) { () throws(Refusal) in
            let findings = try PublishedLog.fill(path, from: source, progress: fetched)
            return try verdict(path, findings, anchors, keeping, progress)
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
            let verdict = try verdict(temporary, findings, anchors, nil, progress)
            guard verdict.answer != .failed else {
                throw Refusal(
                    "rebuild-not-verified", .answerIsNo, "what is published here does not pass the audit, so no ledger was made of it",
                    at: Place(file: source.path),
                    details: details(verdict.findings.filter { $0.severity == .error }),
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

    /// The first of the errors, in their order, and how many more there are.
    private static func details(_ errors: [Finding]) -> [String] {
        let shown = errors.prefix(5).map { "\($0.message) [\($0.code)]" }
        return errors.count > shown.count ? shown + ["and \(errors.count - shown.count) more"] : shown
    }

    private static func verdict(
        _ path: String, _ found: [PublishedFinding], _ anchors: AuditAnchors, _ keeping: PositionFile?, _ progress: (Int) -> Void
    ) throws(Refusal) -> AuditVerdict {
        let reader = try LedgerReader(path)
        let verdict =
            if let keeping {
                try LedgerAudit.verify(reader, anchors, keeping: keeping, progress: progress)
            } else {
                try LedgerAudit(reader).verify(anchors, progress: progress)
            }
        let ours = found.map {
            Finding($0.code, $0.isHarmless ? .note : .error, entry: $0.entry, "\(SafeText.escaped($0.file)): \($0.message)")
        }
        // What follows from entries that could not be read would hide why.
        let hasGap = found.contains { $0.file.hasPrefix("tile/entries/") && ["published-missing", "published-malformed"].contains($0.code) }
        let theirs = hasGap ? folded(verdict.findings) : verdict.findings
        return AuditVerdict(
            size: verdict.size, root: verdict.root, genesis: verdict.genesis, origin: verdict.origin, witnessed: verdict.witnessed,
            isAnchored: verdict.isAnchored,
            findings: ours.filter { $0.severity == .error } + theirs + ours.filter { $0.severity != .error }, bundles: verdict.bundles,
            forks: verdict.forks, resumedFrom: verdict.resumedFrom)
    }

    /// The first three findings of each code, and how many more there are.
    private static func folded(_ findings: [Finding]) -> [Finding] {
        var counts: [String: Int] = [:]
        for finding in findings { counts[finding.code, default: 0] += 1 }
        var seen: [String: Int] = [:]
        return findings.compactMap { finding in
            seen[finding.code, default: 0] += 1
            switch seen[finding.code] ?? 0 {
            case 1...3: return finding
            case 4: return Finding(finding.code, finding.severity, "\((counts[finding.code] ?? 0) - 3) more of this kind follow from what is missing")
            default: return nil
            }
        }
    }
}
