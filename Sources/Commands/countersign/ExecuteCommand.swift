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
    @Option(
        help: ArgumentHelp(
            "A checkpoint held elsewhere that the ledger must be consistent with. Required where the trust root has witnesses.", valueName: "note"))
    var since: String?
    @OptionGroup var options: RunOptions
    @Flag(help: "Offline, against a model of KMS and a copy of the ledger in memory: say what would happen. Needs no --key.") var rehearse = false

    func validate() throws { if !rehearse { try options.requireKey() } }

    func run() throws {
        if rehearse { return try Rehearsing(bundle: bundle, ledger: ledger, wait: options.wait, format: options.format).run(try input()) }
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
