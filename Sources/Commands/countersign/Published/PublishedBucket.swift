// SPDX-License-Identifier: Apache-2.0

import AWS
import Files
import Ledger
import Publish
import StrictFormats

/// A log published to S3: objects are written once, under conditions that S3 itself keeps.
///
/// Nothing is taken away: partial tiles that are superseded stay, as the specification allows and a bucket with Object Lock demands.
final class PublishedBucket: PublicationStore {
    private let bucket: ObjectBucket
    private let retention: ObjectRetention?
    /// Tags of what was read, for what is replaced.
    private var tags: [String: String] = [:]

    var path: String { "s3://\(bucket.bucket)/\(bucket.prefix)" }

    /// - Parameter retention: how long what keeps its name for ever must stay.
    init(_ bucket: ObjectBucket, retention: ObjectRetention?) {
        self.bucket = bucket
        self.retention = retention
    }

    func read(_ name: String) throws(Refusal) -> [UInt8]? {
        let object = try bucket.get(name, limit: PublishingFolder.limit)
        tags[name] = object?.tag
        return object?.bytes
    }

    func put(_ name: String, _ bytes: [UInt8]) throws(Refusal) -> Bool {
        if try bucket.put(name, bytes, if: .absent, retention: TileName.isForEver(name) ? retention : nil) { return true }
        guard let known = try read(name) else { throw meanwhile(name) }
        guard known == bytes else {
            throw Refusal(
                "published-differs", .cannotCreate, "this object was published with other bytes, and is not written over",
                at: Place(file: path + name), hint: "audit the ledger, and compare it with what is published")
        }
        return false
    }

    func replace(_ name: String, _ bytes: [UInt8]) throws(Refusal) {
        if try bucket.put(name, bytes, if: tags[name].map { .unchanged(tag: $0) } ?? .absent) { return }
        // It may have been this run, by an attempt whose answer was lost.
        guard try read(name) == bytes else { throw meanwhile(name) }
    }

    private func meanwhile(_ name: String) -> Refusal {
        Refusal("published-meanwhile", .tryAgain, "another process published at the same time", at: Place(file: path + name), hint: "run it again")
    }

    func forget(_ names: [String]) {}
    func sync() {}
}
