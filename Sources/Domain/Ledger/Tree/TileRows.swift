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
        // Taken out while the frontier runs: its closure may not reach into the value that it is part of.
        var open = self.open
        self.open = []
        frontier.append(leaf, with: hasher) { height, index, hash in
            guard height % 8 == 0 else { return }
            let level = height / 8
            if open.count == level { open.append([]) }
            open[level].append(hash)
            let isFull = open[level].count == Self.width
            if isFull || level > 0 { rows.append(Row(level: level, index: index / Self.width, bytes: Self.bytes(open[level]))) }
            if isFull { open[level].removeAll(keepingCapacity: true) }
        }
        self.open = open
        return rows
    }

    public static func bytes(_ hashes: [Digest]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(hashes.count * 32)
        for hash in hashes { hash.append(to: &result) }
        return result
    }
}
