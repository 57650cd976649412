// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Steps over canonical JSON (RFC 8785) whose shape is known, for readers of very many texts of one shape.
///
/// It diagnoses nothing: whoever is told no reads the text again with `JSONDocument`, which says what is wrong and where.
public struct CanonicalCursor {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    /// - Parameter bytes: must outlive the cursor.
    public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    public var isAtEnd: Bool { index == bytes.count }

    /// Steps over exactly these bytes; false, and no step, where others stand.
    public mutating func skip(_ expected: [UInt8]) -> Bool { expected.withUnsafeBufferPointer { skip($0) } }

    public mutating func skip(_ expected: String) -> Bool { expected.utf8.withContiguousStorageIfAvailable { skip($0) } ?? false }

    public mutating func skip(_ expected: StaticString) -> Bool {
        skip(UnsafeBufferPointer(start: expected.utf8Start, count: expected.utf8CodeUnitCount))
    }

    private mutating func skip(_ expected: UnsafeBufferPointer<UInt8>) -> Bool {
        guard expected.count <= bytes.count - index, let here = bytes.baseAddress, let wanted = expected.baseAddress,
            memcmp(here + index, wanted, expected.count) == 0
        else { return false }
        index += expected.count
        return true
    }

    /// Steps over so many bytes, whatever they are.
    public mutating func take(_ count: Int) -> UnsafeBufferPointer<UInt8>? {
        guard count >= 0, count <= bytes.count - index else { return nil }
        defer { index += count }
        return UnsafeBufferPointer(rebasing: bytes[index..<(index + count)])
    }

    /// Steps over all that is left but so many bytes.
    public mutating func takeAll(but rest: Int) -> UnsafeBufferPointer<UInt8>? { take(bytes.count - index - rest) }

    /// A whole number from 0 to 2^53−1, as RFC 8785 writes it.
    public mutating func number() -> Int? {
        let start = index
        var value = 0
        while index < bytes.count, index - start < 16, case let digit = bytes[index] &- UInt8(ascii: "0"), digit < 10 {
            value = value * 10 + Int(digit)
            index += 1
        }
        let isCanonical = index - start == 1 || index > start && bytes[start] != UInt8(ascii: "0")
        return isCanonical && value <= JSONValue.largestInteger ? value : nil
    }

    /// One value of any kind, read by the one strict parser.
    /// - Parameter depth: how deep it stands; the outermost value is depth 1.
    public mutating func value(depth: Int, rules: JSONRules) -> JSONValue? {
        var parser = JSONParser(bytes: bytes, rules: rules, from: index)
        guard let value = try? parser.value(depth: depth) else { return nil }
        index = parser.index
        return value
    }
}
