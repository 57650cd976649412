// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import Ledger
import Rehearsal
import StrictFormats

/// KMS and STS in memory, with faults by script.
final class FakeKMS: KeyService {
    let pace: TestPace
    var model = KMSModel(account: KMSModel.account, region: KMSModel.region)
    /// Faults of requests to come, by operation (`CreateKey`), used up in order.
    var faults: [String: [Fault]] = [:]
    /// Requests that the server saw: operation and body.
    private(set) var seen: [(operation: String, body: [UInt8])] = []
    /// What every refusal of a fault asks for, in seconds.
    var retryAfter: Int?
    /// Called as soon as the executor lets go of a request.
    var onSend: (_ operation: String, _ body: [UInt8]) -> Void = { _, _ in }
    /// Called when a request has been carried out, before any answer.
    var onEffect: (_ operation: String) -> Void = { _ in }
    /// Called when something is read, before it is answered.
    var onRead: (_ name: String) -> Void = { _ in }
    var caller = EntryData.Identity(
        account: KMSModel.account, arn: "arn:aws:sts::123456789012:assumed-role/cloudtrail-key-executor/change", userID: "AROAEXAMPLE:change")
    /// Whether answers to reads carry a date.
    var isDated = true
    /// AWS's clock less this machine's.
    var skew = 0
    var kmsEndpoint = "https://kms.us-east-1.amazonaws.com"
    var stsEndpoint = "https://sts.us-east-1.amazonaws.com"
    /// Thrown by the next reads of that name (`tags`, `settings`, …), used up in order.
    var readFailures: [String: [Refusal]] = [:]
    private(set) var reads: [String] = []
    private var requests = 0

    init(_ pace: TestPace) { self.pace = pace }

    private var now: Instant { pace.now() + skew }

    func endpoint(of service: String) -> String {
        switch service {
        case "sts": stsEndpoint
        case "kms": kmsEndpoint
        default: "https://\(service).us-east-1.amazonaws.com"
        }
    }

    func send(service: String, target: String, body: [UInt8]) -> SendOutcome {
        let operation = String(target.split(separator: ".").last ?? "")
        onSend(operation, body)
        pace.advance(1)
        var fault: Fault?
        if var waiting = faults[operation], !waiting.isEmpty {
            fault = waiting.removeFirst()
            faults[operation] = waiting
        }
        if let fault, [.notSent, .tlsFailure].contains(fault) { return fault.outcome(answer(200, [])) }
        seen.append((operation, body))
        guard fault == nil || fault?.takesEffect == true else { return fault?.outcome(answer(200, []), retryAfter) ?? .unclear(cause: "") }
        let result: ServerAnswer
        switch model.apply(target, body, at: now) {
        case .done(let bytes): result = answer(200, bytes)
        case .refused(let code, let message):
            requests += 1
            result = ServerAnswer(
                status: 400, requestID: "request-\(requests)", date: now, code: code, message: message,
                body: Array("{\"__type\":\"\(code)\"}".utf8), isWhole: true)
        }
        onEffect(operation)
        return fault?.outcome(result) ?? .answered(result)
    }

    private func answer(_ status: Int, _ body: [UInt8]) -> ServerAnswer {
        requests += 1
        return ServerAnswer(status: status, requestID: "request-\(requests)", date: now, code: nil, message: nil, body: body, isWhole: true)
    }

    // MARK: reads

    private func read<Value>(_ name: String, _ value: (KMSModel) throws(Refusal) -> Value, response: (Value) -> [UInt8]? = { _ in nil })
        throws(Refusal) -> Observation<Value>
    {
        reads.append(name)
        onRead(name)
        if var failures = readFailures[name], !failures.isEmpty {
            let failure = failures.removeFirst()
            readFailures[name] = failures
            throw failure
        }
        requests += 1
        let seen = try value(model)
        return Observation(seen, requestID: "request-\(requests)", date: isDated ? now : nil, response: response(seen))
    }

    private func notFound(_ key: String) -> Refusal { Refusal("aws-not-found", .noInput, "there is no key \(key)") }

    func identity() throws(Refusal) -> Observation<EntryData.Identity> { try read("identity") { _ throws(Refusal) in caller } }

    func keyID(ofAlias alias: String) throws(Refusal) -> Observation<String?> {
        try read("alias") { model throws(Refusal) in model.keyID(ofAlias: alias, now) }
    }

    func settings(of key: String) throws(Refusal) -> Observation<KeySettings?> {
        try read("settings") { model throws(Refusal) in
            model.visible(key, now).map { KeySettings($0, of: model, at: now) }
        }
    }

    func policy(of key: String, named name: String) throws(Refusal) -> Observation<String?> {
        try read(
            "policy",
            { model throws(Refusal) in
                guard let found = model.visible(key, now) else { return nil }
                return name == "AWS_RAM" ? found.sharedPolicy : found.policy(at: now).map(model.shownPolicy)
            }, response: { $0.map { JSONWriter.canonical(.object([("Policy", .string($0)), ("PolicyName", .string(name))])) } })
    }

    func rotation(of key: String) throws(Refusal) -> Observation<RotationStatus> {
        try read("rotation") { model throws(Refusal) in
            guard let found = model.visible(key, now) else { throw notFound(key) }
            guard let rotation = found.rotation, rotation.from <= now else { return RotationStatus(isEnabled: false, days: nil) }
            return RotationStatus(isEnabled: true, days: model.showsRotationDays ? rotation.days : nil)
        }
    }

    func tags(of key: String) throws(Refusal) -> Observation<[Tag]?> {
        try read("tags") { model throws(Refusal) in
            guard let found = model.visible(key, now) else { throw notFound(key) }
            return found.deniesTags ? nil : found.tags.at(now)
        }
    }

    func keyIDs() throws(Refusal) -> Observation<[String]> {
        try read("keys") { model throws(Refusal) in model.keys.filter { $0.visibleFrom <= now }.map(\.id) }
    }

    func grants(on key: String) throws(Refusal) -> Observation<[String]> {
        try read("grants") { model throws(Refusal) in
            guard let found = model.visible(key, now) else { throw notFound(key) }
            return found.grants.at(now)
        }
    }

    func trail(_ arn: String) throws(Refusal) -> Observation<TrailSettings?> {
        try read("trail") { model throws(Refusal) in model.trails[arn].map { TrailSettings(arn: arn, homeRegion: $0.homeRegion, key: $0.key.at(now)) }
        }
    }

    func deliveryError(of trail: String) throws(Refusal) -> Observation<String?> {
        try read("delivery") { model throws(Refusal) in model.trails[trail]?.deliveryError }
    }

    func trails() throws(Refusal) -> Observation<[TrailSettings]> {
        try read("trails") { model throws(Refusal) in
            model.trails.sorted { $0.key < $1.key }.map { TrailSettings(arn: $0.key, homeRegion: $0.value.homeRegion, key: $0.value.key.at(now)) }
        }
    }
}
