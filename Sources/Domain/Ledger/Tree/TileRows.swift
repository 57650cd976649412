// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// The rows that `tiles` holds (C2SP tlog-tiles, height 8; formats.md §6): at level 0 full tiles only, at higher levels
/// the last, partial one too. A row at level L holds the hashes of the perfect subtrees of height 8·L.
public struct TileRows {
    public static let width = 256

    /// Open tiles from level 0 up: the hashes gathered since the last full tile.
    private var open: [[Digest]] = []
    private var frontier: MerkleFrontier

    /// A row to write: its place and its bytes.
    public struct Row: Sendable, Hashable {
        public let level: Int
        public let index: Int
        public let bytes: [UInt8]

        public var isFull: Bool { bytes.count == TileRows.width * 32 }
    }

    /// Whether the tiles of a tree of that size hold this one: at level 0 where it is full, above where it has begun.
    public static func holds(level: Int, index: Int, at size: Int) -> Bool {
        guard (0..<8).contains(level), index >= 0 else { return false }
        let hashes = size >> (8 * level)
        return index < (level == 0 ? hashes / width : (hashes + width - 1) / width)
    }

    public var size: Int { frontier.size }

    public init() { frontier = MerkleFrontier() }

    /// Continues a tree from what a ledger holds.
    /// - Parameters:
    ///   - open: for each level from 0, the hashes of its last tile when it is not full.
    public init(frontier: MerkleFrontier, open: [[Digest]]) {
        self.frontier = frontier
        self.open = open
    }

    public func root(with hasher: Hasher) -> Digest { frontier.root(with: hasher) }

    /// Appends a leaf hash and gives the rows that change: nothing at all unless a level-0 tile was closed.
    public mutating func append(_ leaf: Digest, with hasher: Hasher) -> [Row] {
        var rows: [Row] = []
        grow(leaf, level: 0, with: hasher, &rows)
        return rows
    }

    /// Appends 256 leaf hashes at once, where the last tile is full.
    public mutating func append(_ tile: PerfectTile, with hasher: Hasher) -> [Row] {
        var rows = [Row(level: 0, index: size / Self.width, bytes: Self.bytes(tile.leaves))]
        if open.isEmpty { open.append([]) }
        grow(tile.root, level: PerfectTile.height, with: hasher, &rows)
        return rows
    }

    private mutating func grow(_ subtree: Digest, level: Int, with hasher: Hasher, _ rows: inout [Row]) {
        // Taken out while the frontier runs: its closure may not reach into the value that it is part of.
        var open = self.open
        self.open = []
        frontier.append(subtree, level: level, with: hasher) { height, index, hash in
            guard height % 8 == 0 else { return }
            let level = height / 8
            if open.count == level { open.append([]) }
            open[level].append(hash)
            let isFull = open[level].count == Self.width
            if isFull || level > 0 { rows.append(Row(level: level, index: index / Self.width, bytes: Self.bytes(open[level]))) }
            if isFull { open[level].removeAll(keepingCapacity: true) }
        }
        self.open = open
    }

    /// The root after some leaves of the next tile were appended too.
    public func root(adding count: Int, of tile: PerfectTile, with hasher: Hasher) -> Digest {
        frontier.root(adding: count, of: tile, with: hasher)
    }

    public static func bytes(_ hashes: [Digest]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(hashes.count * 32)
        for hash in hashes { hash.append(to: &result) }
        return result
    }
}
