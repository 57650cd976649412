// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Ledger
import StrictFormats

extension LedgerAudit {
    /// The tree's root at an earlier size: of a cosigned size as it was when the entries were read; of any other from the tiles, which are compared
    /// with the entries themselves. Nil where entries are missing.
    func root(of size: Int) throws(Refusal) -> Digest? {
        if let known = cosignedRoots[size] ?? recentRoots[size] { return known }
        do throws(Refusal) {
            let root = try reader.root(of: size)
            remember(root, of: size)
            return root
        } catch  where error.code == "entry-missing" {
            return nil
        }
    }

    /// Bundles are prepared for states that are recent, and many for the same one.
    func remember(_ root: Digest, of size: Int) {
        if recentRoots.count >= 1024 { recentRoots.removeAll(keepingCapacity: true) }
        recentRoots[size] = root
    }
}
