// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Ledger
import StrictFormats

/// Whether a ledger has a certain root at a certain size: its past is what somebody saw.
enum LedgerPast {
    static func check(size: Int, root: Digest, of reader: LedgerReader, place: Place) throws(Refusal) {
        let hasher = Hasher()
        var frontier = MerkleFrontier()
        let total = try reader.count()
        guard size <= total else {
            throw Refusal(
                "ledger-shorter", .notPermitted, "a state with \(size) entries is known of this ledger; it has \(total)", at: place,
                hint: "this may be an old copy: find the newest ledger file")
        }
        try reader.forEachEntry(upTo: size) { _, bytes throws(Refusal) in frontier.append(MerkleHash.leaf(bytes, with: hasher), with: hasher) }
        guard frontier.root(with: hasher) == root else {
            throw Refusal(
                "ledger-other", .notPermitted, "the first \(size) entries of this ledger are not those that were seen before", at: place,
                hint: "this is another ledger, or its past was rewritten: run audit verify with --since")
        }
    }
}
