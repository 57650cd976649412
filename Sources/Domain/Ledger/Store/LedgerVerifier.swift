// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
import Trust

extension LedgerReader {
    /// The verifier key of the ledger, as its genesis entry names it.
    /// - Throws: `ledger-damaged`.
    public func verifier() throws(Refusal) -> NoteVerifier {
        func damaged(_ message: String) -> Refusal {
            Refusal("ledger-damaged", .badData, message, at: Place(file: path), hint: "check it with: countersign audit verify")
        }
        guard let bytes = try entry(0) else { throw damaged("this ledger has no entries") }
        let history = try LedgerHistory(genesis: try Entry(bytes), artifact: artifact)
        guard let key = history.chain.key(history.ledgerKey) else { throw damaged("its trust root does not list its key") }
        return NoteVerifier(name: history.origin, key: key)
    }
}
