// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats
import Trust

/// Reads a whole ledger before it is written to: the first thing that is wrong stops it.
struct LedgerLoad {
    let genesis: Digest
    let origin: String
    let tiles: TileRows
    let lastTime: Instant
    let history: LedgerHistory

    init(_ reader: LedgerReader) throws(Refusal) {
        let place = Place(file: reader.path)
        func damaged(_ message: String) -> Refusal {
            Refusal("ledger-damaged", .badData, message, at: place, hint: "run audit verify on it; it is not written to until this is explained")
        }
        var tree = GrowingTree()
        var history: LedgerHistory?
        var genesis: Digest?
        var lastTime = Instant(secondsSince1970: 0)
        func judge(_ item: EntryPipeline.Item, _ entry: Entry) throws(Refusal) {
            let seq = item.seq
            guard seq == tree.size else { throw damaged("entry \(tree.size) is missing") }
            guard entry.seq == seq else { throw damaged("entry \(seq) calls itself \(entry.seq)") }
            if let tile = item.tile { tree.begin(tile, at: seq) }
            _ = tree.append(item.leaf)
            if seq == 0 {
                genesis = item.leaf
                history = try LedgerHistory(genesis: entry, artifact: reader.artifact)
            } else {
                try history?.extend(entry, artifact: reader.artifact)
            }
            lastTime = entry.time
        }
        try EntryPipeline.run(reader, judge) { item, fault throws(Refusal) in
            throw damaged(item.seq == tree.size ? "entry \(item.seq) cannot be read: \(fault.message)" : "entry \(tree.size) is missing")
        }
        guard let genesis, let history, let note = try reader.latestCheckpoint() else {
            throw damaged("this ledger has no genesis entry or no checkpoint")
        }
        let checkpoint = try history.checkpoint(note, size: tree.size, file: reader.path)
        guard checkpoint == Checkpoint(origin: history.origin, size: tree.size, root: tree.root) else {
            throw damaged("the last checkpoint (size \(checkpoint.size)) is not that of the \(tree.size) entries")
        }
        self.genesis = genesis
        origin = history.origin
        tiles = tree.rows
        self.lastTime = lastTime
        self.history = history
    }
}
