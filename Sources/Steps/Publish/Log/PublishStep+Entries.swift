// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
import Ledger
import StrictFormats

extension PublishStep {
    /// Entry bundles, tiles and checkpoints: each full one, and of the last ones every part for which a checkpoint was signed.
    func putEntries(_ giving: GivingNames, _ progress: (Int, Int) -> Void) throws(Refusal) {
        let newest = moment.checkpoint
        var columns = TileColumns()
        var entries: [UInt8] = []
        var notes: [UInt8] = []
        /// The width that was written last at each level of the last tiles.
        var written: [Int: Int] = [:]
        func put(_ name: TileName, _ bytes: [UInt8]) throws(Refusal) { try giving.put(name.text, bytes) }
        func add(_ seq: Int, _ bytes: [UInt8], _ checkpoints: inout ArraySlice<(size: Int, note: [UInt8])>) throws(Refusal) {
            guard seq == columns.size else { throw damaged("entry \(columns.size) is missing") }
            let full = columns.append(MerkleHash.leaf(bytes, with: hasher), with: hasher)
            try EntryBundle.append(bytes, to: &entries, "entry \(seq)")
            let size = columns.size
            let (index, width) = (seq / TileRows.width, size % TileRows.width)
            var isSigned = false
            while let current = checkpoints.first, current.size <= size {
                guard current.size == size else { throw damaged("a checkpoint of size \(current.size) stands where none can be") }
                try EntryBundle.append(current.note, to: &notes, "the checkpoint of size \(size)")
                isSigned = true
                checkpoints.removeFirst()
            }
            if width == 0 {
                if size > complete {
                    try put(.entries(index: index, width: TileRows.width), entries)
                    try put(.checkpoints(index: index, width: TileRows.width), notes)
                }
                (entries, notes) = ([], [])
            } else if isSigned, size > complete, index == newest.size / TileRows.width {
                try put(.entries(index: index, width: width), entries)
                try put(.checkpoints(index: index, width: width), notes)
            }
            // A tile is full with this entry, so it is new where this size is.
            for tile in full where size > complete { try put(.tile(level: tile.level, index: tile.index, width: TileRows.width), tile.bytes) }
            if isSigned {
                for tile in columns.partial where tile.index == newest.size >> (8 * tile.level) / TileRows.width && written[tile.level] != tile.width
                {
                    if size > complete { try put(.tile(level: tile.level, index: tile.index, width: tile.width), tile.bytes) }
                    written[tile.level] = tile.width
                }
            }
            if seq & 0xFFF == 0 { progress(seq, newest.size) }
        }
        try moment.forEachPiece { piece throws(Refusal) in
            var checkpoints = piece.checkpoints[...]
            for (seq, bytes) in piece.entries { try add(seq, bytes, &checkpoints) }
        }
        guard columns.size == newest.size, columns.root(with: hasher) == newest.root else {
            throw damaged("the entries do not lead to the newest checkpoint")
        }
    }
}
