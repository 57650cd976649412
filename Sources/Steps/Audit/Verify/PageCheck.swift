// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Ledger
import StrictFormats

/// SQLite's own check of a ledger's pages, on another thread and another read-only connection.
final class PageCheck: @unchecked Sendable {
    // Written before the group is left, read after it was waited for.
    private var outcome: Result<[String], Refusal> = .success([])
    private let group = DispatchGroup()

    init(_ path: String) {
        DispatchQueue.global().async(group: group) {
            self.outcome = Result { () throws(Refusal) in try LedgerReader.steady(path) { reader throws(Refusal) in try reader.pageTroubles() } }
        }
    }

    func troubles() throws(Refusal) -> [String] {
        group.wait()
        return try outcome.get()
    }
}
