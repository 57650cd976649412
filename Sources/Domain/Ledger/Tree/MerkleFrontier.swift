// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// The roots of the perfect subtrees that make up a tree, largest first: all that is needed to append and to take the root.
public struct MerkleFrontier {
    public private(set) var size = 0
    /// One hash for each set bit of the size, from the highest.
    public private(set) var peaks: [Digest] = []

    public init() {}

    public init(size: Int, peaks: [Digest]) {
        precondition(size.nonzeroBitCount == peaks.count, "one peak for each set bit of the size")
        self.size = size
        self.peaks = peaks
    }

    /// Appends a leaf hash, or that of a perfect subtree of 2^level leaves where the size is a multiple of that.
    /// Calls `completed` with each perfect subtree that this closes: (its level, its index on that level, its hash).
    public mutating func append(
        _ subtree: Digest, level height: Int = 0, with hasher: Hasher, completed: (Int, Int, Digest) -> Void = { _, _, _ in }
    ) {
        precondition(size & (1 << height - 1) == 0, "a perfect subtree stands at a multiple of its size")
        var hash = subtree
        var level = height
        completed(level, size >> level, hash)
        while size >> level & 1 == 1 {
            hash = MerkleHash.node(peaks.removeLast(), hash, with: hasher)
            level += 1
            completed(level, size >> level, hash)
        }
        peaks.append(hash)
        size += 1 << height
    }

    /// RFC 6962 §2.1: the hash of the whole tree.
    public func root(with hasher: Hasher) -> Digest {
        guard var hash = peaks.last else { return MerkleHash.empty }
        for peak in peaks.dropLast().reversed() { hash = MerkleHash.node(peak, hash, with: hasher) }
        return hash
    }

    /// The root after some leaves of a tile were appended too, which begins at this size.
    public func root(adding count: Int, of tile: PerfectTile, with hasher: Hasher) -> Digest {
        MerkleFrontier(size: size + count, peaks: peaks + tile.peaks(of: count)).root(with: hasher)
    }
}
