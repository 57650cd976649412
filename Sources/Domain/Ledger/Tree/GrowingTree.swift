// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// A tree that grows entry by entry and yet takes in 256 leaves at once where a batch is a whole tile, hashed before.
public struct GrowingTree {
    private var tiles = TileRows()
    /// The tile that is being taken in, and how many of its leaves were.
    private var tile: (hashes: PerfectTile, taken: Int)?
    private let hasher = Hasher()

    public init() {}

    public var size: Int { tiles.size + (tile?.taken ?? 0) }

    /// RFC 6962 §2.1: the hash of the tree as far as it has grown.
    public var root: Digest {
        tile.map { tiles.root(adding: $0.taken, of: $0.hashes, with: hasher) } ?? tiles.root(with: hasher)
    }

    /// The tree to append to from here on.
    /// - Precondition: no tile is half taken in.
    var rows: TileRows {
        precondition(tile == nil, "a tile is taken in whole")
        return tiles
    }

    /// Says that the next 256 leaves are those of a tile.
    /// - Parameter first: the number of its first entry: a tile that would stand elsewhere in this tree is taken leaf by leaf.
    public mutating func begin(_ hashes: PerfectTile, at first: Int) {
        guard tile == nil, first == tiles.size, first % TileRows.width == 0 else { return }
        tile = (hashes, 0)
    }

    /// Takes in the next leaf of the batch, and gives the rows that it completes or extends (formats.md §6).
    public mutating func append(_ leaf: Digest) -> [TileRows.Row] {
        guard let (hashes, taken) = tile else { return tiles.append(leaf, with: hasher) }
        guard taken + 1 == TileRows.width else {
            tile = (hashes, taken + 1)
            return []
        }
        tile = nil
        return tiles.append(hashes, with: hasher)
    }
}
