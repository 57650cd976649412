// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

extension PublishedLog {
    /// Entries, and the tiles over them: each file that is there, against what the entries before the checkpoint say.
    /// - Parameter progress: called with the entries that were read and all of them.
    mutating func readEntries(_ progress: (Int, Int) -> Void) throws(Refusal) {
        reads.expect(entryFiles)
        let insertEntry = try door.prepare("INSERT INTO entries (seq, bytes) VALUES (?1, ?2)")
        let insertTile = try door.prepare(
            "INSERT INTO tiles (level, idx, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (level, idx) DO UPDATE SET bytes = excluded.bytes")
        var rows = TileRows()
        var columns = TileColumns()
        var isWhole = true
        for index in 0..<bundleCount {
            guard !isGivenUp() else { return }
            sides.leaves = nil
            let width = width(ofBundle: index)
            guard let (read, entries) = try bundle({ .entries(index: index, width: $0) }, width, count: width) else {
                isWhole = false
                continue
            }
            let before = columns
            var tiles: [Tile] = []
            for (place, entry) in entries.enumerated() {
                try insertEntry.run(.integer(index * TileRows.width + place), .blob(entry))
                // What cannot be read names nothing; the audit says so.
                if let entry = try? Entry(entry) { named.formUnion(entry.data.artifacts) }
                guard isWhole else { continue }
                let leaf = MerkleHash.leaf(entry, with: hasher)
                for row in rows.append(leaf, with: hasher) {
                    try insertTile.run(.integer(row.level), .integer(row.index), .blob(row.bytes))
                }
                for full in columns.append(leaf, with: hasher) {
                    tiles.append(Tile(level: full.level, index: full.index, width: TileRows.width, bytes: full.bytes))
                }
            }
            if isWhole {
                let isLast = index == bundleCount - 1
                if isLast { tiles += columns.partial.map { Tile(level: $0.level, index: $0.index, width: $0.width, bytes: $0.bytes) } }
                try compareTiles(tiles, after: before, isLast: isLast)
            }
            try compareEntries(index, width, read, entries)
            progress(index * TileRows.width + width, checkpoint.size)
        }
        settle(isWhole ? columns.root(with: hasher) : nil)
        // Behind entries that are not there, nothing can be said of the tiles.
        if !isWhole { left.subtract(left.filter { $0.hasPrefix("tile/") }) }
    }

    /// Every signed checkpoint, up to the newest.
    mutating func readCheckpoints() throws(Refusal) {
        let insert = try door.prepare("INSERT INTO checkpoints (size, note) VALUES (?1, ?2)")
        var last = 0
        var newest: [UInt8] = []
        reads.expect(checkpointFiles)
        for index in 0..<bundleCount {
            guard !isGivenUp() else { return }
            let width = width(ofBundle: index)
            guard let (read, notes) = try bundle({ .checkpoints(index: index, width: $0) }, width, count: nil) else { continue }
            var sized: [(size: Int, note: [UInt8])] = []
            for note in notes {
                let lines = note.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
                let size = lines.count == 3 ? Int(String(decoding: lines[1], as: UTF8.self)) : nil
                guard let size, size > last, size > index * TileRows.width, size <= (index + 1) * TileRows.width else {
                    add("published-malformed", TileName.checkpoints(index: index, width: width).text, "its checkpoints are not in order")
                    break
                }
                last = size
                sized.append((size, note))
            }
            for (size, note) in sized where size <= checkpoint.size {
                try insert.run(.integer(size), .blob(note))
                newest = note
            }
            try forEachWidth({ .checkpoints(index: index, width: $0) }, read, limit: PublishedLimit.bundle) { log, found, file in
                let known = sized.filter { $0.size <= index * TileRows.width + min(found.width, width) }.map(\.note)
                guard !found.holds(Self.joined(known[...]), width) else { return }
                log.add("published-checkpoint-differs", file, "it does not hold the checkpoints that stand in the other files of them")
            }
        }
        // The log's own lines stand first; what follows are cosignatures, each of which must stand in their file too.
        let file = TileName.cosignatures(size: checkpoint.size).text
        let isThere = isListed ? left.contains(file) : cosigned.contains(checkpoint.size)
        let lines = isThere ? try take(file, limit: PublishedLimit.cosignatures) ?? [] : []
        if isThere, isListed { left.insert(file) }
        let cosignatures = Set(lines.split(separator: 0x0A).map(Array.init))
        let whole = note.bytes
        guard whole.starts(with: newest), !newest.isEmpty,
            whole.dropFirst(newest.count).split(separator: 0x0A).allSatisfy({ cosignatures.contains(Array($0)) })
        else {
            return add(
                "published-checkpoint-differs", TileName.checkpoint, "it is not the newest of the checkpoints beside it with their cosignatures")
        }
    }

    /// The parts of a bundle, from the narrowest file that holds enough of them; nil, and a finding, where there is none that does.
    /// - Parameter count: how many there must be at least, and in a file of that width exactly; nil where no number is known.
    private mutating func bundle(
        _ name: (Int) -> TileName, _ width: Int, count: Int?
    ) throws(Refusal) -> (read: Read, parts: [[UInt8]])? {
        guard let read = try narrowest(name, width, limit: PublishedLimit.bundle) else {
            forget(name)
            return nil
        }
        guard let parts = EntryBundle.entries(read.bytes),
            count.map({ parts.count == $0 || read.width > width && parts.count > $0 }) ?? true
        else {
            add("published-malformed", name(read.width).text, "it does not hold the number of entries that its name says")
            forget(name)
            return nil
        }
        return (read, count.map { Array(parts.prefix($0)) } ?? parts)
    }

    static func joined(_ parts: ArraySlice<[UInt8]>) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in parts { bytes += [UInt8(part.count >> 8), UInt8(part.count & 0xFF)] + part }
        return bytes
    }
}
