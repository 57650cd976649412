// SPDX-License-Identifier: Apache-2.0

/// One `"name":value` of an object, in the order of the source.
public struct JSONMember: Sendable {
    public let name: String
    public var value: JSONValue
    public var offset: Int
    /// Names are looked up far more often than they are read: most that differ differ here.
    let key: JSONNameKey

    public init(_ name: String, _ value: JSONValue, offset: Int = 0) { self.init(name, JSONNameKey(name), value, offset: offset) }

    init(_ name: String, _ key: JSONNameKey, _ value: JSONValue, offset: Int) {
        self.name = name
        self.key = key
        self.value = value
        self.offset = offset
    }
}

/// The first seven bytes of a name, zero-padded, and its length (at most 255), in one word.
struct JSONNameKey: Equatable, Sendable {
    private let word: UInt64

    init(_ name: String) {
        self = name.utf8.withContiguousStorageIfAvailable { JSONNameKey($0) } ?? Array(name.utf8).withUnsafeBufferPointer { JSONNameKey($0) }
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        let length = UInt64(min(bytes.count, 255))
        if bytes.count >= 8 {
            word = UnsafeRawBufferPointer(bytes).loadUnaligned(as: UInt64.self).bigEndian & ~0xFF | length
        } else {
            var word: UInt64 = 0
            for byte in bytes { word = word << 8 | UInt64(byte) }
            self.word = word << UInt64(64 - 8 * bytes.count) | length
        }
    }

    /// Whether equal keys mean equal names.
    var isWhole: Bool { word & 0xFF <= 7 }

    /// Whether a name of this key comes before one of another (RFC 8785 §3.2.3), where seven bytes of ASCII decide it.
    func precedes(_ other: JSONNameKey) -> Bool? {
        let (a, b) = (word >> 8, other.word >> 8)
        return a == b || (a | b) & 0x80_80_80_80_80_80_80 != 0 ? nil : a < b
    }
}
