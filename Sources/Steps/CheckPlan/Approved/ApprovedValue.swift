// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats

/// What plans and change sets have in common when a value is held against what was approved.
enum ApprovedValue {
    /// Whether a value names the key, by its ARN or by its id.
    static func names(_ value: JSONValue?, key arn: String) -> Bool {
        let id = arn.split(separator: "/").last.map(String.init) ?? arn
        guard let text = value?.stringValue else { return false }
        return text.hasSameBytes(as: arn) || text.hasSameBytes(as: id)
    }

    /// The tags that a key has after a change: those of now that are neither set nor removed, then those that are set.
    static func tags(_ current: [Tag], setting tags: [Tag], removing removed: [String]) -> [Tag] {
        current.filter { tag in
            !removed.contains { $0.hasSameBytes(as: tag.key) } && !tags.contains { $0.key.hasSameBytes(as: tag.key) }
        } + tags
    }
}
