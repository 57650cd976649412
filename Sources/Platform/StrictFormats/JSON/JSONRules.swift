// SPDX-License-Identifier: Apache-2.0

/// How strict a reading of JSON is.
public struct JSONRules: Sendable, Hashable {
    /// Containers within containers; the outermost value is depth 1 (formats.md §9).
    public var maximumDepth: Int
    /// Bytes of the whole input.
    public var maximumBytes: Int
    /// Only whole numbers within ±(2^53−1), without fraction or exponent (formats.md §1).
    public var integersOnly: Bool
    /// The bytes must be their own RFC 8785 form.
    public var canonical: Bool
    /// Two members of one name in one object.
    public var duplicatesRefused: Bool

    /// Bytes of an envelope or of any file that holds one (formats.md §9: 4 MiB).
    public static let envelopeBytes = 4 << 20

    /// Signed payloads and ledger entries: RFC 8785 bytes, integers only.
    public static let signed = JSONRules(
        maximumDepth: 64, maximumBytes: envelopeBytes, integersOnly: true, canonical: true, duplicatesRefused: true)
    /// What people and tools write: any white space and order, but nothing twice and integers only.
    public static let authored = JSONRules(
        maximumDepth: 64, maximumBytes: envelopeBytes, integersOnly: true, canonical: false, duplicatesRefused: true)
    /// What servers answer: numbers of any form.
    public static let general = JSONRules(
        maximumDepth: 64, maximumBytes: 64 << 20, integersOnly: false, canonical: false, duplicatesRefused: true)
}
