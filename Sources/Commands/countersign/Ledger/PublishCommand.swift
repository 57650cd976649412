// SPDX-License-Identifier: Apache-2.0

import AWS
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
    @Option(help: ArgumentHelp("In a bucket with Object Lock: keep full tiles, full bundles and artifacts for so many days.", valueName: "days"))
    var objectLockDays: Int?
    @Option(help: ArgumentHelp("Who can end that early: GOVERNANCE, those with the right to; COMPLIANCE, nobody.", valueName: "mode"))
    var objectLockMode: ObjectLockMode?
    @Flag(help: "Compare every file that was published before, too: for a place that others can write to.") var compareAll = false
    @OptionGroup var format: FormatOptions

    func validate() throws {
        if objectLockDays == nil, objectLockMode != nil { throw ValidationError("--object-lock-mode goes with --object-lock-days") }
        if objectLockDays != nil, !to.hasPrefix("s3://") { throw ValidationError("--object-lock-days goes with --to s3://BUCKET/PREFIX") }
        // The longest that S3 takes: 100 years.
        if let days = objectLockDays, !(1...36_500).contains(days) { throw ValidationError("--object-lock-days takes 1 to 36500") }
    }

    func run() throws {
        if !to.hasPrefix("s3://") { try FolderPlaces.refuseAddress(to, kinds: "a folder or s3://BUCKET/PREFIX") }
        let line = ProgressLine()
        defer { line.end() }
        let progress = { (done: Int, all: Int) -> Void in line.show("\(done) of \(all) entries published") }
        let retention = objectLockDays.map {
            ObjectRetention((objectLockMode ?? .governance).value, until: SystemClock.now() + $0 * 86_400)
        }
        let done =
            try to.hasPrefix("s3://")
            ? PublishStep.run(
                file, to: PublishedBucket(aws.bucket(to, region: region), retention: retention), comparesAll: compareAll, progress: progress)
            : PublishStep.run(file, to: to, comparesAll: compareAll, progress: progress)
        line.end()
        let new = done.size - (done.before ?? 0)
        try format.answer(
            text:
                "published: \(done.size) entries, \(new) of them new, \(done.files) \(done.files == 1 ? "file" : "files") written to \(SafeText.escaped(to))",
            json: .object([("size", .integer(done.size)), ("added", .integer(new)), ("files", .integer(done.files))]))
    }
}

/// S3's own words.
enum ObjectLockMode: String, ExpressibleByArgument, CaseIterable {
    case governance = "GOVERNANCE"
    case compliance = "COMPLIANCE"

    var value: ObjectRetention.Mode { self == .governance ? .governance : .compliance }
}
