// SPDX-License-Identifier: Apache-2.0
// Every inclusion and consistency proof of every tree to 300 leaves holds; with any one element changed, removed or added it does not.
import Cryptography
import Dispatch
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(10))) struct EveryProofTests {
    static let largest = 300

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

    /// What became of the proofs of one tree.
    struct Count: Sendable {
        var held = 0
        /// One element changed, removed, added.
        var changed = 0, removed = 0, added = 0
        var mistakes: [String] = []

        var refused: [Int] { [changed, removed, added] }

        mutating func add(_ other: Count) {
            held += other.held
            changed += other.changed
            removed += other.removed
            added += other.added
            mistakes += other.mistakes
        }

        /// Every proof that differs from a right one in one element, at each place, is tried.
        mutating func tryAll(_ proof: [Digest], other: Digest, _ what: String, holds: ([Digest]) -> Bool) {
            if holds(proof) { held += 1 } else { mistakes.append("\(what) does not hold") }
            var wrong = proof
            for place in proof.indices {
                wrong[place] = other == proof[place] ? MerkleHash.empty : other
                if holds(wrong) { mistakes.append("\(what) holds with hash \(place) changed") }
                wrong[place] = proof[place]
                changed += 1
            }
            for place in proof.indices {
                wrong.remove(at: place)
                if holds(wrong) { mistakes.append("\(what) holds without hash \(place)") }
                wrong.insert(proof[place], at: place)
                removed += 1
            }
            for place in 0...proof.count {
                wrong.insert(other, at: place)
                if holds(wrong) { mistakes.append("\(what) holds with another hash \(place)") }
                wrong.remove(at: place)
                added += 1
            }
        }
    }

    /// What all threads count together.
    private final class Total: @unchecked Sendable {
        private let queue = DispatchQueue(label: "total")
        private var count = Count()

        func add(_ other: Count) { queue.sync { count.add(other) } }
        var value: Count { queue.sync { count } }
    }

    /// All trees, on all cores.
    private func everyTree(_ body: @Sendable (_ size: Int) throws -> Count) -> Count {
        let total = Total()
        DispatchQueue.concurrentPerform(iterations: Self.largest) { turn in
            var count = Count()
            do { count = try body(Self.largest - turn) } catch { count.mistakes.append("\(Self.largest - turn): \(error)") }
            total.add(count)
        }
        return total.value
    }

    @Test func `inclusion`() {
        let count = everyTree { size in
            var count = Count()
            for index in 0..<size {
                let proof = try MerkleProof.inclusion(of: index, in: size) { subtrees[$0][$1] }
                count.tryAll(proof, other: subtrees[0][(size + index) % 300], "\(index) of \(size)") {
                    MerkleProof.isIncluded(subtrees[0][index], at: index, in: size, root: roots[size], proof: $0)
                }
            }
            return count
        }
        #expect(count.mistakes == [])
        #expect(count.held == 45_150)
        #expect(count.refused == [Self.inclusionHashes, Self.inclusionHashes, Self.inclusionHashes + 45_150])
    }

    /// Hashes in all audit paths of these trees: the sum of their leaves' depths, by RFC 6962's definition alone.
    static let inclusionHashes = 353_677

    /// Hashes in all consistency proofs between two of these trees.
    static let consistencyHashes = 351_488

    @Test func `consistency`() {
        let count = everyTree { new in
            var count = Count()
            for old in 1...new {
                let proof = try MerkleProof.consistency(from: old, to: new) { subtrees[$0][$1] }
                count.tryAll(proof, other: subtrees[0][(new + old) % 300], "\(old) to \(new)") {
                    MerkleProof.isConsistent(from: old, root: roots[old], to: new, root: roots[new], proof: $0)
                }
                if old < new, MerkleProof.isConsistent(from: old, root: roots[new], to: new, root: roots[new], proof: proof) {
                    count.mistakes.append("\(old) to \(new) holds with another root")
                }
            }
            return count
        }
        #expect(count.mistakes == [])
        #expect(count.held == 45_150)
        #expect(count.refused == [Self.consistencyHashes, Self.consistencyHashes, Self.consistencyHashes + 45_150])
    }
}
