// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Cryptography
import Ledger
import OfflineCommands
import Publish
import StrictFormats

struct CompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Write a ledger into a new file without free pages: every row compared, then audited.",
        discussion:
            "The ledger itself stays as it is, and is held while this runs. The new file is\nto take its place: write to one of them only.\nExample:\n  countersign ledger compact ledger.sqlite --to compact.sqlite"
    )

    @OptionGroup var rewriting: RewriteOptions

    func run() throws { try rewriting.run(.compact, verb: "compacted") }
}

struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Write a ledger into a new file of this release's format: every row compared, then audited.",
        discussion:
            "Brings triggers and views to this release's too. The ledger itself stays as it\nis, and is held while this runs. The new file is to take its place: write to one\nof them only.\nExample:\n  countersign ledger migrate ledger.sqlite --to migrated.sqlite"
    )

    @OptionGroup var rewriting: RewriteOptions

    func run() throws { try rewriting.run(.migrate, verb: "migrated") }
}

/// What both commands take, and what they say.
struct RewriteOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
    @Option(help: ArgumentHelp("The file to write.", valueName: "file")) var to: String
    @Flag(help: "Overwrite the file if it is there.") var force = false
    @OptionGroup var format: FormatOptions

    func run(_ way: LedgerRewrite.Way, verb: String) throws {
        let check = CopyAudit(source: file)
        let made = try RewriteStep(file, way).run(to: to, replace: force, holder: Release.tool, now: SystemClock.now()) {
            copy, original throws(Refusal) in
            try check(copy, original)
        }
        let left = made.left.isEmpty ? "" : "\n  left behind: \(made.left.joined(separator: ", "))"
        try format.answer(
            text:
                "\(verb) and verified: \(made.ledger.size) entries, \(made.bytes.before) bytes to \(made.bytes.after), written to \(SafeText.escaped(to))\n  root \(made.ledger.root)\n  genesis \(made.ledger.genesis)\(left)\n  \(SafeText.escaped(file)) is as it was: put the new file in its place, and write to one of them only",
            json: .object([
                ("size", .integer(made.ledger.size)), ("root", made.ledger.root.json), ("genesis", made.ledger.genesis.json),
                ("bytesBefore", .integer(made.bytes.before)), ("bytesAfter", .integer(made.bytes.after)), ("left", .strings(made.left)),
            ]))
    }
}
