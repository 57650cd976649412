// SPDX-License-Identifier: Apache-2.0

import Ledger
import StrictFormats
import Threads

/// SQLite's own check of a ledger's pages, on another thread and another read-only connection.
struct PageCheck {
    private let outcome: Alongside<Result<[String], Refusal>>

    init(_ path: String) {
        outcome = Alongside {
            Result { () throws(Refusal) in try LedgerReader.steady(path) { reader throws(Refusal) in try reader.pageTroubles() } }
        }
    }

    func troubles() throws(Refusal) -> [String] { try outcome.value().get() }
}
