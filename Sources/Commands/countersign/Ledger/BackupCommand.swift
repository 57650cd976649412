// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Audit
import Cryptography
import Ledger
import OfflineCommands
import Publish
import StrictFormats

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a ledger, also while it is written to, and audit the copy before it gets its name.",
        discussion: "Example:\n  countersign ledger backup ledger.sqlite --to copy.sqlite")

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
    @Option(help: ArgumentHelp("The file to write.", valueName: "file")) var to: String
    @Flag(help: "Leave out free pages; every row stays what it is.") var compact = false
    @Flag(help: "Overwrite the file if it is there.") var force = false
    @OptionGroup var format: FormatOptions

    func run() throws {
        let made = try BackupStep(file).run(to: to, replace: force, compact: compact) { copy, original throws(Refusal) in
            let verdict = try LedgerAudit(LedgerReader(copy)).verify(AuditAnchors(genesis: original.genesis, since: [(original.note, file)]))
            guard verdict.answer == .verified, let genesis = verdict.genesis else {
                throw Refusal(
                    "backup-not-verified", .badData, "the copy does not pass the audit, so it was not kept", at: Place(file: file),
                    details: verdict.findings.filter { $0.severity == .error }.prefix(5).map { "\($0.message) [\($0.code)]" },
                    hint: "run audit verify on the ledger; to keep its bytes as they are, copy the file with cp, -wal included")
            }
            return BackupStep.Made(size: verdict.size, root: verdict.root, genesis: genesis)
        }
        try format.answer(
            text: "copied and verified: \(made.size) entries, written to \(SafeText.escaped(to))\n  root \(made.root)\n  genesis \(made.genesis)",
            json: .object([("size", .integer(made.size)), ("root", made.root.json), ("genesis", made.genesis.json)]))
    }
}
