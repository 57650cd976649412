// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import Ledger
public import StrictFormats

/// Something that was read, and how it can be found again: in CloudTrail by request id.
public struct Observation<Value: Sendable>: Sendable {
    public let value: Value
    public let requestID: String?
    /// The server's `Date`.
    public let date: Instant?
    /// The answer's body, where it is worth keeping.
    public let response: [UInt8]?

    public init(_ value: Value, requestID: String? = nil, date: Instant? = nil, response: [UInt8]? = nil) {
        self.value = value
        self.requestID = requestID
        self.date = date
        self.response = response
    }
}

/// What DescribeKey shows of a key, as far as it matters here.
public struct KeySettings: Sendable, Hashable {
    public let id: String
    public let arn: String
    public let state: String
    public let keySpec: String
    public let keyUsage: String
    public let origin: String
    public let multiRegion: Bool
    public let description: String
    /// Rounded down to whole seconds (formats.md §9).
    public let created: Instant?
    /// When it will be deleted, where that is scheduled and shown.
    public let deletion: Instant?

    public init(
        id: String, arn: String, state: String, keySpec: String, keyUsage: String, origin: String, multiRegion: Bool, description: String,
        created: Instant?, deletion: Instant? = nil
    ) {
        self.id = id
        self.arn = arn
        self.state = state
        self.keySpec = keySpec
        self.keyUsage = keyUsage
        self.origin = origin
        self.multiRegion = multiRegion
        self.description = description
        self.created = created
        self.deletion = deletion
    }
}

/// What CloudTrail shows of a trail, as far as a key is concerned.
public struct TrailSettings: Sendable, Hashable {
    public let arn: String
    public let homeRegion: String
    /// The ARN of the key that it encrypts with.
    public let key: String?

    public init(arn: String, homeRegion: String, key: String?) {
        self.arn = arn
        self.homeRegion = homeRegion
        self.key = key
    }
}

/// GetKeyRotationStatus; a server may leave the period out.
public struct RotationStatus: Sendable, Hashable {
    public let isEnabled: Bool
    public let days: Int?

    public init(isEnabled: Bool, days: Int?) {
        self.isEnabled = isEnabled
        self.days = days
    }
}

/// What became of a request that was handed to the network.
public enum SendOutcome: Sendable {
    /// It never left: resolving, connecting, TLS or a proxy failed.
    case notSent(cause: String)
    /// An answer came, whole or cut.
    case answered(ServerAnswer)
    /// It left, and no usable answer came.
    case unclear(cause: String)
}

/// A server's answer to one request.
public struct ServerAnswer: Sendable {
    public let status: Int
    public let requestID: String?
    public let date: Instant?
    /// The error's type, where the answer is one.
    public let code: String?
    public let message: String?
    public let body: [UInt8]
    /// All of the body came, as long as it was announced.
    public let isWhole: Bool
    /// Seconds for which the server asks to be left alone; nil where it asks for nothing.
    public let retryAfter: Int?

    public init(
        status: Int, requestID: String?, date: Instant?, code: String?, message: String?, body: [UInt8], isWhole: Bool, retryAfter: Int? = nil
    ) {
        self.status = status
        self.requestID = requestID
        self.date = date
        self.code = code
        self.message = message
        self.body = body
        self.isWhole = isWhole
        self.retryAfter = retryAfter
    }
}

/// AWS as the execution needs it; the adapter to the network lives with the command.
///
/// Every read throws a refusal that says whether the service was out of reach (`unavailable`) or said no.
public protocol KeyService {
    /// The endpoint's text, as the ledger records it.
    func endpoint(of service: String) -> String
    /// STS GetCallerIdentity.
    func identity() throws(Refusal) -> Observation<EntryData.Identity>
    /// Sends exactly these bytes, once.
    func send(service: String, target: String, body: [UInt8]) -> SendOutcome
    /// The key id that an alias leads to; nil where there is no such alias. Every page is read.
    func keyID(ofAlias alias: String) throws(Refusal) -> Observation<String?>
    /// Nil where there is no such key (yet).
    func settings(of key: String) throws(Refusal) -> Observation<KeySettings?>
    /// Nil where there is no policy of that name.
    func policy(of key: String, named name: String) throws(Refusal) -> Observation<String?>
    func rotation(of key: String) throws(Refusal) -> Observation<RotationStatus>
    /// Nil where this identity may not read them: then the key is not ours.
    func tags(of key: String) throws(Refusal) -> Observation<[Tag]?>
    /// The ids of all keys of the account in the Region; every page is read.
    func keyIDs() throws(Refusal) -> Observation<[String]>
    /// The ids of a key's grants; every page is read.
    func grants(on key: String) throws(Refusal) -> Observation<[String]>
    /// GetTrail; nil where there is no such trail.
    func trail(_ arn: String) throws(Refusal) -> Observation<TrailSettings?>
    /// GetTrailStatus: LatestDeliveryError; nil or empty where there is none.
    func deliveryError(of trail: String) throws(Refusal) -> Observation<String?>
    /// DescribeTrails of the Region, shadow trails included.
    func trails() throws(Refusal) -> Observation<[TrailSettings]>
}
