// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// A key's tag. Kept in lists, in UTF-16 order: Swift's dictionaries take canonically equal names for one.
public struct Tag: Sendable {
    public let key: String
    public let value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    static func list(_ value: JSONValue) throws(Refusal) -> [Tag] {
        var tags = try value.dictionary { member throws(Refusal) in
            let name = JSONValue(.string(member.name), offset: member.offset)
            return Tag(key: try key(name), value: try KMSNames.unbound(member.value, 0...256))
        }
        guard tags.count <= 49 else { throw value.invalid("a key carries at most 50 tags, one of them the bundle's own") }
        tags.sort { UTF16Order.precedes($0.key, $1.key) }
        return tags
    }

    static func key(_ value: JSONValue) throws(Refusal) -> String {
        let text = try KMSNames.unbound(value, 1...128)
        guard text.bytes(after: "aws:") == nil, text.bytes(after: "countersign:") == nil else {
            throw value.invalid("tags that begin with aws: or countersign: are not for changes to set")
        }
        return text
    }

    static func json(_ tags: [Tag]) -> JSONValue { .object(tags.map { ($0.key, .string($0.value)) }) }

    /// As KMS takes them.
    static func kms(_ tags: [Tag]) -> JSONValue {
        .array(tags.map { .object([("TagKey", .string($0.key)), ("TagValue", .string($0.value))]) })
    }
}

/// Tags are equal when their bytes are: to KMS, "é" in one scalar and "é" in two are two names.
extension Tag: Hashable {
    public static func == (left: Tag, right: Tag) -> Bool { left.key.hasSameBytes(as: right.key) && left.value.hasSameBytes(as: right.value) }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(Array(key.utf8))
        hasher.combine(Array(value.utf8))
    }
}
