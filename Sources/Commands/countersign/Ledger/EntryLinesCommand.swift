// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ledger
import OfflineCommands
import Publish
import StrictFormats

struct EntryLinesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the entries for other programs: one JSON line each, or a CSV table.",
        discussion: "Example:\n  countersign ledger export ledger.sqlite --as jsonl --out entries.jsonl")

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case jsonl, csv

        var lines: EntryLines { self == .jsonl ? .jsonl : .csv }
    }

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
    @Option(name: .customLong("as"), help: "jsonl: exact bytes; csv: for spreadsheets.") var form: Form = .jsonl
    @OptionGroup var output: OutputOptions
    @OptionGroup var format: FormatOptions

    func run() throws {
        let size = try form.lines.write(file, to: output.out, replace: output.force)
        try format.answer(
            text: "exported: \(size) \(size == 1 ? "entry" : "entries"), written to \(SafeText.escaped(output.out))",
            json: .object([("size", .integer(size))]))
    }
}
