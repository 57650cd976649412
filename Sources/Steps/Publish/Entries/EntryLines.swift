// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
import Ledger
public import StrictFormats

/// The entries of a ledger as lines for other programs: JSON Lines, or a table for spreadsheets.
public enum EntryLines: String, Sendable, CaseIterable {
    /// `{"seq":0,"leaf":"sha256:…","entry":…}`: the entry's exact bytes as the value of `entry`.
    case jsonl
    /// RFC 4180, with a heading.
    case csv

    /// Writes all entries as they stand at one moment, in flat memory. The file gets its name only if the entries lead to the
    /// newest checkpoint.
    /// - Parameter ledger: its file; whoever writes to it meanwhile is not kept waiting.
    /// - Returns: the number of entries.
    /// - Throws: `ledger-damaged` (bad data), what a file's writer throws.
    public func write(_ ledger: String, to path: String, replace: Bool) throws(Refusal) -> Int {
        let stream = try FileStream(path, replace: replace)
        guard let moment = try LedgerMoment(ledger) else { throw Self.damaged(ledger, "this ledger has no checkpoint") }
        let checkpoint = moment.checkpoint
        let hasher = Hasher()
        var tree = MerkleFrontier()
        if self == .csv { try stream.write(EntryCells.heading.utf8) }
        try moment.forEachPiece { piece throws(Refusal) in
            for (seq, bytes) in piece.entries {
                let entry: Entry
                do throws(Refusal) { entry = try Entry(bytes) } catch {
                    throw Self.damaged(ledger, "entry \(seq) cannot be read: \(error.message)")
                }
                guard seq == tree.size, entry.seq == seq else { throw Self.damaged(ledger, "entry \(tree.size) is missing") }
                let leaf = MerkleHash.leaf(bytes, with: hasher)
                tree.append(leaf, with: hasher)
                switch self {
                case .jsonl:
                    try stream.write("{\"seq\":\(seq),\"leaf\":\"\(leaf)\",\"entry\":".utf8)
                    try stream.write(bytes)
                    try stream.write("}\n".utf8)
                case .csv: try stream.write(EntryCells.line(entry, bytes, leaf: leaf).utf8)
                }
            }
        }
        guard moment.count == checkpoint.size, checkpoint.size == tree.size, checkpoint.root == tree.root(with: hasher) else {
            throw Self.damaged(ledger, "the entries do not lead to the newest checkpoint")
        }
        try stream.finish()
        return tree.size
    }

    private static func damaged(_ ledger: String, _ message: String) -> Refusal {
        Refusal("ledger-damaged", .badData, message, at: Place(file: ledger), hint: "nothing was written; run audit verify")
    }
}

/// One entry as cells of a table.
enum EntryCells {
    static let columns = ["seq", "leaf", "time", "type", "bundle", "owner", "keyid", "tool", "data"]
    static let heading = columns.joined(separator: ",") + "\r\n"

    static func line(_ entry: Entry, _ bytes: [UInt8], leaf: Digest) throws(Refusal) -> String {
        let data = try JSONDocument(bytes, rules: .signed).root["data"]
        return [
            "\(entry.seq)", leaf.text, entry.time.text, entry.type.rawValue, entry.bundle?.text ?? "", entry.actor.owner, entry.actor.keyID.text,
            entry.actor.tool, data.map(JSONWriter.canonicalText) ?? "",
        ].map(cell).joined(separator: ",") + "\r\n"
    }

    /// RFC 4180 §2 quoting. A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection).
    static func cell(_ text: String) -> String {
        var cell = text
        if let first = text.unicodeScalars.first, "=+-@\t\r\n\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains(first) { cell = "'" + text }
        guard cell.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }
}
