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

    @Flag(help: "Every key that the ledger ever had, the first one first.") var all = false

    func run() throws {
        let verifiers = try LedgerReader.steady(file) { reader throws(Refusal) in try all ? reader.verifiers() : [reader.verifier()] }
        try Console.out(verifiers.map(\.text).joined(separator: "\n"))
    }
}
