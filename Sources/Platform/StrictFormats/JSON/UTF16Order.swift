// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The order of RFC 8785 §3.2.3: strings compared as sequences of UTF-16 code units.
public enum UTF16Order {
    /// Whether `left` comes strictly before `right`.
    public static func precedes(_ left: String, _ right: String) -> Bool {
        // For ASCII the bytes are the code units; that is nearly always the case.
        let quick: Bool?? = left.utf8.withContiguousStorageIfAvailable { x in
            right.utf8.withContiguousStorageIfAvailable { y in
                for index in 0..<min(x.count, y.count) {
                    if x[index] >= 0x80 || y[index] >= 0x80 { return nil }
                    if x[index] != y[index] { return x[index] < y[index] }
                }
                return x.count < y.count
            } ?? nil
        }
        return (quick ?? nil) ?? left.utf16.lexicographicallyPrecedes(right.utf16)
    }
}

extension String {
    /// Same bytes. Swift's `==` on strings is canonical equivalence (it takes U+212A for K), which no signed format wants.
    public func hasSameBytes(as other: String) -> Bool {
        other.utf8.withContiguousStorageIfAvailable { hasBytes($0) } ?? utf8.elementsEqual(other.utf8)
    }

    /// The lengths are compared first: they are known, and mostly differ.
    @usableFromInline
    func hasBytes(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard utf8.count == bytes.count else { return false }
        let isSame: Bool? = utf8.withContiguousStorageIfAvailable { own in
            guard let left = own.baseAddress, let right = bytes.baseAddress else { return own.count == bytes.count }
            return memcmp(left, right, own.count) == 0
        }
        return isSame ?? utf8.elementsEqual(bytes)
    }
}
