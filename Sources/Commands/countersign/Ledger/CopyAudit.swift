// SPDX-License-Identifier: Apache-2.0

import Audit
import Ledger
import Publish
import StrictFormats

/// The audit of a copy against what its original is: only a copy that passes is kept.
struct CopyAudit {
    /// The ledger that was copied.
    let source: String

    func callAsFunction(_ copy: String, _ original: BackupStep.Original) throws(Refusal) -> BackupStep.Made {
        let verdict = try LedgerAudit(LedgerReader(copy)).verify(AuditAnchors(genesis: original.genesis, since: [(original.note, source)]))
        guard verdict.answer == .verified, let genesis = verdict.genesis else {
            throw Refusal(
                "backup-not-verified", .badData, "the copy does not pass the audit, so it was not kept", at: Place(file: source),
                details: verdict.findings.filter { $0.severity == .error }.prefix(5).map { "\($0.message) [\($0.code)]" },
                hint: "run audit verify on the ledger; to keep its bytes as they are, copy the file with cp, -wal included")
        }
        return BackupStep.Made(size: verdict.size, root: verdict.root, genesis: genesis)
    }
}
