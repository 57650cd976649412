// SPDX-License-Identifier: Apache-2.0

import Audit
import Bundles
import CommandSupport
import Execute
import Files
import Ledger
import OfflineCommands
import Rehearsal
import StrictFormats
import Trust

/// `execute --rehearse`: the whole execution against a model of KMS, in a copy of the ledger in memory. Nothing leaves, nothing stays.
struct Rehearsing {
    let bundle: String
    let ledger: String
    let wait: Int
    let format: FormatOptions

    /// Ends with the exit code of the real run, as far as a model can tell.
    func run(_ input: ExecutionInput) throws {
        let store = try LedgerStore(copyInMemoryOf: ledger, tool: Release.tool)
        let size = store.size
        let now = SystemClock.now()
        var events: [ExecutionEvent] = []
        let result = Result { () throws(Refusal) in try execute(input, store, now) { events.append($0) } }
        let story = try Story(store.reader, only: nil, from: size)
        try format.answer(text: Self.text(events, story, result, now), json: Self.json(events, story, result, now))
        if try result.get().ending != .completed { throw ExitStatus.answerIsNo.code }
    }

    private func execute(_ input: ExecutionInput, _ store: LedgerStore, _ now: Instant, _ progress: @escaping Execute.Progress) throws(Refusal)
        -> ExecutionReport
    {
        let payload: BundlePayload
        do throws(Refusal) {
            payload = try UnverifiedBundle(input.bundle.bytes, file: input.bundle.name).envelope.decodePayload(BundlePayload.init(json:))
        } catch {
            return try ExecutionStep.refused(input, store, now: now)
        }
        let pace = RehearsalPace(now)
        let service = ModelService(KMSModel(before: payload, now: now), target: payload.target, pace: pace)
        return try ExecutionStep(store: store, service: service, pace: pace, wait: wait, waitsForWitnesses: false, progress: progress).execute(input)
    }

    private static let limits =
        "A model of KMS does not know IAM, Organizations policies, or what the account holds beside what the bundle says of it."

    private static func text(_ events: [ExecutionEvent], _ story: Story, _ result: Result<ExecutionReport, Refusal>, _ now: Instant) -> String {
        var lines = ["REHEARSAL, offline, by this machine's clock (\(now)): nothing was sent, and the ledger is as it was."]
        lines += TextBlock.wrap(limits, width: 110, indent: "", hanging: "")
        lines += ["", "What would happen:"]
        lines += events.enumerated().map { "  \($0 + 1). \(SafeText.escaped($1.words))" }
        lines += ["", "What the ledger would say:", story.text, ""]
        switch result {
        case .success(let report):
            lines.append("rehearsed: \(word(report.ending))" + (report.done.isEmpty ? "" : ": " + report.done.joined(separator: ", ")))
            lines += report.warnings.map { "  warning: \($0)" }
        case .failure(let refusal): lines.append("rehearsed: it would stop (\(refusal.code)); standard error says why")
        }
        return lines.joined(separator: "\n")
    }

    private static func word(_ ending: ExecutionReport.Ending) -> String {
        switch ending {
        case .completed: "completed"
        case .failed: "failed"
        case .abandoned: "abandoned"
        }
    }

    private static func json(_ events: [ExecutionEvent], _ story: Story, _ result: Result<ExecutionReport, Refusal>, _ now: Instant) -> JSONValue {
        var report: ExecutionReport?
        if case .success(let value) = result { report = value }
        return .object([
            ("rehearsal", true), ("clock", .string(now.text)), ("ending", report.map { .string(word($0.ending)) }),
            ("bundle", report.map { .string($0.bundle) }), ("done", report.map { .strings($0.done) }),
            ("warnings", report.map { .strings($0.warnings) }),
            ("events", .array(events.map(\.json))), ("entries", story.json["entries"]),
        ])
    }
}
