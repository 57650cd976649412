// SPDX-License-Identifier: Apache-2.0

import CLibCrypto
public import StrictFormats

/// A SHA-256 value (FIPS 180-4). Its text is `sha256:` and 64 lower-case hex digits (formats.md §1).
public struct Digest: Sendable, Hashable {
    // Four words instead of an array: no allocation for the millions that a ledger has.
    private let a, b, c, d: UInt64

    /// - Precondition: exactly 32 bytes; nil otherwise.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        let read = bytes.withUnsafeBufferPointer { $0.baseAddress.map(Self.init(raw:)) }
        guard let read else { return nil }
        self = read
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
        let read: Digest?? = text.utf8.withContiguousStorageIfAvailable { Digest(textBytes: $0) }
        // A native string always lends its bytes.
        guard case .some(.some(let digest)) = read else { return nil }
        self = digest
    }

    /// The same of the text's UTF-8 bytes.
    public init?(textBytes bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == Self.textLength, Self.prefix.withUTF8Buffer(bytes.starts) else { return nil }
        self.init(hexDigits: UnsafeBufferPointer(rebasing: bytes.dropFirst(7)))
    }

    /// Bytes of a digest's text.
    public static let textLength = 71

    private static var prefix: StaticString { "sha256:" }

    /// 64 lower-case hex digits to four words, without an array between.
    private init?(hexDigits: UnsafeBufferPointer<UInt8>) {
        let source = UnsafeRawBufferPointer(hexDigits)
        func word(_ start: Int) -> UInt64? {
            guard let high = Self.eightDigits(source.loadUnaligned(fromByteOffset: start, as: UInt64.self).bigEndian),
                let low = Self.eightDigits(source.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self).bigEndian)
            else { return nil }
            return high << 32 | low
        }
        guard let a = word(0), let b = word(16), let c = word(32), let d = word(48) else { return nil }
        (self.a, self.b, self.c, self.d) = (a, b, c, d)
    }

    /// The value of eight lower-case hex digits that stand in one word, all at once: a ledger's entries are full of digests.
    private static func eightDigits(_ text: UInt64) -> UInt64? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Bit 6 tells a–f (0x61…) from 0–9 (0x30…); a letter is worth its low half plus nine.
        let letters = text >> 6 & ones
        let values = (text & (ones &* 0x0F)) &+ letters &* 9
        // Letters must come to ten or more and digits to less, none beyond fifteen, and writing the values gives the text again.
        let tenOrMore = (values &+ ones &* 6) >> 4 & ones
        let written = values &+ ones &* 0x30 &+ letters &* 0x27
        guard tenOrMore == letters, values & (ones &* 0xF0) == 0, written == text else { return nil }
        var packed = (values | values >> 4) & 0x00FF_00FF_00FF_00FF
        packed = (packed | packed >> 8) & 0x0000_FFFF_0000_FFFF
        return (packed | packed >> 16) & 0xFFFF_FFFF
    }

    /// Reads 64 lower-case hex digits.
    public init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            if let base = buffer.baseAddress { copy(to: base) }
            count = 32
        }
    }

    /// Appends the 32 bytes.
    public func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: (a.bigEndian, b.bigEndian, c.bigEndian, d.bigEndian)) { bytes.append(contentsOf: $0) }
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

    public var text: String {
        String(unsafeUninitializedCapacity: Self.textCount) { buffer in
            buffer.baseAddress.map(writeText)
            return Self.textCount
        }
    }

    /// `sha256:` and 64 digits.
    private static var textCount: Int { 71 }

    /// Appends the text's bytes.
    public func appendText(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.textCount) { buffer in
            buffer.baseAddress.map(writeText)
            bytes.append(contentsOf: buffer)
        }
    }

    private func writeText(_ target: UnsafeMutablePointer<UInt8>) {
        Self.prefix.withUTF8Buffer { prefix in
            for index in 0..<7 { target[index] = prefix[index] }
        }
        let raw = UnsafeMutableRawPointer(target)
        func put(_ word: UInt64, at place: Int) {
            raw.storeBytes(of: Self.digits(UInt32(truncatingIfNeeded: word >> 32)).bigEndian, toByteOffset: place, as: UInt64.self)
            raw.storeBytes(of: Self.digits(UInt32(truncatingIfNeeded: word)).bigEndian, toByteOffset: place + 8, as: UInt64.self)
        }
        put(a, at: 7)
        put(b, at: 23)
        put(c, at: 39)
        put(d, at: 55)
    }

    /// Eight lower-case hex digits in one word: the way back from `eightDigits`.
    private static func digits(_ value: UInt32) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var spread = UInt64(value)
        spread = (spread << 16 | spread) & 0x0000_FFFF_0000_FFFF
        spread = (spread << 8 | spread) & 0x00FF_00FF_00FF_00FF
        spread = (spread << 4 | spread) & (ones &* 0x0F)
        let letters = (spread &+ ones &* 6) >> 4 & ones
        return spread &+ ones &* 0x30 &+ letters &* 0x27
    }

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

extension Digest {
    /// One word of the four: each of them is as good as random, and `Hasher` is seeded.
    public func hash(into hasher: inout Swift.Hasher) { hasher.combine(a) }
}

extension Digest: CustomStringConvertible, Comparable {
    public var description: String { text }
    public static func < (left: Digest, right: Digest) -> Bool { (left.a, left.b, left.c, left.d) < (right.a, right.b, right.c, right.d) }
}
