// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Audit
import CommandSupport
import Files
import StrictFormats

struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Make a ledger from a published log, row for row, and audit it before it gets its name.",
        discussion: "Example:\n  countersign audit rebuild --from published --out rebuilt.sqlite")

    @Option(help: ArgumentHelp("The published log.", valueName: "folder")) var from: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var anchors: AnchorOptions
    @OptionGroup var format: FormatOptions

    func run() throws {
        let verdict = try PublishedAudit.rebuild(FolderReader(from), to: output.out, replace: output.force, anchors.read()) { done in
            if Console.errorIsTerminal, done > 0 { Console.note("\u{1B}[1A\r\(done) entries read") }
        }
        try format.answer(
            text: "rebuilt: \(verdict.size) entries, written to \(SafeText.escaped(output.out))\n\n\(VerdictWords.text(verdict))", json: verdict.json)
    }
}
