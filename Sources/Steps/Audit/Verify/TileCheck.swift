// SPDX-License-Identifier: Apache-2.0

import Ledger
import StrictFormats

/// Compares the stored tiles with those that the entries make, while these are read: kept is one open tile of each level, however long the ledger.
struct TileCheck {
    private let reader: LedgerReader
    /// The last tile of each level above the lowest, while it is not full.
    private var open: [Int: TileRows.Row] = [:]
    private(set) var findings: [Finding] = []

    init(_ reader: LedgerReader) { self.reader = reader }

    /// Takes the rows that an entry completed or extended.
    mutating func take(_ rows: [TileRows.Row]) throws(Refusal) {
        for row in rows {
            if row.isFull {
                open[row.level] = nil
                try compare(row)
            } else {
                open[row.level] = row
            }
        }
    }

    /// Compares what is left, and looks for tiles that a tree of that size does not have (formats.md §6).
    mutating func finish(_ size: Int) throws(Refusal) {
        for row in open.values.sorted(by: { $0.level < $1.level }) { try compare(row) }
        var unknown: [(level: Int, index: Int)] = []
        try reader.forEachTilePlace { level, index throws(Refusal) in
            if !TileRows.holds(level: level, index: index, at: size) { unknown.append((level, index)) }
        }
        for (level, index) in unknown { error("tile-unknown", "the tile \(level)/\(index) has no business here") }
    }

    private mutating func compare(_ row: TileRows.Row) throws(Refusal) {
        guard let stored = try reader.tile(level: row.level, index: row.index) else {
            error("tile-missing", "the tile \(row.level)/\(row.index) is missing")
            return
        }
        if stored != row.bytes { error("tile-differs", "the tile \(row.level)/\(row.index) is not that of these entries") }
    }

    private mutating func error(_ code: String, _ message: String) { findings.append(Finding(code, .error, message)) }
}
