// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Cryptography
import Ledger
import OfflineCommands
import StrictFormats
import Trust

struct LedgerKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vkey", abstract: "Print the ledger's verifier key, for those who check notes and proofs.",
        discussion: "Example:\n  countersign ledger vkey ledger.sqlite > log.vkey")

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String

    @Flag(help: "Every key that the ledger ever had, the first one first.") var all = false

    func run() throws {
        let reader = try LedgerReader(file)
        let history = try reader.history()
        let keys = all ? history.chain.keysEver(.ledger) : history.chain.newest.root.keys(of: .ledger)
        guard !keys.isEmpty else {
            throw Refusal(
                "ledger-damaged", .badData, "its trust root lists no ledger key", at: Place(file: file),
                hint: "check it with: countersign audit verify")
        }
        try Console.out(keys.map { NoteVerifier(name: history.origin, key: $0).text }.joined(separator: "\n"))
    }
}
