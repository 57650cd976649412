// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats

/// Tags (KMS API Reference, TagResource; "Resource quotas": 50 tags a key).
extension KMSModel {
    static let tagQuota = 50

    mutating func tagResource(_ request: Request) throws(Refused) -> [UInt8] {
        let tags = try Self.tags(request.members["Tags"] ?? .array([]))
        let index = try subject(request)
        try Self.checkTags(keys[index].tags.latest, adding: tags)
        let kept = keys[index].tags.latest.filter { old in !tags.contains { $0.key.hasSameBytes(as: old.key) } }
        keys[index].tags.write(kept + tags, from: request.now + delay)
        return []
    }

    mutating func untagResource(_ request: Request) throws(Refused) -> [UInt8] {
        let names = (request.members["TagKeys"]?.arrayValue ?? []).compactMap(\.stringValue)
        let index = try subject(request)
        keys[index].tags.write(
            keys[index].tags.latest.filter { tag in !names.contains { $0.hasSameBytes(as: tag.key) } }, from: request.now + delay)
        return []
    }

    static func tags(_ value: JSONValue) throws(Refused) -> [Tag] {
        var tags: [Tag] = []
        for element in value.arrayValue ?? [] {
            guard let key = element["TagKey"]?.stringValue, let text = element["TagValue"]?.stringValue else {
                throw Refused("ValidationException", "a tag has a TagKey and a TagValue")
            }
            tags.append(Tag(key: key, value: text))
        }
        return tags
    }

    static func checkTags(_ present: [Tag], adding tags: [Tag]) throws(Refused) {
        for (index, tag) in tags.enumerated() {
            guard (1...128).contains(tag.key.unicodeScalars.count), tag.value.unicodeScalars.count <= 256 else {
                throw Refused("ValidationException", "a tag's key has 1 to 128 characters, its value 0 to 256")
            }
            guard !tag.key.lowercased().hasPrefix("aws:") else { throw Refused("TagException", "aws: prefixed tag key names are not allowed") }
            guard !tags[..<index].contains(where: { $0.key.hasSameBytes(as: tag.key) }) else {
                throw Refused("TagException", "duplicate tag keys are not allowed")
            }
        }
        let kept = present.filter { old in !tags.contains { $0.key.hasSameBytes(as: old.key) } }
        guard kept.count + tags.count <= tagQuota else { throw Refused("TagException", "too many tags") }
    }
}
