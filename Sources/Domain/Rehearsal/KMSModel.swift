// SPDX-License-Identifier: Apache-2.0

public import Bundles
import KeyPolicies
public import StrictFormats

/// KMS and CloudTrail of one account and Region as a value: states, alias rules, quotas, the lockout check, and what reads show.
///
/// A reading of the AWS API references, for rehearsals and tests. It has no clock: every call says when it is made. What it
/// does not model answers `UnknownOperationException`.
public struct KMSModel: Sendable {
    public let partition: String
    public let account: String
    public let region: String
    /// Who sends the requests: the lockout check and the key policies are asked about it. Nil asks nothing.
    public var executor: String?
    public var keys: [Key] = []
    /// Alias -> the key's id, and from when it shows.
    public var aliases: [String: (key: String, from: Instant)] = [:]
    /// Trail ARN -> trail.
    public var trails: [String: Trail] = [:]
    /// Keys of other accounts and Regions, by ARN: what a trail may be attached to.
    public var otherKeys: [String: OtherKey] = [:]
    /// Seconds until a write shows in reads.
    public var delay = 0
    /// Seconds that a new key is Creating.
    public var creating = 0
    /// Some servers leave the rotation period out.
    public var showsRotationDays = true
    /// The ARNs of users and roles that KMS can see; nil takes every one for visible.
    public var principals: Set<String>?
    /// Policies read back as AWS writes them: principals in another order, one-element arrays as strings.
    public var rewritesPolicies = false
    /// The policy that was read last: every request to a key asks its policy anew.
    var lastRead: PolicyDocument?

    public init(partition: String = "aws", account: String, region: String, executor: String? = nil) {
        self.partition = partition
        self.account = account
        self.region = region
        self.executor = executor
    }

    /// A key of this account and Region.
    public struct Key: Sendable {
        public let id: String
        public var description: Shown<String>
        /// The policies it had, and from when each shows; none where it is not known.
        public var policies: [(text: String, from: Instant)]
        public var tags: Shown<[Tag]>
        public var rotation: (days: Int, from: Instant)?
        public var created: Instant
        public var visibleFrom: Instant
        public var enabledFrom: Instant
        /// KMS's `KeyState`, but for Creating.
        public var state: Shown<String>
        public var deletion: Instant?
        /// Grant ids, each until it no longer shows.
        public var grants: Shown<[String]>
        public var sharedPolicy: String?
        public var deniesTags: Bool
        public var keyUsage = "ENCRYPT_DECRYPT"
        public var keySpec = "SYMMETRIC_DEFAULT"

        public init(
            id: String, description: String = "", policies: [(text: String, from: Instant)], tags: [Tag] = [], created: Instant,
            visibleFrom: Instant? = nil, enabledFrom: Instant? = nil, state: String = "Enabled", grants: [String] = [], deniesTags: Bool = false
        ) {
            self.id = id
            self.description = Shown(description, from: created)
            self.policies = policies
            self.tags = Shown(tags, from: created)
            self.created = created
            self.visibleFrom = visibleFrom ?? created
            self.enabledFrom = enabledFrom ?? created
            self.state = Shown(state, from: created)
            self.grants = Shown(grants, from: created)
            self.deniesTags = deniesTags
        }

        public func policy(at now: Instant) -> String? { policies.last { $0.from <= now }?.text }

        /// `KeyState` as DescribeKey shows it.
        public func state(at now: Instant) -> String { enabledFrom <= now ? state.at(now) : "Creating" }
    }

    /// A trail of this account.
    public struct Trail: Sendable {
        public var homeRegion: String
        public var key: Shown<String?>
        /// GetTrailStatus: LatestDeliveryError.
        public var deliveryError: String?

        public init(homeRegion: String, key: String? = nil, from: Instant) {
            self.homeRegion = homeRegion
            self.key = Shown(key, from: from)
        }
    }

    /// A key that is not of this account and Region.
    public struct OtherKey: Sendable {
        public var state: String
        /// Nil where it is not known: then nothing is asked of it.
        public var policy: String?

        public init(state: String = "Enabled", policy: String?) {
            self.state = state
            self.policy = policy
        }
    }

    /// A refusal as AWS words it, or the body of a success.
    public enum Answer: Sendable, Equatable {
        case refused(_ code: String, _ message: String)
        case done([UInt8])
    }

    public func arn(_ id: String) -> String { "arn:\(partition):kms:\(region):\(account):key/\(id)" }

    /// The place of a key by its id or ARN; an alias is no key id here.
    public func index(_ name: String) -> Int? { keys.firstIndex { $0.id.hasSameBytes(as: name) || arn($0.id).hasSameBytes(as: name) } }

    /// A key that reads show at that moment.
    public func visible(_ name: String, _ now: Instant) -> Key? { index(name).map { keys[$0] }.flatMap { $0.visibleFrom <= now ? $0 : nil } }

    /// The id that an alias leads to at that moment.
    public func keyID(ofAlias alias: String, _ now: Instant) -> String? { aliases[alias].flatMap { $0.from <= now ? $0.key : nil } }

    // MARK: requests

    /// Carries one request out.
    /// - Parameters:
    ///   - target: the `X-Amz-Target` header.
    ///   - body: the request's JSON.
    public mutating func apply(_ target: String, _ body: [UInt8], at now: Instant) -> Answer {
        let root: JSONValue
        do throws(Refusal) { root = try JSONDocument(body, rules: .general).root } catch { return .refused("SerializationException", error.message) }
        let operation = target.split(separator: ".").last.map(String.init) ?? target
        let request = Request(operation: operation, members: root, now: now)
        do throws(Refused) {
            return .done(try carryOut(request))
        } catch {
            return .refused(error.code, error.message)
        }
    }

    private mutating func carryOut(_ request: Request) throws(Refused) -> [UInt8] {
        switch request.operation {
        case "CreateKey": try createKey(request)
        case "PutKeyPolicy": try putKeyPolicy(request)
        case "EnableKeyRotation": try enableKeyRotation(request)
        case "CreateAlias": try createAlias(request)
        case "UpdateAlias": try updateAlias(request)
        case "TagResource": try tagResource(request)
        case "UntagResource": try untagResource(request)
        case "UpdateKeyDescription": try updateKeyDescription(request)
        case "EnableKey", "DisableKey": try setState(request)
        case "ScheduleKeyDeletion": try scheduleKeyDeletion(request)
        case "CancelKeyDeletion": try cancelKeyDeletion(request)
        case "RevokeGrant": try revokeGrant(request)
        case "UpdateTrail": try updateTrail(request)
        default: throw Refused("UnknownOperationException", "\(request.operation) is no operation of this model")
        }
    }

    /// An error of AWS.
    struct Refused: Error {
        let code: String
        let message: String

        init(_ code: String, _ message: String) {
            self.code = code
            self.message = message
        }
    }

    /// One request, its members not yet believed.
    struct Request {
        let operation: String
        let members: JSONValue
        let now: Instant

        func text(_ name: String) throws(Refused) -> String {
            guard let value = members[name]?.stringValue else { throw Refused("ValidationException", "\(name) must be a text") }
            return value
        }

        func number(_ name: String, in range: ClosedRange<Int>, orElse value: Int) throws(Refused) -> Int {
            guard let given = members[name] else { return value }
            guard let number = given.integerValue, range.contains(number) else {
                throw Refused("ValidationException", "\(name) must be between \(range.lowerBound) and \(range.upperBound)")
            }
            return number
        }
    }

    /// The key that a request is about, in a state that lets it through, under a policy that does not deny it.
    func subject(_ request: Request, _ member: String = "KeyId") throws(Refused) -> Int {
        let name = try request.text(member)
        guard let index = index(name), keys[index].visibleFrom <= request.now else {
            throw Refused("NotFoundException", "Key '\(name)' does not exist")
        }
        try checkAllowed(request.operation, keys[index], request.now)
        let state = keys[index].enabledFrom <= request.now ? keys[index].state.latest : "Creating"
        guard KeyStates.allow(request.operation, in: state), state != "Creating" else {
            throw Refused(KeyStates.refusal(of: request.operation, in: state), "\(arn(keys[index].id)) is \(state)")
        }
        return index
    }
}
