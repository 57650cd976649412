// SPDX-License-Identifier: Apache-2.0

import Glibc

/// `review` and `approve` as whole processes against `ssh-keygen -Y sign` of the same bytes, neither key with a passphrase.
struct ApprovalMeasure {
    let folder: String
    let airgap: String
    /// The bundle's digest, as a person who reviewed it would give it.
    let digest: String

    func rows(rounds: Int) throws -> [Row] {
        let bundle = "\(folder)/bundle.json"
        let common = [bundle, "--trust", "\(folder)/trust.json", "--pins", "\(folder)/home/pins.json"]
        let programs = [
            [airgap, "review"] + common,
            [airgap, "approve"] + common + ["--key", "\(folder)/alice", "--expect", digest, "--out", "\(folder)/approval.json"],
            ["ssh-keygen", "-Y", "sign", "-f", "\(folder)/ssh-key", "-n", "countersign", bundle],
            [airgap, "--version"],
        ]
        let comparison = try Comparison(programs, rounds: rounds) {
            unlink("\(folder)/approval.json")
            unlink("\(bundle).sig")
        }
        let peer = comparison.seconds(2)
        func row(_ measure: String, _ index: Int, _ bound: Row.Bound) -> Row {
            Row(
                measure: measure, ours: Row.milliseconds(comparison.seconds(index)), peer: "ssh-keygen -Y sign \(Row.milliseconds(peer))",
                figure: comparison.seconds(index) / peer, unit: "×", bound: bound)
        }
        return [
            row("review, whole process", 0, .atMost(2)), row("approve, whole process", 1, .atMost(2)), row("start-up alone (--version)", 3, .none),
        ]
    }
}
