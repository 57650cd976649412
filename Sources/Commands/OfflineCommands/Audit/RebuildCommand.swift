// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Audit
import CommandSupport
import StrictFormats

struct RebuildCommand<Places: PublishedPlaces>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "rebuild", abstract: "Make a ledger from a published log, row for row, and audit it before it gets its name.",
            discussion: "Example:\n  countersign audit rebuild --from published --out rebuilt.sqlite")
    }

    @Option(help: ArgumentHelp("The published log: \(Places.kinds).", valueName: "place")) var from: String
    @OptionGroup var places: Places
    @OptionGroup var output: OutputOptions
    @OptionGroup var anchors: AnchorOptions
    @OptionGroup var format: FormatOptions

    func run() throws {
        let line = ProgressLine()
        defer { line.end() }
        let verdict = try PublishedAudit.rebuild(
            places.source(from), to: output.out, replace: output.force, anchors.read(), fetched: { line.show("\($0) of \($1) entries read") },
            progress: { line.show("\($0) entries audited") })
        line.end()
        try format.answer(
            text: "rebuilt: \(verdict.size) entries, written to \(SafeText.escaped(output.out))\n\n\(VerdictWords.text(verdict))", json: verdict.json)
    }
}
