// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// A table of the format as rows in the order of their key, to be copied and compared whole (formats.md §6).
struct LedgerTable {
    enum Kind { case integer, text, blob }

    let name: String
    /// The key's columns first.
    let columns: [(name: String, kind: Kind)]
    let keyColumns: Int

    static let all = [
        LedgerTable(name: "entries", columns: [("seq", .integer), ("bytes", .blob)], keyColumns: 1),
        LedgerTable(name: "artifacts", columns: [("sha256", .blob), ("bytes", .blob)], keyColumns: 1),
        LedgerTable(name: "tiles", columns: [("level", .integer), ("idx", .integer), ("bytes", .blob)], keyColumns: 2),
        LedgerTable(name: "checkpoints", columns: [("size", .integer), ("note", .blob)], keyColumns: 1),
        LedgerTable(name: "cosignatures", columns: [("size", .integer), ("name", .text), ("line", .blob)], keyColumns: 2),
    ]

    private var list: String { columns.map(\.name).joined(separator: ", ") }

    private func rows(of door: SQLiteDoor) throws(Refusal) -> SQLiteStatement {
        try door.prepare("SELECT \(list) FROM \(name) ORDER BY \(columns.prefix(keyColumns).map(\.name).joined(separator: ", "))")
    }

    /// Writes every row into the same table of another database, in the order of the key: its pages come out full.
    func copy(from source: SQLiteDoor, to target: SQLiteDoor) throws(Refusal) {
        let rows = try rows(of: source)
        let insert = try target.prepare("INSERT INTO \(name) (\(list)) VALUES (\((1...columns.count).map { "?\($0)" }.joined(separator: ", ")))")
        while try rows.step() {
            try insert.run(
                values: columns.enumerated().map { index, column in
                    switch column.kind {
                    case .integer: .integer(rows.integer(Int32(index)))
                    case .text: .text(rows.text(Int32(index)))
                    case .blob: .blob(rows.blob(Int32(index)))
                    }
                })
        }
    }

    /// How many rows there are, and a digest of all that they hold: each value with its length before it.
    func content(of door: SQLiteDoor) throws(Refusal) -> Content {
        let rows = try rows(of: door)
        let hasher = Hasher()
        hasher.reset()
        var count = 0
        func put(_ number: Int) { withUnsafeBytes(of: UInt64(bitPattern: Int64(number)).bigEndian) { hasher.update($0) } }
        while try rows.step() {
            count += 1
            for (index, column) in columns.enumerated() {
                guard column.kind != .integer else {
                    put(rows.integer(Int32(index)))
                    continue
                }
                // The bytes of a text too, as they stand.
                let bytes = rows.blob(Int32(index))
                put(bytes.count)
                bytes.withUnsafeBytes { hasher.update($0) }
            }
        }
        return Content(rows: count, digest: hasher.finish())
    }

    struct Content: Equatable {
        let rows: Int
        let digest: Digest
    }
}
