// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// Inclusion and consistency proofs (RFC 6962 §2.1.1, §2.1.2; verified as RFC 9162 §2.1.3.2 and §2.1.4.2 say).
public enum MerkleProof {
    /// Gives the hash of the perfect subtree at (level, index): leaves 2^level·index up to 2^level·(index+1).
    public typealias Subtree = (_ level: Int, _ index: Int) throws -> Digest

    /// The audit path of a leaf in a tree of that size.
    public static func inclusion(of index: Int, in size: Int, subtree: Subtree) throws -> [Digest] {
        precondition(index >= 0 && index < size)
        return try path(index, from: 0, to: size, Hasher(), subtree)
    }

    /// The proof that the tree of `old` leaves is a prefix of that of `new`.
    public static func consistency(from old: Int, to new: Int, subtree: Subtree) throws -> [Digest] {
        precondition(old >= 0 && old <= new)
        if old == 0 || old == new { return [] }
        return try subproof(old, from: 0, to: new, isWhole: true, Hasher(), subtree)
    }

    /// Whether the path leads from a leaf hash to the root.
    public static func isIncluded(_ leaf: Digest, at index: Int, in size: Int, root: Digest, proof: [Digest]) -> Bool {
        guard index >= 0, index < size else { return false }
        let hasher = Hasher()
        var fn = index
        var sn = size - 1
        var hash = leaf
        for step in proof {
            guard sn != 0 else { return false }
            if fn & 1 == 1 || fn == sn {
                hash = MerkleHash.node(step, hash, with: hasher)
                if fn & 1 == 0 {
                    while fn & 1 == 0, fn != 0 {
                        fn >>= 1
                        sn >>= 1
                    }
                }
            } else {
                hash = MerkleHash.node(hash, step, with: hasher)
            }
            fn >>= 1
            sn >>= 1
        }
        return sn == 0 && hash == root
    }

    /// Whether the proof shows that a tree of `old` leaves with that root is a prefix of the other.
    public static func isConsistent(from old: Int, root oldRoot: Digest, to new: Int, root newRoot: Digest, proof: [Digest]) -> Bool {
        guard old >= 0, old <= new else { return false }
        if old == new { return proof.isEmpty && oldRoot == newRoot }
        if old == 0 { return proof.isEmpty && oldRoot == MerkleHash.empty }
        let path = old & (old - 1) == 0 ? [oldRoot] + proof : proof
        guard let first = path.first else { return false }
        let hasher = Hasher()
        var fn = old - 1
        var sn = new - 1
        while fn & 1 == 1 {
            fn >>= 1
            sn >>= 1
        }
        var fr = first
        var sr = first
        for step in path.dropFirst() {
            guard sn != 0 else { return false }
            if fn & 1 == 1 || fn == sn {
                fr = MerkleHash.node(step, fr, with: hasher)
                sr = MerkleHash.node(step, sr, with: hasher)
                if fn & 1 == 0 {
                    while fn & 1 == 0, fn != 0 {
                        fn >>= 1
                        sn >>= 1
                    }
                }
            } else {
                sr = MerkleHash.node(sr, step, with: hasher)
            }
            fn >>= 1
            sn >>= 1
        }
        return sn == 0 && fr == oldRoot && sr == newRoot
    }

    /// The largest power of two smaller than a count of at least 2.
    private static func split(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }

    private static func hash(from start: Int, to end: Int, _ hasher: Hasher, _ subtree: Subtree) throws -> Digest {
        let count = end - start
        if count & (count - 1) == 0 { return try subtree(count.trailingZeroBitCount, start / count) }
        let middle = start + split(count)
        return MerkleHash.node(
            try hash(from: start, to: middle, hasher, subtree), try hash(from: middle, to: end, hasher, subtree), with: hasher)
    }

    private static func path(_ index: Int, from start: Int, to end: Int, _ hasher: Hasher, _ subtree: Subtree) throws -> [Digest] {
        guard end - start > 1 else { return [] }
        let middle = start + split(end - start)
        if index < middle {
            return try path(index, from: start, to: middle, hasher, subtree) + [hash(from: middle, to: end, hasher, subtree)]
        }
        return try path(index, from: middle, to: end, hasher, subtree) + [hash(from: start, to: middle, hasher, subtree)]
    }

    private static func subproof(
        _ old: Int, from start: Int, to end: Int, isWhole: Bool, _ hasher: Hasher, _ subtree: Subtree
    ) throws -> [Digest] {
        let count = end - start
        if old == count { return isWhole ? [] : [try hash(from: start, to: end, hasher, subtree)] }
        let half = split(count)
        if old <= half {
            return try subproof(old, from: start, to: start + half, isWhole: isWhole, hasher, subtree)
                + [hash(from: start + half, to: end, hasher, subtree)]
        }
        return try subproof(old - half, from: start + half, to: end, isWhole: false, hasher, subtree)
            + [hash(from: start, to: start + half, hasher, subtree)]
    }
}
