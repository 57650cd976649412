// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bundles
import CommandSupport
import Execute
import Files
import Ledger
import OfflineCommands
import StrictFormats

struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with the open execution of a ledger, after a crash or an unclear answer.",
        discussion:
            "Settles what is unknown by reading; never sends CreateKey again.\nExample:\n  countersign resume ledger.sqlite --key ledger-key --profile executor"
    )

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var ledger: String
    @OptionGroup var options: RunOptions
    @Option(help: ArgumentHelp("Cosignatures to take in first: what a witness answered, or a cosigned note; repeat it.", valueName: "file"))
    var cosigned: [String] = []
    @Flag(help: "End the execution as it stands, reading and sending nothing.") var abandon = false
    @Option(help: ArgumentHelp("Why it is abandoned.", valueName: "text")) var reason = "ended by resume --abandon"

    func validate() throws { try options.requireKey() }

    func run() throws {
        var notes: [InputFile] = []
        for name in cosigned { notes.append(InputFile(bytes: try FileReader.read(name), name: name)) }
        try options.answer(
            try options.with(ledger) { store throws(Refusal) in
                for note in notes { try store.cosign(note.bytes, file: note.name) }
                if abandon { return try ExecutionStep.abandon(store, reason: reason, now: SystemClock.now()) }
                guard let digest = ExecutionStep.resumable(store) else { return try ExecutionStep.lastEnding(store) }
                return try options.step(store, try Receiving(store).asReceived(digest).payload.target).resume()
            })
    }
}
