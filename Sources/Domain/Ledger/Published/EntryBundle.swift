// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// A sequence of byte strings, each after its length as a big-endian uint16 (C2SP tlog-tiles, "Log entries").
public enum EntryBundle {
    /// The longest entry that a bundle can hold.
    public static let longest = Int(UInt16.max)

    /// Appends one entry.
    /// - Throws: `entry-too-large` (bad data): decision record 0017.
    public static func append(_ entry: [UInt8], to bundle: inout [UInt8], _ what: @autoclosure () -> String) throws(Refusal) {
        guard entry.count <= longest else {
            throw Refusal(
                "entry-too-large", .badData, "\(what()) has \(entry.count) bytes; a published log holds at most \(longest) in one entry",
                hint: "no entry that this program writes is so long: hand the ledger file itself to those who ask")
        }
        bundle.append(UInt8(entry.count >> 8))
        bundle.append(UInt8(entry.count & 0xFF))
        bundle.append(contentsOf: entry)
    }

    /// The entries of a bundle; nil where the lengths do not lead to its end.
    public static func entries(_ bundle: [UInt8]) -> [[UInt8]]? {
        var entries: [[UInt8]] = []
        var place = 0
        while place < bundle.count {
            guard place + 2 <= bundle.count else { return nil }
            let end = place + 2 + Int(bundle[place]) << 8 + Int(bundle[place + 1])
            guard end <= bundle.count else { return nil }
            entries.append(Array(bundle[(place + 2)..<end]))
            place = end
        }
        return entries
    }
}
