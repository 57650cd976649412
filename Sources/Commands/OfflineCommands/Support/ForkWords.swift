// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import StrictFormats

/// What is said of a fork.
public enum ForkWords {
    public static func refusal(_ fork: Fork, evidence: String?) -> Refusal {
        Refusal(
            "fork", .answerIsNo,
            "FORK: \(SafeText.escaped(fork.origin)) signed two different states of its first \(fork.size) entries: a ledger never does that",
            details: evidence.map { ["both signed notes are kept in \(SafeText.escaped($0))"] } ?? [],
            hint: "stop using this ledger, and show both notes to everybody who relies on it; the log's verifier key proves them")
    }
}
