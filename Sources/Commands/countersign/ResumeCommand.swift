// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bundles
import CommandSupport
import Execute
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
    @Flag(help: "End the execution as it stands, reading and sending nothing.") var abandon = false
    @Option(help: ArgumentHelp("Why it is abandoned.", valueName: "text")) var reason = "ended by resume --abandon"

    func validate() throws { try options.requireKey() }

    func run() throws {
        try options.answer(
            try options.with(ledger) { store throws(Refusal) in
                if abandon { return try ExecutionStep.abandon(store, reason: reason, now: SystemClock.now()) }
                guard let digest = store.history.openExecution else { return try ExecutionStep.lastEnding(store) }
                return try options.step(store, try Receiving(store).asReceived(digest).payload.target).resume()
            })
    }
}
