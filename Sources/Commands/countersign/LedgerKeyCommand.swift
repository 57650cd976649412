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

    func run() throws {
        let reader = try LedgerReader(file)
        guard let bytes = try reader.entry(0) else {
            throw Refusal(
                "ledger-damaged", .badData, "this ledger has no entries", at: Place(file: file), hint: "check it with: countersign audit verify")
        }
        let history = try LedgerHistory(genesis: try Entry(bytes)) { digest throws(Refusal) in try reader.artifact(digest) }
        guard let key = history.chain.key(history.ledgerKey) else {
            throw Refusal(
                "ledger-damaged", .badData, "its trust root does not list its key", at: Place(file: file),
                hint: "check it with: countersign audit verify")
        }
        try Console.out(NoteVerifier(name: history.origin, key: key).text)
    }
}
