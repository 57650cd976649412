// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

extension LedgerReader {
    /// The hash of the perfect subtree at (level, index), from the entries themselves.
    public func subtree(level: Int, index: Int) throws(Refusal) -> Digest {
        let start = index << level
        let hasher = Hasher()
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
}
