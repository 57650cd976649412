// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Ledger
import OfflineCommands
import Publish
import StrictFormats

struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Publish a ledger as a folder of tiles that anybody can serve and verify (C2SP tlog-tiles).",
        discussion:
            "Run it again after each change: only what is new is written, the checkpoint last.\nExample:\n  countersign ledger publish ledger.sqlite --to published"
    )

    @Argument(help: ArgumentHelp("The ledger.", valueName: "ledger")) var file: String
    @Option(help: ArgumentHelp("The folder to publish to, or s3://BUCKET/PREFIX.", valueName: "place")) var to: String
    @Option(help: ArgumentHelp("The bucket's Region (default: the one that is configured).", valueName: "region")) var region: String?
    @OptionGroup var aws: AWSOptions
    @OptionGroup var format: FormatOptions

    func run() throws {
        func progress(_ done: Int, _ all: Int) {
            if Console.errorIsTerminal, done > 0 { Console.note("\u{1B}[1A\r\(done) of \(all) entries published") }
        }
        let reader = try LedgerReader(file)
        let done =
            try to.hasPrefix("s3://")
            ? PublishStep.run(reader, to: PublishedBucket(to, aws, region: region), progress: progress)
            : PublishStep.run(reader, to: to, progress: progress)
        let new = done.size - (done.before ?? 0)
        try format.answer(
            text:
                "published: \(done.size) entries, \(new) of them new, \(done.files) \(done.files == 1 ? "file" : "files") written to \(SafeText.escaped(to))",
            json: .object([("size", .integer(done.size)), ("added", .integer(new)), ("files", .integer(done.files))]))
    }
}
