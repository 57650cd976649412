// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bundles
import CommandSupport
import Cryptography
import Execute
import Ledger
import OfflineCommands
import StrictFormats
import Trust

/// What `execute` and `resume` share.
struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The ledger's private key file.", valueName: "file")) var key: String?
    @Option(help: ArgumentHelp("A file that holds the key's passphrase in its first line.", valueName: "file")) var passphraseFile: String?
    @OptionGroup var aws: AWSOptions
    @Option(help: ArgumentHelp("Seconds that any wait for what AWS does not show yet may take.", valueName: "seconds")) var wait = 600
    @Flag(help: "Say on standard error what is going on; on a terminal that is the default.") var progress = false
    @OptionGroup var format: FormatOptions

    func validate() throws {
        if wait < 0 || wait > 86_400 { throw ValidationError("--wait takes 0 to 86400 seconds") }
    }

    func open(_ ledger: String) throws(Refusal) -> LedgerStore {
        guard let key else { throw Refusal("ledger-key-option", .usage, "the ledger is written with its key", hint: "--key FILE") }
        let loaded = try KeyFile.read(key) { path throws(Refusal) in try Passphrase.existing(for: path, file: passphraseFile) }
        return try LedgerStore(ledger, key: loaded, tool: Release.tool, now: SystemClock.now())
    }

    func requireKey() throws {
        if key == nil { throw ValidationError("Missing expected argument '--key <file>'") }
    }

    func step(_ store: LedgerStore, _ target: Target) throws(Refusal) -> ExecutionStep {
        ExecutionStep(
            store: store, service: try aws.service(region: target.region, partition: target.partition), pace: SystemPace(), wait: wait,
            progress: watcher)
    }

    /// Progress is for a person who watches (design §7), and for whoever asks: then a machine gets one JSON line an event.
    private var watcher: Execute.Progress {
        if format.isJSON { return { [progress] event in if progress { Console.note(ScreenJSON.line(event.json)) } } }
        let isWatched = progress || Console.errorIsTerminal
        return { event in if isWatched { Console.note("  … \(SafeText.escaped(event.words))") } }
    }

    /// Opens the ledger, does something with it, and leaves a single file behind.
    ///
    /// The record is on disk already when it is closed: closing only tidies up, and must not hide what was done or went wrong.
    func with<Value>(_ ledger: String, _ body: (LedgerStore) throws(Refusal) -> Value) throws(Refusal) -> Value {
        let store = try open(ledger)
        defer {
            do throws(Refusal) { try store.close() } catch { Console.note("countersign: warning: closing the ledger: \(Explanation.text(error))") }
        }
        do throws(Refusal) {
            return try body(store)
        } catch {
            // What waits for witnesses says what they are to cosign.
            if error.code == "witness-quorum", let note = try store.reader.cosignedNote() { try answer(waiting: note) }
            throw error
        }
    }

    /// The newest checkpoint, which holds the intent that waits.
    private func answer(waiting note: SignedNote) throws(Refusal) {
        let text = String(decoding: note.bytes, as: UTF8.self)
        try format.answer(text: String(text.dropLast()), json: .object([("waiting", "witness-quorum"), ("note", .string(text))]))
    }

    /// Says how it ended; an end that is no completion exits 1.
    func answer(_ report: ExecutionReport) throws {
        for warning in report.warnings { Console.note("countersign: warning: \(warning)") }
        let name = report.ending == .completed ? "completed" : report.ending == .failed ? "failed" : "abandoned"
        try format.answer(
            text:
                "\(name): \(report.done.isEmpty ? (report.ending == .completed ? "nothing was to be sent" : (report.ending == .abandoned ? "nothing is known to have taken effect" : "nothing took effect")) : report.done.joined(separator: ", "))"
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
