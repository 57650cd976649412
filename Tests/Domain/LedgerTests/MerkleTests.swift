// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import TestSupport
import Testing

@testable import Ledger

@Suite(.enabled(if: SharedVectors.areHere)) struct MerkleTests {
    struct Proofs: Decodable {
        struct Inclusion: Decodable { let index: Int, size: Int, proof: [String] }
        struct Consistency: Decodable { let old: Int, new: Int, proof: [String] }
        let roots: [String]
        let inclusion: [Inclusion]
        let consistency: [Consistency]
    }

    let vectors: Proofs
    let leaves: [Digest]

    init() throws {
        vectors = try JSONDecoder().decode(Proofs.self, from: Data(SharedVectors.bytes("reference/merkle.json")))
        leaves = (0..<300).map { MerkleHash.leaf(Array("entry-\($0)".utf8)) }
    }

    /// The hash of a perfect subtree, by the definition alone.
    func subtree(_ level: Int, _ index: Int) -> Digest {
        if level == 0 { return leaves[index] }
        return MerkleHash.node(subtree(level - 1, index * 2), subtree(level - 1, index * 2 + 1), with: Hasher())
    }

    @Test func `roots of all sizes from 0 to 300 are those of the reference`() {
        var frontier = MerkleFrontier()
        let hasher = Hasher()
        #expect(frontier.root(with: hasher).hex == vectors.roots[0])
        for (size, leaf) in leaves.enumerated() {
            frontier.append(leaf, with: hasher)
            #expect(frontier.root(with: hasher).hex == vectors.roots[size + 1])
        }
    }

    @Test func `inclusion proofs are those of the reference, hold, and hold for nothing else`() throws {
        #expect(vectors.inclusion.count == 153)
        for vector in vectors.inclusion {
            let made = try MerkleProof.inclusion(of: vector.index, in: vector.size, subtree: subtree)
            #expect(made.map(\.hex) == vector.proof)
            let root = try #require(Digest(hex: vectors.roots[vector.size]))
            func holds(_ index: Int, _ size: Int, _ proof: [Digest]) -> Bool {
                MerkleProof.isIncluded(leaves[vector.index], at: index, in: size, root: root, proof: proof)
            }
            #expect(holds(vector.index, vector.size, made))
            for other in 0...20 where other != vector.index { #expect(!holds(other, vector.size, made)) }
            for position in made.indices {
                #expect(!holds(vector.index, vector.size, Array(made[..<position] + made[(position + 1)...])))
                var changed = made
                changed[position] = leaves[299]
                #expect(!holds(vector.index, vector.size, changed))
            }
            #expect(!holds(vector.index, vector.size, made + [leaves[0]]))
        }
    }

    @Test func `consistency proofs are those of the reference, hold, and hold for nothing else`() throws {
        #expect(vectors.consistency.count == 153)
        for vector in vectors.consistency {
            let made = try MerkleProof.consistency(from: vector.old, to: vector.new, subtree: subtree)
            #expect(made.map(\.hex) == vector.proof)
            let old = try #require(Digest(hex: vectors.roots[vector.old]))
            let new = try #require(Digest(hex: vectors.roots[vector.new]))
            func holds(_ a: Int, _ b: Int, _ proof: [Digest]) -> Bool { MerkleProof.isConsistent(from: a, root: old, to: b, root: new, proof: proof) }
            #expect(holds(vector.old, vector.new, made))
            #expect(!holds(vector.old, vector.new, made + [leaves[0]]))
            for position in made.indices {
                #expect(!holds(vector.old, vector.new, Array(made[..<position] + made[(position + 1)...])))
                var changed = made
                changed[position] = leaves[299]
                #expect(!holds(vector.old, vector.new, changed))
            }
        }
    }

    @Test func `a ledger of 70000 entries has the rows of the reference and no other`() throws {
        struct Rows: Decodable {
            struct Row: Decodable { let level: Int, idx: Int, length: Int, sha256: String }
            let root: String
            let rows: [Row]
        }
        let expected = try JSONDecoder().decode(Rows.self, from: Data(SharedVectors.bytes("reference/tiles-70000.json")))
        var tiles = TileRows()
        var rows: [[Int]: [UInt8]] = [:]
        let hasher = Hasher()
        for index in 0..<70_000 {
            for row in tiles.append(MerkleHash.leaf(Array("entry-\(index)".utf8), with: hasher), with: hasher) {
                rows[[row.level, row.index]] = row.bytes
            }
        }
        #expect(tiles.root(with: hasher).hex == expected.root)
        #expect(rows.count == expected.rows.count)
        for row in expected.rows {
            let bytes = try #require(rows[[row.level, row.idx]])
            #expect(bytes.count == row.length)
            #expect(Digest(of: bytes).hex == row.sha256)
        }
    }
}
