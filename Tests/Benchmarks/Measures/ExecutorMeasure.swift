// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
import Execute
import Glibc
import Ledger
import Rehearsal
import StrictFormats
import Trust

/// What the executor adds to a request: from one request leaving to the next, against a model that answers at once.
///
/// Between them lie the outcome's durable append, everything that is read back and checked, the next intent's durable append with its
/// signature and digests. The ledger is a real file. Beside it: the processor time that boto3 takes for the same calls.
struct ExecutorMeasure {
    let overhead: Double
    let boto3: Double?

    init(_ ceremony: Ceremony, rounds: Int) throws {
        var intervals: [Double] = []
        for round in 0..<(rounds + 5) {
            let store = try ceremony.ledger(named: "executor.sqlite")
            let bundle = try ceremony.anotherBundle()
            let approvals = try ceremony.approvals(of: bundle).approvals
            let pace = RehearsalPace(ceremony.now)
            let service = ModelService(KMSModel(before: bundle.payload, now: ceremony.now), target: bundle.payload.target, pace: pace)
            var sends: [Double] = []
            let step = ExecutionStep(store: store, service: service, pace: pace) { event in
                if case .sending = event { sends.append(Stopwatch.now) }
            }
            let report = try step.execute(
                ExecutionInput(
                    bundle: InputFile(bytes: bundle.envelope.bytes, name: "bundle"),
                    approvals: approvals.map { InputFile(bytes: $0.envelope.bytes, name: "approval") }))
            guard report.ending == .completed, sends.count == 3 else { throw ChildRun.Failure(description: "the execution did not complete") }
            if round >= 5 { intervals += zip(sends, sends.dropFirst()).map { $1 - $0 } }
        }
        overhead = Stopwatch.median(intervals)
        boto3 = nil
    }

    /// As one line, from one process to another.
    var line: String { "\(overhead)" }

    init(line: String, python: String) throws {
        guard let number = Double(line.prefix { $0 != "\n" }) else { throw ChildRun.Failure(description: "the executor's measure did not answer") }
        overhead = number
        boto3 = Double(try ChildRun.output(of: [python, "Tests/Benchmarks/boto3_calls.py", "20"]).prefix { $0 != "\n" })
    }

    var rows: [Row] {
        [
            Row(
                measure: "executor's overhead per request, two durable appends", ours: Row.milliseconds(overhead),
                peer: boto3.map { "boto3's processor time per call \(Row.milliseconds($0))" } ?? "–", figure: overhead * 1e3, unit: " ms",
                bound: .atMost(3))
        ]
    }
}
