// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import Ledger
public import Rehearsal
public import StrictFormats

/// A model of KMS in the place of AWS: the same execution with another `KeyService`. It talks to nobody.
public final class ModelService: KeyService {
    private var model: KMSModel
    private let target: Target
    private let pace: any Pace
    private var requests = 0

    public init(_ model: KMSModel, target: Target, pace: any Pace) {
        self.model = model
        self.target = target
        self.pace = pace
    }

    /// AWS's own endpoint: what the trust root allows is asked of it as always.
    public func endpoint(of service: String) -> String {
        "https://\(service).\(target.region).\(target.partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com")"
    }

    /// The executor that the bundle names, in a session of its own.
    public func identity() throws(Refusal) -> Observation<EntryData.Identity> {
        let (isRole, name) = target.executorName
        let arn = isRole ? "arn:\(target.partition):sts::\(target.account):assumed-role/\(name)/rehearsal" : target.executor
        return seen(EntryData.Identity(account: target.account, arn: arn, userID: "rehearsal"))
    }

    public func send(service: String, target: String, body: [UInt8]) -> SendOutcome {
        let now = pace.now()
        let id = nextID()
        switch model.apply(target, body, at: now) {
        case .done(let bytes):
            return .answered(ServerAnswer(status: 200, requestID: id, date: now, code: nil, message: nil, body: bytes, isWhole: true))
        case .refused(let code, let message):
            let body = JSONWriter.canonical(.object([("__type", .string(code)), ("message", .string(message))]))
            return .answered(ServerAnswer(status: 400, requestID: id, date: now, code: code, message: message, body: body, isWhole: true))
        }
    }

    private func nextID() -> String {
        requests += 1
        return "rehearsal-\(requests)"
    }

    // MARK: reads

    private func seen<Value>(_ value: Value, response: [UInt8]? = nil) -> Observation<Value> {
        Observation(value, requestID: nextID(), date: pace.now(), response: response)
    }

    private func key(_ name: String) throws(Refusal) -> KMSModel.Key {
        guard let key = model.visible(name, pace.now()) else {
            throw Refusal("aws-not-found", .noInput, "there is no key \(SafeText.escaped(name)) in the model")
        }
        return key
    }

    public func keyID(ofAlias alias: String) throws(Refusal) -> Observation<String?> { seen(model.keyID(ofAlias: alias, pace.now())) }

    public func settings(of key: String) throws(Refusal) -> Observation<KeySettings?> {
        let now = pace.now()
        return seen(model.visible(key, now).map { KeySettings($0, of: model, at: now) })
    }

    public func policy(of key: String, named name: String) throws(Refusal) -> Observation<String?> {
        let now = pace.now()
        guard let found = model.visible(key, now) else { return seen(nil) }
        guard let text = name == "default" ? found.policy(at: now).map(model.shownPolicy) : found.sharedPolicy else { return seen(nil) }
        return seen(text, response: JSONWriter.canonical(.object([("Policy", .string(text)), ("PolicyName", .string(name))])))
    }

    public func rotation(of key: String) throws(Refusal) -> Observation<RotationStatus> {
        let rotation = try self.key(key).rotation
        return seen(RotationStatus(isEnabled: rotation != nil, days: rotation?.days))
    }

    public func tags(of key: String) throws(Refusal) -> Observation<[Tag]?> { seen(try self.key(key).tags.at(pace.now())) }

    public func keyIDs() throws(Refusal) -> Observation<[String]> { seen(model.keys.map(\.id)) }

    public func grants(on key: String) throws(Refusal) -> Observation<[String]> { seen(try self.key(key).grants.at(pace.now())) }

    public func trail(_ arn: String) throws(Refusal) -> Observation<TrailSettings?> {
        let now = pace.now()
        return seen(model.trails[arn].map { TrailSettings(arn: arn, homeRegion: $0.homeRegion, key: $0.key.at(now)) })
    }

    public func deliveryError(of trail: String) throws(Refusal) -> Observation<String?> { seen(model.trails[trail]?.deliveryError) }

    public func trails() throws(Refusal) -> Observation<[TrailSettings]> {
        let now = pace.now()
        return seen(
            model.trails.sorted { $0.key < $1.key }.map { TrailSettings(arn: $0.key, homeRegion: $0.value.homeRegion, key: $0.value.key.at(now)) })
    }
}
