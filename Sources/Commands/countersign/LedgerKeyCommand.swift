// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Ledger
import OfflineCommands
import StrictFormats

struct LedgerKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vkey", abstract: "Print the ledger's verifier key, for those who check notes and proofs.",
        discussion: "Example:\n  countersign ledger vkey ledger.sqlite > log.vkey")

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String

    func run() throws { try Console.out(LedgerReader(file).verifier().text) }
}
