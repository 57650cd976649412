// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Files
import Ledger
import StrictFormats

/// Ledgers of a given size, made by the program's own append.
struct LedgerMaker {
    let ceremony: Ceremony

    /// One whole story, then entries that need no public-key operation to check, so that hashing and reading decide.
    ///
    /// Of every three, two are refused executions of that bundle, one was refused before a bundle could be read.
    /// - Parameter batch: entries in a transaction, and so in a checkpoint.
    func plain(_ name: String, entries: Int, batch: Int) throws -> MadeLedger {
        let store = try ceremony.ledger(named: name)
        let story = try Story(ceremony)
        try append(try story.drafts(from: store.size), to: store)
        var drafts: [Draft] = []
        while store.size + drafts.count < entries {
            let number = store.size + drafts.count
            drafts.append(Draft(refusal(number), bundle: number % 3 == 0 ? nil : story.bundle.digest))
            if drafts.count == batch || store.size + drafts.count == entries {
                try append(drafts, to: store)
                drafts = []
            }
        }
        return try finish(store)
    }

    /// Whole stories, one after the other: each has its signatures to verify and its review to render again.
    func stories(_ name: String, count: Int) throws -> MadeLedger {
        let store = try ceremony.ledger(named: name)
        for _ in 0..<count { try append(try Story(ceremony).drafts(from: store.size), to: store) }
        return try finish(store)
    }

    private func append(_ drafts: [Draft], to store: LedgerStore) throws { try store.append(drafts, now: ceremony.now) }

    /// As long as entries are on average in a ledger of executions: some 520 bytes.
    func refusal(_ number: Int) -> EntryData {
        .executionRefused(
            code: "approvals-missing",
            message:
                "1 of 2 approvers has approved: alice, by \(ceremony.bundle.digest); missing one of bob, carol (attempt \(number), nothing was sent)")
    }

    private func finish(_ store: LedgerStore) throws -> MadeLedger {
        guard let note = try store.reader.latestCheckpoint() else { preconditionFailure("an append writes a checkpoint") }
        let made = MadeLedger(path: store.path, genesis: store.genesis.text, entries: store.size, byteCount: 0)
        try FileWriter.write(note, to: made.note, replace: true)
        let stream = try FileStream(made.bytes, replace: true)
        let lengths = try FileStream(made.lengths, replace: true)
        var byteCount = 0
        try store.reader.forEachEntry { _, entry throws(Refusal) in
            try stream.write(entry)
            try lengths.write("\(entry.count)\n".utf8)
            byteCount += entry.count
        }
        try stream.finish()
        try lengths.finish()
        try store.close()
        return MadeLedger(path: made.path, genesis: made.genesis, entries: made.entries, byteCount: byteCount)
    }
}
