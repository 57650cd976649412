// SPDX-License-Identifier: Apache-2.0

import Cryptography

/// `audit verify` as a process, against hashing and scanning the same bytes, and its memory as the ledger grows.
struct VerifyMeasure {
    let ceremony: Ceremony
    let airgap: String
    /// This program, which is also the bare scan.
    let own: String

    private func verify(_ ledger: LedgerMaker.Made) -> [String] {
        [airgap, "audit", "verify", ledger.path, "--genesis", ledger.genesis.text, "--since", ledger.note]
    }

    func rows(rounds: Int) throws -> [Row] {
        let maker = LedgerMaker(ceremony: ceremony)
        let large = try maker.plain("large.sqlite", entries: 100_000, batch: 1_000)
        let comparison = try Comparison(
            [verify(large), ["openssl", "dgst", "-sha256", large.bytes], [own, "scan", large.path]], rounds: rounds)
        let (ours, hashing, scanning) = (comparison.seconds(0), comparison.seconds(1), comparison.seconds(2))
        let small = try ChildRun(verify(try maker.plain("small.sqlite", entries: 10_000, batch: 1_000)))
        let peak = Double(comparison.peakKiB(0)) / 1024
        return [
            Row(
                measure: "audit verify, 100,000 entries (\(large.byteCount >> 20) MiB, 1,000 in a checkpoint)", ours: Row.milliseconds(ours),
                peer: "openssl dgst \(Row.milliseconds(hashing)) + SQLite scan \(Row.milliseconds(scanning))", figure: ours / (hashing + scanning),
                unit: "×",
                bound: .atMost(4)),
            Row(
                measure: "its peak memory", ours: "\(Row.number(peak)) MiB",
                peer: "\(Row.number(Double(small.peakKiB) / 1024)) MiB with 10,000 entries",
                figure: peak, unit: " MiB", bound: .atMost(64)),
            try checkpointRow(maker, rounds: rounds),
            try storyRow(maker, rounds: rounds),
        ]
    }

    /// Where each entry has its checkpoint, Ed25519 decides: measured against OpenSSL's own count.
    private func checkpointRow(_ maker: LedgerMaker, rounds: Int) throws -> Row {
        let ledger = try maker.plain("checkpoints.sqlite", entries: 10_000, batch: 1)
        var ours: [Double] = []
        var peers: [Double] = []
        for _ in 0..<max(3, rounds / 4) {
            ours.append(Double(ledger.entries) / (try ChildRun(verify(ledger)).seconds))
            peers.append(try Self.opensslVerifications())
        }
        let (rate, peer) = (Stopwatch.median(ours), Stopwatch.median(peers))
        return Row(
            measure: "audit verify, 10,000 entries, each with its own checkpoint", ours: "\(Row.number(rate)) entries/s",
            peer: "openssl speed ed25519: \(Row.number(peer)) verifications/s", figure: rate / peer, unit: "×", bound: .none)
    }

    /// Whole executions: five signatures, two reviews rendered again and four artifacts a request, for twenty entries.
    private func storyRow(_ maker: LedgerMaker, rounds: Int) throws -> Row {
        let ledger = try maker.stories("stories.sqlite", count: 200)
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
