// SPDX-License-Identifier: Apache-2.0

/// A ledger as the auditor gets it: one file, its genesis digest, its newest checkpoint, and its entries' bytes in a row.
struct MadeLedger {
    let path: String
    let genesis: String
    let entries: Int
    let byteCount: Int

    var note: String { path + ".note" }
    var bytes: String { path + ".bytes" }
    /// The length of each entry, one a line.
    var lengths: String { path + ".lengths" }

    init(path: String, genesis: String, entries: Int, byteCount: Int) {
        self.path = path
        self.genesis = genesis
        self.entries = entries
        self.byteCount = byteCount
    }

    /// As one line, from one process to another.
    var line: String { "\(genesis) \(entries) \(byteCount) \(path)" }

    init(line: String) throws {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard words.count == 4, let entries = Int(words[1]), let byteCount = Int(words[2]) else {
            throw ChildRun.Failure(description: "no ledger was made: \(line)")
        }
        self.init(path: String(words[3]), genesis: String(words[0]), entries: entries, byteCount: byteCount)
    }
}
