// SPDX-License-Identifier: Apache-2.0

import Glibc
import Ledger

/// The proof of one entry of a large ledger: as a call of the library, and as a process.
struct ProofMeasure {
    let folder: String
    let airgap: String
    /// This program, which also makes the ledger and calls the library.
    let own: String

    /// How many entries the ledger has: `COUNTERSIGN_PROOF_ENTRIES`, a million unless it says otherwise.
    static var entries: Int { getenv("COUNTERSIGN_PROOF_ENTRIES").flatMap { Int(String(cString: $0)) } ?? 1_000_000 }

    /// 1000000 as 1,000,000.
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.indices.map { (digits.count - $0) % 3 == 0 && $0 > 0 ? ",\(digits[$0])" : "\(digits[$0])" }.joined()
    }

    func rows(rounds: Int) throws -> [Row] {
        let ledger = try MadeLedger(line: ChildRun.output(of: [own, "ledger", folder, "proof.sqlite", "\(Self.entries)", "1000"]))
        defer { for end in ["", ".bytes", ".note", ".lock"] { unlink(ledger.path + end) } }
        let call = Double(try ChildRun.output(of: [own, "proofs", ledger.path, "200"]).prefix { $0 != "\n" }) ?? .infinity
        let out = "\(folder)/one.tlog-proof"
        let runs = try (0..<rounds).map { round in
            try ChildRun([airgap, "audit", "prove", ledger.path, "--entry", "\(Self.entry(round, of: ledger.entries))", "--out", out, "--force"])
                .seconds
        }
        let process = Stopwatch.median(runs)
        let size = Self.grouped(ledger.entries)
        return [
            Row(
                measure: "proof of one entry of \(size), library call", ours: Row.milliseconds(call), peer: "–", figure: call * 1e3, unit: " ms",
                bound: .atMost(5)),
            Row(
                measure: "proof of one entry of \(size), whole process", ours: Row.milliseconds(process), peer: "–", figure: process * 1e3,
                unit: " ms", bound: .atMost(30)),
        ]
    }

    /// Entries from everywhere, the last, partial tile among them.
    private static func entry(_ round: Int, of count: Int) -> Int { round % 5 == 0 ? count - 1 - round : (round &* 2_654_435_761) % count }

    /// Seconds that a call takes on an open ledger, the middle one of many.
    static func calls(_ path: String, rounds: Int) throws -> Double {
        let reader = try LedgerReader(path)
        let count = try reader.count()
        return Stopwatch.median(
            try (0..<rounds).map { round in try Stopwatch.time { _ = try reader.proof(of: entry(round, of: count)) } })
    }
}
