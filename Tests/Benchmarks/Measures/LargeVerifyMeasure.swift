// SPDX-License-Identifier: Apache-2.0

import Files
import Glibc

/// `audit verify` of a million entries, against hashing and scanning them, and against others that compute the same root; and its memory as a ledger
/// grows (docs/performance.md has the picture).
struct LargeVerifyMeasure {
    let folder: String
    let airgap: String
    /// This program, which is also the bare scan.
    let own: String
    let python: String
    /// Go's program, where it was built.
    let go: String
    /// Entries of the largest ledger.
    let largest: Int

    /// One point of the picture.
    struct Point {
        let entries: Int
        let seconds: Double
        let peer: Double
        let peakMiB: Double
    }

    private static let pymerkleEntries = 100_000

    func rows(rounds: Int) throws -> (rows: [Row], points: [Point]) {
        var rows: [Row] = []
        var points: [Point] = []
        for entries in [10_000, 100_000, 1_000_000, 10_000_000] where entries <= largest {
            let ledger = try make(entries)
            defer { for end in ["", ".bytes", ".lengths", ".note", ".lock"] { unlink(ledger.path + end) } }
            let isMillion = entries == 1_000_000
            let comparison = try Comparison(
                [verify(ledger), ["openssl", "dgst", "-sha256", ledger.bytes], [own, "scan", ledger.path]]
                    + (isMillion ? [[go, ledger.bytes, ledger.lengths]] : []), rounds: entries > 1_000_000 ? 1 : rounds)
            let (ours, hashing, scanning) = (comparison.seconds(0), comparison.seconds(1), comparison.seconds(2))
            let peak = Double(comparison.peakKiB(0)) / 1024
            points.append(Point(entries: entries, seconds: ours, peer: hashing + scanning, peakMiB: peak))
            if isMillion {
                rows += try million(ledger, ours, hashing, scanning, comparison.seconds(3), processor: comparison.processorSeconds(0))
            }
            if entries >= 1_000_000 {
                rows.append(
                    Row(
                        measure: "its peak memory, \(Self.grouped(entries)) entries", ours: "\(Row.number(peak)) MiB",
                        peer: "\(Row.number(points[0].peakMiB)) MiB with 10,000 entries", figure: peak, unit: " MiB", bound: .atMost(64)))
            }
        }
        return (rows, points)
    }

    private func million(
        _ ledger: MadeLedger, _ ours: Double, _ hashing: Double, _ scanning: Double, _ tlog: Double, processor: Double
    ) throws -> [Row] {
        let words = try ChildRun.output(of: [python, "Tests/Benchmarks/merkle_root.py", ledger.bytes, ledger.lengths, "\(Self.pymerkleEntries)"])
            .split(separator: " ")
        guard let seconds = words.first.flatMap({ Double($0) }) else { throw ChildRun.Failure(description: "pymerkle did not answer") }
        // The third line of the ledger's newest checkpoint is the root.
        let note = try String(decoding: FileReader.read(ledger.note, limit: 1 << 16), as: UTF8.self).split(separator: "\n")
        let root = try ChildRun.output(of: [go, ledger.bytes, ledger.lengths])
        guard note.count > 2, root.hasPrefix(note[2]) else { throw ChildRun.Failure(description: "Go computes another root: \(root)") }
        let (each, theirs) = (ours / Double(ledger.entries), seconds / Double(Self.pymerkleEntries))
        return [
            Row(
                measure: "audit verify, 1,000,000 entries of \(ledger.byteCount / ledger.entries) bytes, a checkpoint every 1,000",
                ours: Row.milliseconds(ours),
                peer: "openssl dgst \(Row.milliseconds(hashing)) + SQLite scan \(Row.milliseconds(scanning))", figure: ours / (hashing + scanning),
                unit: "×", bound: .atMost(2)),
            Row(
                measure: "its processor time, all threads", ours: Row.milliseconds(processor), peer: "–", figure: processor / ours,
                unit: " cores busy", bound: .none),
            Row(
                measure: "the same root by Go's sumdb/tlog", ours: Row.milliseconds(ours), peer: "\(Row.milliseconds(tlog)), the root alone",
                figure: tlog / ours, unit: "×", bound: .atLeast(1)),
            Row(
                measure: "the same root by pymerkle, an entry", ours: Row.number(each * 1e6) + " µs",
                peer: "\(Row.number(theirs * 1e6)) µs, the root of the first 100,000 alone", figure: theirs / each, unit: "×", bound: .atLeast(8)),
        ]
    }

    private func make(_ entries: Int) throws -> MadeLedger {
        try MadeLedger(line: ChildRun.output(of: [own, "ledger", folder, "grown-\(entries).sqlite", "\(entries)", "1000"]))
    }

    private func verify(_ ledger: MadeLedger) -> [String] {
        [airgap, "audit", "verify", ledger.path, "--genesis", ledger.genesis, "--since", ledger.note]
    }

    static func grouped(_ number: Int) -> String {
        number < 1000 ? "\(number)" : grouped(number / 1000) + "," + "\(number % 1000 + 1000)".dropFirst()
    }
}
