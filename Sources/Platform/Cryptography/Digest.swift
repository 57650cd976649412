// SPDX-License-Identifier: Apache-2.0

import CLibCrypto
public import StrictFormats

/// A SHA-256 value (FIPS 180-4). Its text is `sha256:` and 64 lower-case hex digits (formats.md §1).
public struct Digest: Sendable, Hashable {
    // Four words instead of an array: no allocation for the millions that a ledger has.
    private let a, b, c, d: UInt64

    /// - Precondition: exactly 32 bytes; nil otherwise.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        (a, b, c, d) = (words[0], words[1], words[2], words[3])
    }

    init(raw: UnsafePointer<UInt8>) {
        func word(_ start: Int) -> UInt64 {
            UnsafeRawPointer(raw).loadUnaligned(fromByteOffset: start, as: UInt64.self).bigEndian
        }
        (a, b, c, d) = (word(0), word(8), word(16), word(24))
    }

    /// The digest of some bytes.
    public init(of bytes: [UInt8]) { self = Hasher.shared { $0.digest(bytes) } }

    /// The digest of a text's UTF-8 bytes.
    public init(ofText text: String) { self.init(of: Array(text.utf8)) }

    /// Reads `sha256:…`; nil unless exactly so.
    public init?(text: String) {
        guard text.utf8.count == 71, text.utf8.starts(with: "sha256:".utf8) else { return nil }
        self.init(hex: String(text.dropFirst(7)))
    }

    /// Reads 64 lower-case hex digits.
    public init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(32)
        for word in [a, b, c, d] {
            for shift in stride(from: 56, through: 0, by: -8) { result.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
        }
        return result
    }

    /// Writes the 32 bytes to a buffer of at least that size.
    public func copy(to target: UnsafeMutablePointer<UInt8>) {
        let raw = UnsafeMutableRawPointer(target)
        raw.storeBytes(of: a.bigEndian, as: UInt64.self)
        raw.storeBytes(of: b.bigEndian, toByteOffset: 8, as: UInt64.self)
        raw.storeBytes(of: c.bigEndian, toByteOffset: 16, as: UInt64.self)
        raw.storeBytes(of: d.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    public var hex: String { Hex.encode(bytes) }
    public var text: String { "sha256:" + hex }

    /// Sixteen proquints in two lines of eight, to read aloud.
    public var fingerprint: [String] { Proquints.words(bytes) }
    /// The two words a person types to confirm.
    public var confirmation: String { fingerprint.prefix(2).joined(separator: " ") }

    /// Decodes a JSON string of digest text.
    public init(json value: JSONValue) throws(Refusal) {
        let text = try value.text()
        guard let digest = Digest(text: text) else {
            throw value.invalid("\"\(SafeText.escaped(text))\" is no digest", hint: "a digest is sha256: and 64 lower-case hexadecimal digits")
        }
        self = digest
    }

    public var json: JSONValue { .string(text) }
}

extension Digest: CustomStringConvertible, Comparable {
    public var description: String { text }
    public static func < (left: Digest, right: Digest) -> Bool { (left.a, left.b, left.c, left.d) < (right.a, right.b, right.c, right.d) }
}
