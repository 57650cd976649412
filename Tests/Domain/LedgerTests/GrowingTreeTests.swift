// SPDX-License-Identifier: Apache-2.0
// A tree that takes in whole tiles is the tree that takes in leaves, at every size.
import Cryptography
import Testing

@testable import Ledger

@Suite struct GrowingTreeTests {
    private static let leaves = (0..<1300).map { MerkleHash.leaf(Array("entry \($0)".utf8)) }

    private static func tile(_ first: Int) -> PerfectTile { PerfectTile(Array(leaves[first..<(first + 256)]), with: Hasher()) }

    @Test func `every root and every row, leaf by leaf or tile by tile`() {
        let hasher = Hasher()
        var byLeaf = TileRows()
        var byTile = GrowingTree()
        #expect(byTile.root == MerkleHash.empty)
        for (index, leaf) in Self.leaves.enumerated() {
            if index % 256 == 0, index + 256 <= Self.leaves.count { byTile.begin(Self.tile(index), at: index) }
            let rows = byTile.append(leaf)
            #expect(rows == byLeaf.append(leaf, with: hasher))
            #expect(byTile.size == index + 1)
            #expect(byTile.root == byLeaf.root(with: hasher))
        }
        #expect(byTile.rows.size == 1300)
    }

    @Test func `a tile that would stand elsewhere is taken leaf by leaf`() {
        var tree = GrowingTree()
        _ = tree.append(Self.leaves[0])
        // A leaf is missing: what comes is shifted by one.
        tree.begin(Self.tile(256), at: 256)
        for leaf in Self.leaves[256..<512] { _ = tree.append(leaf) }
        var frontier = MerkleFrontier()
        let hasher = Hasher()
        frontier.append(Self.leaves[0], with: hasher)
        for leaf in Self.leaves[256..<512] { frontier.append(leaf, with: hasher) }
        #expect(tree.size == 257)
        #expect(tree.root == frontier.root(with: hasher))
    }

    @Test func `the tiles of a tree are those that its growth writes`() {
        let hasher = Hasher()
        var tiles = TileRows()
        var written: Set<[Int]> = []
        for size in 1...70_000 {
            for row in tiles.append(Self.leaves[size % 1300], with: hasher) { written.insert([row.level, row.index]) }
            guard size % 4099 == 0 || size > 65_530 && size < 65_800 else { continue }
            let held = (-1...8).flatMap { level in (-1...300).filter { TileRows.holds(level: level, index: $0, at: size) }.map { [level, $0] } }
            #expect(Set(held) == written, "\(size)")
        }
        #expect(!TileRows.holds(level: 0, index: .max, at: .max >> 1))
        #expect(!TileRows.holds(level: .max, index: 0, at: 10))
    }
}
