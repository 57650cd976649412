// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cryptography
import OfflineCommands
import Publish
import StrictFormats

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a ledger, also while it is written to, and audit the copy before it gets its name.",
        discussion: "Example:\n  countersign ledger backup ledger.sqlite --to copy.sqlite")

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
    @Option(help: ArgumentHelp("The file to write.", valueName: "file")) var to: String
    @Flag(help: "Overwrite the file if it is there.") var force = false
    @OptionGroup var format: FormatOptions

    func run() throws {
        let check = CopyAudit(source: file)
        let made = try BackupStep(file).run(to: to, replace: force) { copy, original throws(Refusal) in try check(copy, original) }
        try format.answer(
            text: "copied and verified: \(made.size) entries, written to \(SafeText.escaped(to))\n  root \(made.root)\n  genesis \(made.genesis)",
            json: .object([("size", .integer(made.size)), ("root", made.root.json), ("genesis", made.genesis.json)]))
    }
}
