// SPDX-License-Identifier: Apache-2.0

import AWS
import CommandSupport
import Foundation
import Publish
import StrictFormats

/// A log published to S3: objects are written once, under conditions that S3 itself keeps.
///
/// Nothing is taken away: partial tiles that are superseded stay, as the specification allows and a bucket with Object Lock demands.
final class PublishedBucket: PublicationStore {
    private let bucket: ObjectBucket
    /// Tags of what was read, for what is replaced.
    private var tags: [String: String] = [:]

    var path: String { "s3://\(bucket.bucket)/\(bucket.prefix)" }

    init(_ bucket: ObjectBucket) { self.bucket = bucket }

    /// The bucket with this machine's credentials.
    convenience init(_ location: String, _ aws: AWSOptions, region: String?) throws(Refusal) {
        let settings = try AWSSettings(profile: aws.profile, environment: ProcessInfo.processInfo.environment)
        guard let region = region ?? settings.region?.name else {
            throw Refusal("region-missing", .configuration, "no Region says where the bucket is", hint: "give --region, or set AWS_REGION")
        }
        let table = try settings.endpoints(region: region, partition: AWSPartition.of(region: region), option: aws.endpointUrl)
        let credentials = try CredentialsChain(AWSOptions.context(settings, sts: (table[.sts], region))).resolve()
        if let warning = credentials.warning { Console.note("countersign: warning: \(warning)") }
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        try self.init(
            ObjectBucket(
                location, endpoint: AWSEndpoint(url: aws.endpointUrl ?? "https://s3.\(region).\(suffix)"), region: region, credentials: credentials,
                transport: CurlTransport(settings: settings.transfer), clock: { SystemClock.now() }))
    }

    func read(_ name: String) throws(Refusal) -> [UInt8]? {
        let object = try bucket.get(name)
        tags[name] = object?.tag
        return object?.bytes
    }

    func put(_ name: String, _ bytes: [UInt8]) throws(Refusal) -> Bool {
        if try bucket.put(name, bytes, if: .absent) { return true }
        guard try read(name) == bytes else {
            throw Refusal(
                "published-differs", .cannotCreate, "this object was published with other bytes, and is not written over",
                at: Place(file: path + name), hint: "audit the ledger, and compare it with what is published")
        }
        return false
    }

    func replace(_ name: String, _ bytes: [UInt8]) throws(Refusal) {
        guard try bucket.put(name, bytes, if: tags[name].map { .unchanged(tag: $0) } ?? .absent) else {
            throw Refusal(
                "published-meanwhile", .tryAgain, "another process published at the same time", at: Place(file: path + name), hint: "run it again")
        }
    }

    func forget(_ names: [String]) {}
    func sync() {}
}
