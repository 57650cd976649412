// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bundles
import CommandSupport
import Cryptography
import Execute
import Files
import Ledger
import OfflineCommands
import StrictFormats
import Trust

/// What `execute` and `resume` share.
struct RunOptions: ParsableArguments {
    @OptionGroup var key: KeyOptions
    @OptionGroup var aws: AWSOptions
    @Option(help: ArgumentHelp("Seconds that any wait for what AWS does not show yet may take.", valueName: "seconds")) var wait = 600
    @OptionGroup var format: FormatOptions

    func validate() throws {
        if wait < 0 || wait > 86_400 { throw ValidationError("--wait takes 0 to 86400 seconds") }
    }

    func open(_ ledger: String) throws(Refusal) -> LedgerStore {
        try LedgerStore(ledger, key: try key.load(), tool: Release.tool, now: SystemClock.now())
    }

    func step(_ store: LedgerStore, _ target: Target) throws(Refusal) -> ExecutionStep {
        // Progress is for a person who watches (design §7).
        let isWatched = !format.isJSON && Console.errorIsTerminal
        return ExecutionStep(
            store: store, service: try aws.service(region: target.region, partition: target.partition), pace: SystemPace(), wait: wait,
            progress: { text in if isWatched { Console.note("  … \(text)") } })
    }

    /// Opens the ledger, does something with it, and leaves a single file behind.
    ///
    /// The record is on disk already when it is closed: closing only tidies up, and must not hide what was done or went wrong.
    func with<Value>(_ ledger: String, _ body: (LedgerStore) throws(Refusal) -> Value) throws(Refusal) -> Value {
        let store = try open(ledger)
        defer {
            do throws(Refusal) { try store.close() } catch { Console.note("countersign: warning: closing the ledger: \(Explanation.text(error))") }
        }
        return try body(store)
    }

    /// Says how it ended; an end that is no completion exits 1.
    func answer(_ report: ExecutionReport) throws {
        for warning in report.warnings { Console.note("countersign: warning: \(warning)") }
        let name = report.ending == .completed ? "completed" : report.ending == .failed ? "failed" : "abandoned"
        try format.answer(
            text:
                "\(name): \(report.done.isEmpty ? (report.ending == .completed ? "nothing was to be sent" : "nothing took effect") : report.done.joined(separator: ", "))"
                + (report.key.map { "\n  key \(SafeText.escaped($0))" } ?? "") + (report.message.map { "\n  \(SafeText.escaped($0))" } ?? "")
                + "\n  bundle \(report.bundle)\n  the ledger has \(report.size) entries",
            json: .object([
                ("ending", .string(name)), ("bundle", .string(report.bundle)), ("key", report.key.map { .string($0) }),
                ("done", .strings(report.done)),
                ("warnings", .strings(report.warnings)), ("size", .integer(report.size)), ("message", report.message.map { .string($0) }),
            ]))
        if report.ending != .completed { throw ExitStatus.answerIsNo.code }
    }
}

struct SystemPace: Pace {
    func now() -> Instant { SystemClock.now() }
    func sleep(seconds: Double) { SystemClock.sleep(seconds: seconds) }
    func random() -> Double { Double.random(in: 0..<1) }
}

struct ExecuteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "execute", abstract: "Execute an approved bundle once, and record every step.",
        discussion:
            "Example:\n  countersign execute bundle.json --approval alice.json --approval bob.json \\\n    --ledger ledger.sqlite --key ledger-key --profile executor"
    )

    @Argument(help: ArgumentHelp("The bundle.", valueName: "bundle")) var bundle: String
    @Option(help: ArgumentHelp("An approval or reject; repeat it for each.", valueName: "file")) var approval: [String] = []
    @Option(help: ArgumentHelp("The ledger.", valueName: "file")) var ledger: String
    @Option(help: ArgumentHelp("A newer trust root to record first; may be repeated.", valueName: "file")) var trust: [String] = []
    @Option(help: ArgumentHelp("A checkpoint held elsewhere that the ledger must be consistent with.", valueName: "note")) var since: String?
    @OptionGroup var options: RunOptions

    func run() throws {
        let files: ExecutionInput
        do throws(Refusal) {
            files = try input()
        } catch {
            // A file that can be read and is refused for what it is leaves a trace; one that is not there does not.
            if error.category == .badData {
                try options.with(ledger) { store throws(Refusal) in try Receiving(store).refuse(error, bundle: nil, now: SystemClock.now()) }
            }
            throw error
        }
        try options.answer(try options.with(ledger) { store throws(Refusal) in try run(files, store) })
    }

    private func input() throws(Refusal) -> ExecutionInput {
        func read(_ name: String) throws(Refusal) -> InputFile { InputFile(bytes: try FileReader.read(name), name: name) }
        var approvals: [InputFile] = []
        for name in approval { approvals.append(try read(name)) }
        var roots: [InputFile] = []
        for name in trust { roots.append(try read(name)) }
        var note: InputFile?
        if let since { note = try read(since) }
        return ExecutionInput(bundle: try read(bundle), approvals: approvals, trust: roots, since: note)
    }

    private func run(_ files: ExecutionInput, _ store: LedgerStore) throws(Refusal) -> ExecutionReport {
        // The target says which Region to speak to; nothing of it is believed before it is verified.
        let target: Target
        do throws(Refusal) {
            target = try UnverifiedBundle(files.bundle.bytes, file: files.bundle.name).envelope.decodePayload(BundlePayload.init(json:)).target
        } catch {
            // The step meets the same refusal again, in its order of gates, and writes it down.
            return try ExecutionStep.refused(files, store, now: SystemClock.now())
        }
        return try options.step(store, target).execute(files)
    }
}

struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with the open execution of a ledger, after a crash or an unclear answer.",
        discussion:
            "Settles what is unknown by reading; never sends CreateKey again.\nExample:\n  countersign resume ledger.sqlite --key ledger-key --profile executor"
    )

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var ledger: String
    @OptionGroup var options: RunOptions
    @Flag(help: "End the execution as it stands, reading and sending nothing.") var abandon = false
    @Option(help: ArgumentHelp("Why it is abandoned.", valueName: "text")) var reason = "ended by resume --abandon"

    func run() throws {
        try options.answer(
            try options.with(ledger) { store throws(Refusal) in
                if abandon { return try ExecutionStep.abandon(store, reason: reason, now: SystemClock.now()) }
                guard let digest = store.history.openExecution else { return try ExecutionStep.lastEnding(store) }
                return try options.step(store, try Receiving(store).asReceived(digest).payload.target).resume()
            })
    }
}
