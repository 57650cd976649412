// SPDX-License-Identifier: Apache-2.0

import Glibc

/// `audit verify` as a process, against hashing and scanning the same bytes, and its memory as the ledger grows.
struct VerifyMeasure {
    let folder: String
    let airgap: String
    /// This program, which is also the bare scan.
    let own: String

    private func verify(_ ledger: MadeLedger) -> [String] {
        [airgap, "audit", "verify", ledger.path, "--genesis", ledger.genesis, "--since", ledger.note]
    }

    /// Made by a process of its own: a child inherits the peak memory of whoever starts it (getrusage(2)).
    private func make(_ words: String...) throws -> MadeLedger { try MadeLedger(line: ChildRun.output(of: [own] + words)) }

    func rows(rounds: Int) throws -> [Row] {
        let large = try make("ledger", folder, "large.sqlite", "100000", "1000")
        let comparison = try Comparison(
            [verify(large), ["openssl", "dgst", "-sha256", large.bytes], [own, "scan", large.path]], rounds: rounds)
        let (ours, hashing, scanning) = (comparison.seconds(0), comparison.seconds(1), comparison.seconds(2))
        let small = try ChildRun(verify(try make("ledger", folder, "small.sqlite", "10000", "1000")))
        let peak = Double(comparison.peakKiB(0)) / 1024
        return [
            Row(
                measure: "audit verify, 100,000 entries of \(large.byteCount / large.entries) bytes, a checkpoint every 1,000",
                ours: Row.milliseconds(ours),
                peer: "openssl dgst \(Row.milliseconds(hashing)) + SQLite scan \(Row.milliseconds(scanning))", figure: ours / (hashing + scanning),
                unit: "×",
                bound: .atMost(4)),
            Row(
                measure: "its processor time, all threads", ours: Row.milliseconds(comparison.processorSeconds(0)),
                peer: "\(Row.milliseconds(comparison.processorSeconds(1) + comparison.processorSeconds(2))) of both",
                figure: comparison.processorSeconds(0) / (comparison.processorSeconds(1) + comparison.processorSeconds(2)), unit: "×", bound: .none),
            Row(
                measure: "its peak memory", ours: "\(Row.number(peak)) MiB",
                peer: "\(Row.number(Double(small.peakKiB) / 1024)) MiB with 10,000 entries",
                figure: peak, unit: " MiB", bound: .atMost(64)),
            try storyRow(rounds: rounds),
        ] + (try checkpointRows(rounds: rounds))
    }

    /// Where each entry has its checkpoint, Ed25519 decides: measured against OpenSSL's own count on one core, for each core that was busy. What the
    /// signatures alone cost is the processor time of an audit, less that of the next, which has its position and verifies none of them again.
    private func checkpointRows(rounds: Int) throws -> [Row] {
        let ledger = try make("ledger", folder, "checkpoints.sqlite", "10000", "1")
        var ours: [Double] = []
        var busy: [Double] = []
        var signatures: [Double] = []
        var peers: [Double] = []
        let position = "\(folder)/checkpoints.position"
        for _ in 0..<max(3, rounds / 4) {
            let run = try ChildRun(verify(ledger))
            ours.append(Double(ledger.entries) / run.seconds)
            busy.append(run.processorSeconds / run.seconds)
            unlink(position)
            let first = try ChildRun(verify(ledger) + ["--position", position])
            let next = try ChildRun(verify(ledger) + ["--position", position])
            signatures.append(Double(ledger.entries) / (first.processorSeconds - next.processorSeconds))
            peers.append(try Self.opensslVerifications())
        }
        let (rate, cores, alone, peer) = (
            Stopwatch.median(ours), Stopwatch.median(busy), Stopwatch.median(signatures), Stopwatch.median(peers)
        )
        let openssl = "openssl speed ed25519: \(Row.number(peer)) verifications/s on one core"
        return [
            Row(
                measure: "audit verify, 10,000 entries, each with its own checkpoint: all of it",
                ours: "\(Row.number(rate)) entries/s, \(Row.number(cores)) cores busy", peer: openssl, figure: rate / cores / peer,
                unit: "× a core", bound: .none),
            Row(
                measure: "the Ed25519 verification in it: its processor time, less that of the same audit without",
                ours: "\(Row.number(alone))/s a core", peer: openssl, figure: alone / peer, unit: "× a core", bound: .atLeast(0.9)),
        ]
    }

    /// Whole executions: for twenty entries five signatures, reviews rendered again, and nine artifacts.
    private func storyRow(rounds: Int) throws -> Row {
        let ledger = try make("stories", folder, "stories.sqlite", "200")
        var ours: [Double] = []
        for _ in 0..<max(3, rounds / 4) { ours.append(try ChildRun(verify(ledger)).seconds) }
        let seconds = Stopwatch.median(ours)
        return Row(
            measure: "audit verify, 200 executed bundles (\(ledger.entries) entries)", ours: Row.milliseconds(seconds), peer: "–",
            figure: seconds / 200 * 1e3, unit: " ms a bundle", bound: .none)
    }

    /// The last field of the line `253 bits EdDSA (Ed25519) … sign/s verify/s`.
    static func opensslVerifications() throws -> Double {
        let output = try ChildRun.output(of: ["openssl", "speed", "-seconds", "1", "ed25519"])
        for line in output.split(separator: "\n") where line.contains("Ed25519") {
            if let last = line.split(separator: " ").last, let number = Double(last) { return number }
        }
        throw ChildRun.Failure(description: "openssl speed did not answer as expected")
    }
}
