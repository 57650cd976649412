// SPDX-License-Identifier: Apache-2.0
// Every inclusion and consistency proof of every tree to 300 leaves holds; with one element changed, removed or added it does not.
import Cryptography
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(5))) struct EveryProofTests {
    static let largest = 300
    /// Up to this size every single change is tried; above it one element of each proof, another one from proof to proof.
    static let thorough = 64

    /// Hashes of all perfect subtrees, by level: what proofs are made of.
    let subtrees: [[Digest]]
    let roots: [Digest]

    init() {
        var levels = [(0..<Self.largest).map { MerkleHash.leaf(Array("entry-\($0)".utf8)) }]
        let hasher = Hasher()
        while let last = levels.last, last.count > 1 {
            levels.append((0..<last.count / 2).map { MerkleHash.node(last[$0 * 2], last[$0 * 2 + 1], with: hasher) })
        }
        subtrees = levels
        var frontier = MerkleFrontier()
        var roots = [MerkleHash.empty]
        for leaf in levels[0] {
            frontier.append(leaf, with: hasher)
            roots.append(frontier.root(with: hasher))
        }
        self.roots = roots
    }

    /// A proof with one element changed, removed or added: all such proofs, or one of each kind.
    private func wrong(_ proof: [Digest], all: Bool, _ turn: Int) -> [[Digest]] {
        let other = subtrees[0][299 - turn % 300]
        let places = all ? Array(proof.indices) : proof.isEmpty ? [] : [turn % proof.count]
        let gaps = all ? Array(0...proof.count) : [turn % (proof.count + 1)]
        return places.map { place in
            var changed = proof
            changed[place] = other == proof[place] ? MerkleHash.empty : other
            return changed
        }
            + places.map { Array(proof[..<$0] + proof[($0 + 1)...]) }
            + gaps.map { Array(proof[..<$0] + [other] + proof[$0...]) }
    }

    @Test func `inclusion`() throws {
        var (held, refused) = (0, 0)
        for size in 1...Self.largest {
            for index in 0..<size {
                let proof = try MerkleProof.inclusion(of: index, in: size) { subtrees[$0][$1] }
                func holds(_ proof: [Digest]) -> Bool {
                    MerkleProof.isIncluded(subtrees[0][index], at: index, in: size, root: roots[size], proof: proof)
                }
                if holds(proof) { held += 1 }
                for wrong in wrong(proof, all: size <= Self.thorough, size + index) {
                    refused += 1
                    if holds(wrong) { Issue.record("\(index) of \(size) holds with \(wrong.count) hashes, one of them wrong") }
                }
            }
        }
        #expect(held == 45_150)
        #expect(refused > 160_000)
    }

    @Test func `consistency`() throws {
        var (held, refused) = (0, 0)
        for new in 1...Self.largest {
            for old in 1...new {
                let proof = try MerkleProof.consistency(from: old, to: new) { subtrees[$0][$1] }
                func holds(_ proof: [Digest]) -> Bool {
                    MerkleProof.isConsistent(from: old, root: roots[old], to: new, root: roots[new], proof: proof)
                }
                if holds(proof) { held += 1 }
                for wrong in wrong(proof, all: new <= Self.thorough, new + old) {
                    refused += 1
                    if holds(wrong) { Issue.record("\(old) to \(new) holds with \(wrong.count) hashes, one of them wrong") }
                }
                if old < new, MerkleProof.isConsistent(from: old, root: roots[new], to: new, root: roots[new], proof: proof) {
                    Issue.record("\(old) to \(new) holds with another root")
                }
            }
        }
        #expect(held == 45_150)
        #expect(refused > 160_000)
    }
}
