// SPDX-License-Identifier: Apache-2.0

/// Entries in words.
public enum EntryWords {
    /// `entry 22`, or `entries 22 to 30`.
    public static func span(_ first: Int, _ last: Int) -> String { first == last ? "entry \(first)" : "entries \(first) to \(last)" }
}
