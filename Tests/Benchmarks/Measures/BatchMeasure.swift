// SPDX-License-Identifier: Apache-2.0

import Bundles
import Ledger
import StrictFormats

/// 256 entries appended in one transaction, against 256 bare inserts of the same bytes in one transaction.
struct BatchMeasure {
    static let count = 256
    let append: Double
    let insert: Double

    init(_ ceremony: Ceremony, rounds: Int) throws {
        let store = try ceremony.ledger(named: "batch.sqlite")
        let bare = try BareTable("\(ceremony.folder)/bare-batch.sqlite")
        let maker = LedgerMaker(ceremony: ceremony)
        var appends: [Double] = []
        var inserts: [Double] = []
        for round in 0..<(rounds + 3) {
            let drafts = (0..<Self.count).map { Draft(maker.refusal(store.size + $0), bundle: ceremony.bundle.digest) }
            var written: [Entry] = []
            let append = try Stopwatch.time { written = try store.append(drafts, now: ceremony.now) }
            let rows = written.map(\.bytes)
            let insert = try Stopwatch.time { try bare.insert(from: round * Self.count, rows) }
            // The first rounds warm the caches.
            guard round >= 3 else { continue }
            appends.append(append)
            inserts.append(insert)
        }
        (append, insert) = (Stopwatch.median(appends), Stopwatch.median(inserts))
    }

    /// As one line, from one process to another.
    var line: String { "\(append) \(insert)" }

    init(line: String) throws {
        let numbers = line.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Double($0) }
        guard numbers.count == 2 else { throw ChildRun.Failure(description: "the batch measure did not answer") }
        (append, insert) = (numbers[0], numbers[1])
    }

    var rows: [Row] {
        [
            Row(
                measure: "\(Self.count) entries appended in one transaction, signature included", ours: Row.microseconds(append),
                peer: "\(Row.microseconds(insert)) batched bare inserts", figure: insert / append, unit: "×", bound: .atLeast(0.5))
        ]
    }
}
