// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Ledger
import StrictFormats

/// One durable append of the ledger against one bare SQLite insert of the entry's bytes, with the same pragmas.
///
/// Each round: the append, timed whole, and the bare insert, by turns first; then the signature of the checkpoint's text once
/// more, timed alone and taken off the append. Both files lie in one folder, and both are measured in two states: while the
/// write-ahead log still grows, as in a ledger that was just opened, and after SQLite began to overwrite it, when each sync is
/// cheaper and what an append does beside it weighs more.
struct AppendMeasure {
    struct Medians {
        let append: Double
        let insert: Double
        let signature: Double
    }

    let growing: Medians
    let overwriting: Medians

    /// SQLite begins a log anew after 1000 frames: an append writes two or three, a bare insert one or two.
    private static let states = (warm: 50, growing: 300, until: 1100)

    init(_ ceremony: Ceremony, rounds: Int) throws {
        let store = try ceremony.ledger(named: "append.sqlite")
        let bare = try BareTable("\(ceremony.folder)/bare.sqlite")
        let maker = LedgerMaker(ceremony: ceremony)
        var samples: [(append: Double, insert: Double, signature: Double)] = []
        // The first bare insert needs bytes; from then on each inserts what was appended last.
        var bytes = try store.append([Draft(maker.refusal(store.size), bundle: ceremony.bundle.digest)], now: ceremony.now).first?.bytes ?? []
        for round in 0..<(Self.states.until + rounds) {
            let draft = Draft(maker.refusal(store.size), bundle: ceremony.bundle.digest)
            var entry: Entry?
            let appending = { try Stopwatch.time { entry = try store.append([draft], now: ceremony.now).first } }
            let inserting = { try Stopwatch.time { try bare.insert(round, bytes) } }
            // By turns first and second: what the one leaves to the disk, the other meets.
            let append: Double
            let insert: Double
            if round % 2 == 0 { (append, insert) = (try appending(), try inserting()) } else { (insert, append) = (try inserting(), try appending()) }
            bytes = entry?.bytes ?? bytes
            // OpenSSL's part alone: making the note's text and its line is the append's own.
            let text = Array(store.head.text.utf8)
            let signature = try Stopwatch.time { _ = try ceremony.ledgerKey.sign(text) }
            samples.append((append, insert, signature))
        }
        func medians(_ range: Range<Int>) -> Medians {
            let part = samples[range]
            return Medians(
                append: Stopwatch.median(part.map(\.append)), insert: Stopwatch.median(part.map(\.insert)),
                signature: Stopwatch.median(part.map(\.signature)))
        }
        growing = medians(Self.states.warm..<(Self.states.warm + Self.states.growing))
        overwriting = medians(Self.states.until..<samples.count)
    }

    /// As one line, from one process to another.
    var line: String { [growing, overwriting].map { "\($0.append) \($0.insert) \($0.signature)" }.joined(separator: " ") }

    init(line: String) throws {
        let numbers = line.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Double($0) }
        guard numbers.count == 6 else { throw ChildRun.Failure(description: "the append measure did not answer") }
        growing = Medians(append: numbers[0], insert: numbers[1], signature: numbers[2])
        overwriting = Medians(append: numbers[3], insert: numbers[4], signature: numbers[5])
    }

    var rows: [Row] { rows("a log that grows", growing) + rows("a log that is overwritten", overwriting) }

    private func rows(_ state: String, _ medians: Medians) -> [Row] {
        let unsigned = medians.append - medians.signature
        return [
            Row(
                measure: "one durable append to \(state), signing excluded", ours: Row.microseconds(unsigned),
                peer: "\(Row.microseconds(medians.insert)) bare insert", figure: medians.insert / unsigned, unit: "×", bound: .atLeast(0.9)),
            Row(
                measure: "the same with its Ed25519 signature (\(Row.microseconds(medians.signature)))", ours: Row.microseconds(medians.append),
                peer: "\(Row.microseconds(medians.insert)) bare insert", figure: medians.insert / medians.append, unit: "×", bound: .atLeast(0.8)),
        ]
    }
}
