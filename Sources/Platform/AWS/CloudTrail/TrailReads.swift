// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What GetTrail and DescribeTrails say of a trail, as far as a key is concerned. Nil is "not shown".
public struct TrailDescription: Sendable, Hashable {
    public let arn: String
    public let homeRegion: String?
    /// The key's whole ARN, where the trail has one.
    public let kmsKeyID: String?

    init(_ fields: AnswerFields) throws(Refusal) {
        arn = try fields.text("TrailARN")
        homeRegion = try fields.optionalText("HomeRegion")
        kmsKeyID = try fields.optionalText("KmsKeyId")
    }
}

/// CloudTrail's reading operations (CloudTrail API Reference). Each is repeated within bounds.
public struct TrailReads: Sendable {
    private static let prefix = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."
    private let client: AWSClient

    public init(_ client: AWSClient) { self.client = client }

    private func one<Value: Sendable>(
        _ operation: String, _ members: [(String, JSONValue?)], _ decode: (AnswerFields) throws(Refusal) -> Value
    ) throws(Refusal) -> Reading<Value> {
        try client.reading(operation, of: .cloudtrail, prefix: Self.prefix, members, decode)
    }

    /// - Parameter trail: its ARN.
    public func getTrail(_ trail: String) throws(Refusal) -> Reading<TrailDescription> {
        try one("GetTrail", [("Name", .string(trail))]) { fields throws(Refusal) in
            try fields.required("Trail") { value throws(Refusal) in try TrailDescription(AnswerFields(value)) }
        }
    }

    /// The error of the last delivery; nil or empty where there was none (GetTrailStatus: LatestDeliveryError).
    public func latestDeliveryError(of trail: String) throws(Refusal) -> Reading<String?> {
        try one("GetTrailStatus", [("Name", .string(trail))]) { fields throws(Refusal) in try fields.optionalText("LatestDeliveryError") }
    }

    /// The trails of the Region, and those of other Regions and of the organization that are replicated into it (shadow trails).
    public func describeTrails() throws(Refusal) -> Reading<[TrailDescription]> {
        try one("DescribeTrails", [("includeShadowTrails", true)]) { fields throws(Refusal) in
            try fields.list("trailList") { fields throws(Refusal) in try TrailDescription(fields) }
        }
    }
}
