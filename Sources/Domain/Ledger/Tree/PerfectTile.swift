// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// The whole subtree over 256 leaves that fill one level-0 tile, so that a thread can hash it before the tree has grown up to it.
public struct PerfectTile: Sendable {
    /// `levels[k]` holds the hashes of the subtrees of 2^k leaves; 256 at level 0, one at level 8.
    private let levels: [[Digest]]

    public static let height = 8

    /// - Precondition: 256 leaf hashes.
    public init(_ leaves: [Digest], with hasher: Hasher) {
        precondition(leaves.count == TileRows.width, "a tile has 256 leaves")
        var levels = [leaves]
        for level in 0..<Self.height {
            let below = levels[level]
            levels.append(stride(from: 0, to: below.count, by: 2).map { MerkleHash.node(below[$0], below[$0 + 1], with: hasher) })
        }
        self.levels = levels
    }

    public var leaves: [Digest] { levels[0] }
    public var root: Digest { levels[Self.height][0] }

    /// The roots of the perfect subtrees that the first leaves make up, largest first (RFC 6962 §2.1).
    /// - Parameter count: 0 to 256.
    func peaks(of count: Int) -> [Digest] {
        var peaks: [Digest] = []
        var start = 0
        for level in (0...Self.height).reversed() where count >> level & 1 == 1 {
            peaks.append(levels[level][start >> level])
            start += 1 << level
        }
        return peaks
    }
}
