// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

extension PublishedLog {
    /// Which files differ, seen from either side: from the entries, and from the leaf hashes that the lowest tiles hold.
    ///
    /// Over an entry that was changed no tile agrees with it, and all of them are sound. Which side is right says the checkpoint.
    struct Sides {
        /// The tree that the lowest tiles tell; nil while it is that of the entries, and where one of them tells nothing.
        private(set) var told: TileColumns?
        private var isSilent = false
        /// What the lowest tile over the bundle that is being read holds, where the two sides have parted.
        var leaves: [Digest]?
        /// What differs if the entries are right, and if the lowest tiles are.
        var fromEntries: [PublishedFinding] = []
        var fromTiles: [PublishedFinding] = []

        /// Takes the lowest tile over a bundle.
        /// - Parameters:
        ///   - read: as it stands there; nil where it does not.
        ///   - tile: as the entries say.
        ///   - before: the tree of the entries before them.
        /// - Returns: what the tiles over it must hold by it, by their levels; nil where that is what the entries say.
        mutating func take(_ read: Read?, _ tile: Tile, after before: TileColumns, isLast: Bool, with hasher: Hasher) -> [Int: [UInt8]]? {
            guard !isSilent else { return nil }
            guard let read, read.bytes.count == read.width * 32 else {
                (isSilent, told) = (true, nil)
                return nil
            }
            let stored = read.bytes.prefix(tile.width * 32)
            guard told != nil || !stored.elementsEqual(tile.bytes) else { return nil }
            var columns = told ?? before
            let leaves = (0..<tile.width).compactMap { Digest(bytes: Array(stored[($0 * 32)..<($0 * 32 + 32)])) }
            var tiles: [Int: [UInt8]] = [:]
            for leaf in leaves {
                for full in columns.append(leaf, with: hasher) { tiles[full.level] = full.bytes }
            }
            if isLast { for partial in columns.partial { tiles[partial.level] = partial.bytes } }
            (told, self.leaves) = (columns, leaves)
            return tiles
        }
    }

    /// A tile as the entries say that it must be.
    struct Tile {
        let level: Int
        let index: Int
        let width: Int
        let bytes: [UInt8]
    }

    /// Holds the tiles that a bundle closes, the lowest first, against both sides.
    mutating func compareTiles(_ tiles: [Tile], after before: TileColumns, isLast: Bool) throws(Refusal) {
        var told: [Int: [UInt8]]?
        for tile in tiles {
            let name = { (width: Int) -> TileName in .tile(level: tile.level, index: tile.index, width: width) }
            let read = try narrowest(name, tile.width, limit: PublishedLimit.tile)
            if tile.level == 0 { told = sides.take(read, tile, after: before, isLast: isLast, with: hasher) }
            guard let read else {
                forget(name)
                continue
            }
            let other = told?[tile.level] ?? tile.bytes
            try forEachWidth(name, read, limit: PublishedLimit.tile) { log, found, file in
                let length = min(found.width, tile.width) * 32
                if !found.holds(Array(tile.bytes.prefix(length)), tile.width) {
                    log.sides.fromEntries.append(Self.differs("published-tile-differs", file))
                }
                if !found.holds(Array(other.prefix(length)), tile.width) {
                    log.sides.fromTiles.append(
                        PublishedFinding(
                            code: "published-tile-differs", file: file,
                            message: "it does not hold what the lowest tiles say, and they lead to the checkpoint"))
                }
            }
        }
    }

    /// Holds each width of an entry bundle against both sides.
    mutating func compareEntries(_ index: Int, _ width: Int, _ read: Read, _ entries: [[UInt8]]) throws(Refusal) {
        try forEachWidth({ .entries(index: index, width: $0) }, read, limit: PublishedLimit.bundle) { log, found, file in
            let holds = found.holds(Self.joined(entries.prefix(found.width)), width)
            if !holds { log.sides.fromEntries.append(Self.differs("published-entries-differ", file)) }
            guard let leaves = log.sides.leaves else {
                if !holds { log.sides.fromTiles.append(Self.differs("published-entries-differ", file)) }
                return
            }
            guard let parts = EntryBundle.entries(found.bytes), found.width <= width ? parts.count == found.width : parts.count > width else {
                log.sides.fromTiles.append(Self.differs("published-entries-differ", file))
                return
            }
            let hasher = log.hasher
            let changed = zip(parts, leaves).enumerated().filter { MerkleHash.leaf($0.element.0, with: hasher) != $0.element.1 }.map {
                index * TileRows.width + $0.offset
            }
            guard let first = changed.first else { return }
            let tile = TileName.tile(level: 0, index: index, width: width)
            let what = changed.count == 1 ? "entry \(first) in it was" : "entry \(first) and \(changed.count - 1) more in it were"
            log.sides.fromTiles.append(
                PublishedFinding(
                    code: "published-entries-differ", file: file,
                    message: "\(what) changed: \(tile.text) holds another hash, and leads to the checkpoint", entry: first))
        }
    }

    /// Lists what differs, seen from the side that leads to the checkpoint: entries before tiles.
    /// - Parameter root: of the entries; nil where some are missing.
    mutating func settle(_ root: Digest?) {
        let isByTiles = root != nil && root != checkpoint.root && sides.told?.root(with: hasher) == checkpoint.root
        let found = isByTiles ? sides.fromTiles : sides.fromEntries
        let later = findings
        findings = []
        if let root, root != checkpoint.root, !isByTiles {
            add(
                "published-checkpoint-differs", TileName.checkpoint,
                "it signs another state than the entries lead to: one of them was changed, or it was")
        }
        for isEntries in [true, false] {
            for finding in found where (finding.code == "published-entries-differ") == isEntries { add(finding) }
        }
        findings += later
        sides = Sides()
    }

    private static func differs(_ code: String, _ file: String) -> PublishedFinding {
        PublishedFinding(code: code, file: file, message: "it does not hold what the entries before the checkpoint say")
    }
}
