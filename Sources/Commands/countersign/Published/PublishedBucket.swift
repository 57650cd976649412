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
    private let objects: PublishedObjects
    /// Tags of what was read, for what is replaced.
    private var tags: [String: String] = [:]

    var path: String { objects.path }
    var atOnce: (any PublicationAtOnce)? { objects }

    /// - Parameter retention: how long what keeps its name for ever must stay.
    init(_ bucket: ObjectBucket, retention: ObjectRetention?) { objects = PublishedObjects(bucket: bucket, retention: retention) }

    func read(_ name: String) throws(Refusal) -> [UInt8]? {
        let object = try objects.read(name)
        tags[name] = object?.tag
        return object?.bytes
    }

    func put(_ name: String, _ bytes: [UInt8]) throws(Refusal) -> Bool { try objects.put(name, bytes) }

    func replace(_ name: String, _ bytes: [UInt8]) throws(Refusal) { try objects.replace(name, bytes, tag: tags[name]) }

    func forget(_ names: [String]) {}
    func sync() {}
}

/// The objects of a published log, each for itself.
struct PublishedObjects: PublicationAtOnce {
    let bucket: ObjectBucket
    let retention: ObjectRetention?

    var path: String { "s3://\(bucket.bucket)/\(bucket.prefix)" }
    var connections: Int { 6 }

    func read(_ name: String) throws(Refusal) -> ObjectBucket.Object? { try bucket.get(name, limit: PublishingFolder.limit) }

    func put(_ name: String, _ bytes: [UInt8]) throws(Refusal) -> Bool {
        if try bucket.put(name, bytes, if: .absent, retention: TileName.isForEver(name) ? retention : nil) { return true }
        guard let known = try read(name) else { throw meanwhile(name) }
        guard known.bytes == bytes else {
            throw Refusal(
                "published-differs", .cannotCreate, "this object was published with other bytes, and is not written over",
                at: Place(file: path + name), hint: "audit the ledger, and compare it with what is published")
        }
        return false
    }

    func renew(_ name: String, _ bytes: [UInt8], _ check: (_ known: [UInt8]) throws(Refusal) -> Void) throws(Refusal) -> Bool {
        let known = try read(name)
        guard known?.bytes != bytes else { return false }
        try check(known?.bytes ?? [])
        try replace(name, bytes, tag: known?.tag)
        return true
    }

    /// - Parameter tag: of the object that is replaced; nil where none stands there.
    func replace(_ name: String, _ bytes: [UInt8], tag: String?) throws(Refusal) {
        if try bucket.put(name, bytes, if: tag.map { .unchanged(tag: $0) } ?? .absent) { return }
        // It may have been this run, by an attempt whose answer was lost.
        guard try read(name)?.bytes == bytes else { throw meanwhile(name) }
    }

    private func meanwhile(_ name: String) -> Refusal {
        Refusal("published-meanwhile", .tryAgain, "another process published at the same time", at: Place(file: path + name), hint: "run it again")
    }
}
