// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats
import Trust

/// Reads a whole ledger before it is written to: the first thing that is wrong stops it.
struct LedgerLoad {
    let genesis: Digest
    let origin: String
    let ledgerKey: PublicKey
    let owner: String
    let tiles: TileRows
    let lastTime: Instant
    let history: LedgerHistory

    init(_ reader: LedgerReader) throws(Refusal) {
        let place = Place(file: reader.path)
        func damaged(_ message: String) -> Refusal {
            Refusal("ledger-damaged", .badData, message, at: place, hint: "run audit verify on it; it is not written to until this is explained")
        }
        let hasher = Hasher()
        var tiles = TileRows()
        var history: LedgerHistory?
        var genesis: Digest?
        var lastTime = Instant(secondsSince1970: 0)
        try reader.forEachEntry { seq, bytes throws(Refusal) in
            guard seq == tiles.size else { throw damaged("entry \(tiles.size) is missing") }
            let entry: Entry
            do throws(Refusal) { entry = try Entry(bytes) } catch { throw damaged("entry \(seq) cannot be read: \(error.message)") }
            guard entry.seq == seq else { throw damaged("entry \(seq) calls itself \(entry.seq)") }
            let leaf = MerkleHash.leaf(bytes, with: hasher)
            _ = tiles.append(leaf, with: hasher)
            if seq == 0 {
                genesis = leaf
                history = try LedgerHistory(genesis: entry, artifact: reader.artifact)
            } else {
                try history?.extend(entry, artifact: reader.artifact)
            }
            lastTime = entry.time
        }
        guard let genesis, let history, let note = try reader.latestCheckpoint() else {
            throw damaged("this ledger has no genesis entry or no checkpoint")
        }
        guard let key = history.chain.newest.root.key(history.ledgerKey)?.key else {
            throw damaged("the newest trust root no longer lists the ledger's key")
        }
        let checkpoint = try Checkpoint.verified(note, by: key, file: reader.path)
        guard checkpoint == Checkpoint(origin: history.origin, size: tiles.size, root: tiles.root(with: hasher)) else {
            throw damaged("the last checkpoint (size \(checkpoint.size)) is not that of the \(tiles.size) entries")
        }
        self.genesis = genesis
        origin = history.origin
        ledgerKey = key
        owner = history.chain.newest.root.key(history.ledgerKey)?.owner ?? ""
        self.tiles = tiles
        self.lastTime = lastTime
        self.history = history
    }
}
