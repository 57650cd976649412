// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// The hashes of a growing tree, as the tiles of C2SP tlog-tiles hold them: for each level the last tile, and each full one as
/// it is closed.
public struct TileColumns {
    private var frontier = MerkleFrontier()
    /// For each level, the hashes since its last full tile.
    private var open: [[Digest]] = []

    public init() {}

    public var size: Int { frontier.size }
    public func root(with hasher: Hasher) -> Digest { frontier.root(with: hasher) }

    /// A tile that was closed: 256 hashes.
    public struct Full {
        public let level: Int
        public let index: Int
        public let bytes: [UInt8]
    }

    /// Appends a leaf hash.
    /// - Returns: the tiles that it closes, lowest first.
    public mutating func append(_ leaf: Digest, with hasher: Hasher) -> [Full] {
        var open = self.open
        self.open = []
        var full: [Full] = []
        frontier.append(leaf, with: hasher) { height, index, hash in
            guard height % 8 == 0 else { return }
            let level = height / 8
            if open.count == level { open.append([]) }
            open[level].append(hash)
            if open[level].count == TileRows.width {
                full.append(Full(level: level, index: index / TileRows.width, bytes: TileRows.bytes(open[level])))
                open[level].removeAll(keepingCapacity: true)
            }
        }
        self.open = open
        return full
    }

    /// The last, partial tile of each level that has one: its place, its width and its bytes.
    public var partial: [(level: Int, index: Int, width: Int, bytes: [UInt8])] {
        open.enumerated().compactMap { level, hashes in
            hashes.isEmpty ? nil : (level, size >> (8 * level) / TileRows.width, hashes.count, TileRows.bytes(hashes))
        }
    }
}
