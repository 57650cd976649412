// SPDX-License-Identifier: Apache-2.0

import Ledger
import StrictFormats

extension LedgerReader {
    /// Reads a ledger that somebody handed in, as it stood at one moment.
    static func audited<Value>(_ path: String, _ body: (LedgerReader) throws(Refusal) -> Value) throws(Refusal) -> Value {
        do throws(Refusal) { return try steady(path, body) } catch { throw error.forAuditor }
    }
}

extension Refusal {
    /// Who audits was handed a ledger: a hint how to make a new one would mislead him.
    var forAuditor: Refusal {
        guard ["ledger-missing", "ledger-not-ours"].contains(code) else { return self }
        var copy = self
        copy.hint = "check the name; the file itself comes from the ledger's owner (countersign ledger backup LEDGER --to FILE)"
        return copy
    }
}
