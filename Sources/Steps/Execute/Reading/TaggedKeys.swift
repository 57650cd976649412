// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats

/// Finds the keys that carry a bundle's tag, over every page.
enum TaggedKeys {
    struct Found: Sendable {
        let found: [String]
        let keysRead: Int
        /// Keys that were listed and then not known: not everything is seen yet.
        let notShown: Int
    }

    static func search(_ service: any KeyService, id: String) throws(Refusal) -> Observation<Found> {
        let keys = try service.keyIDs()
        var found: [String] = []
        var notShown = 0
        for key in keys.value {
            let tags: [Tag]?
            do throws(Refusal) {
                // A key whose tags may not be read is not ours: the approved policy lets the executor read them (design §4.5).
                tags = try service.tags(of: key).value
            } catch  where error.code == "aws-not-found" {
                notShown += 1
                continue
            }
            if (tags ?? []).contains(where: { $0.key.hasSameBytes(as: Derivation.changeTag) && $0.value.hasSameBytes(as: id) }) { found.append(key) }
        }
        return Observation(Found(found: found, keysRead: keys.value.count, notShown: notShown), requestID: keys.requestID, date: keys.date)
    }
}
