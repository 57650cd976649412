// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

extension LedgerReader {
    /// The hash of the perfect subtree at (level, index): from the stored tiles where they hold it, else from the entries.
    ///
    /// A tile may have been tampered with: who makes a proof of such hashes checks it against the checkpoint.
    public func subtree(level: Int, index: Int) throws(Refusal) -> Digest {
        let hasher = Hasher()
        if let stored = try storedSubtree(level: level, index: index, hasher) { return stored }
        let start = index << level
        var frontier = MerkleFrontier()
        try forEachEntry(from: start, upTo: start + (1 << level)) { _, bytes throws(Refusal) in
            frontier.append(MerkleHash.leaf(bytes, with: hasher), with: hasher)
        }
        guard frontier.size == 1 << level else {
            throw Refusal(
                "entry-missing", .badData, "entries \(start) to \(start + (1 << level) - 1) are not all here", at: Place(file: path),
                hint: "run audit verify")
        }
        return frontier.root(with: hasher)
    }

    /// From the one tile that holds the hashes below it (C2SP tlog-tiles, height 8); nil where it is not there, or too short.
    private func storedSubtree(level: Int, index: Int, _ hasher: Hasher) throws(Refusal) -> Digest? {
        let height = level % 8
        let first = index << height
        let place = first % TileRows.width
        guard let tile = try tile(level: level / 8, index: first / TileRows.width), tile.count >= (place + (1 << height)) * 32 else { return nil }
        var frontier = MerkleFrontier()
        for position in place..<(place + (1 << height)) {
            guard let hash = Digest(bytes: Array(tile[(position * 32)..<(position * 32 + 32)])) else { return nil }
            frontier.append(hash, with: hasher)
        }
        return frontier.root(with: hasher)
    }

    /// The proof that the first `old` entries are a prefix of the first `new` (RFC 6962 §2.1.2); empty for 0 and for equal sizes.
    public func consistency(from old: Int, to new: Int) throws(Refusal) -> [Digest] {
        do {
            return try MerkleProof.consistency(from: old, to: new) { try subtree(level: $0, index: $1) }
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal("entry-missing", .badData, "the proof could not be made", at: Place(file: path), hint: "run audit verify")
        }
    }

    /// The root of the first `size` entries.
    public func root(of size: Int) throws(Refusal) -> Digest {
        var peaks: [Digest] = []
        var start = 0
        for level in (0..<Int.bitWidth - 1).reversed() where size >> level & 1 == 1 {
            peaks.append(try subtree(level: level, index: start >> level))
            start += 1 << level
        }
        return MerkleFrontier(size: size, peaks: peaks).root(with: Hasher())
    }
}
