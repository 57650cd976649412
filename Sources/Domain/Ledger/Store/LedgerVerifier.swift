// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
import Trust

extension LedgerReader {
    /// The verifier key of the ledger now, as its newest trust root lists it.
    /// - Throws: `ledger-damaged`, and what reading its entries throws.
    public func verifier() throws(Refusal) -> NoteVerifier {
        let history = try history()
        guard let key = history.chain.newest.root.keys(of: .ledger).first else {
            throw Refusal(
                "ledger-damaged", .badData, "its trust root lists no ledger key", at: Place(file: path),
                hint: "check it with: countersign audit verify")
        }
        return NoteVerifier(name: history.origin, key: key)
    }

    /// Every verifier key that the ledger ever had, the first one first: an older note may be of an older key.
    /// - Throws: what reading its entries throws.
    public func verifiers() throws(Refusal) -> [NoteVerifier] {
        try history().verifiers
    }
}

extension LedgerHistory {
    /// Every verifier key that the ledger ever had, the first one first.
    public var verifiers: [NoteVerifier] { chain.keysEver(.ledger).map { NoteVerifier(name: origin, key: $0) } }
}
