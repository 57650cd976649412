// SPDX-License-Identifier: Apache-2.0

import AWS
import ArgumentParser
import CommandSupport
import Foundation
import Ledger
import OfflineCommands
import StrictFormats

/// A folder, a web server or a bucket: where this program reads a published log from.
struct NetworkPlaces: PublishedPlaces {
    static let kinds = "a folder, https://HOST/PATH or s3://BUCKET/PREFIX"

    @Option(help: ArgumentHelp("The bucket's Region (default: the one that is configured).", valueName: "region")) var region: String?
    @OptionGroup var aws: AWSOptions
    @Option(help: ArgumentHelp("Give up reading from a network after so many minutes.", valueName: "minutes")) var timeLimit = 60

    func validate() throws {
        if !(1...10_080).contains(timeLimit) { throw ValidationError("--time-limit takes 1 to 10080 minutes") }
    }

    func source(_ place: String) throws(Refusal) -> any PublishedSource {
        let source: any PublishedSource
        if place.hasPrefix("s3://") {
            source = BucketSource(bucket: try aws.bucket(place, region: region))
        } else if place.hasPrefix("https://") || place.hasPrefix("http://") {
            let settings = TransportSettings(environment: ProcessInfo.processInfo.environment)
            source = WebSource(
                folder: try WebFolder(place, transport: CurlTransport(settings: settings, keepsConnections: true), clock: { SystemClock.now() }))
        } else {
            try FolderPlaces.refuseAddress(place, kinds: Self.kinds)
            return try FolderPlaces().source(place)
        }
        return TimedSource(source, minutes: timeLimit, now: AWS.Pace.system.now)
    }
}

/// A published log on a web server.
struct WebSource: PublishedSource {
    let folder: WebFolder

    var path: String { folder.text }
    var connections: Int { 6 }
    func listing() -> [String]? { nil }
    func read(_ name: String, limit: Int) throws(Refusal) -> [UInt8]? { try folder.get(name, limit: limit) }
}

/// A published log in S3. It is read like one on a web server, by its names alone: a reader needs no right to list them.
struct BucketSource: PublishedSource {
    let bucket: ObjectBucket

    var path: String { "s3://\(bucket.bucket)/\(bucket.prefix)" }
    var connections: Int { 6 }
    func listing() -> [String]? { nil }
    func read(_ name: String, limit: Int) throws(Refusal) -> [UInt8]? { try bucket.get(name, limit: limit)?.bytes }
}
