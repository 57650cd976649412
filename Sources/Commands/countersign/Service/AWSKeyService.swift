// SPDX-License-Identifier: Apache-2.0
// The adapter between what an execution needs and what the network code offers.

import AWS
import Bundles
import CommandSupport
import Execute
import Ledger
import StrictFormats

final class AWSKeyService: KeyService {
    private let endpoints: ServiceEndpoints
    private let connect: () throws(Refusal) -> AWSClient
    private let clock: () -> Instant
    private var connected: AWSClient?
    private var nextRefresh: Instant?

    /// Credentials that end within that many seconds are found anew (botocore's advisory time).
    private static let refreshWindow = 15 * 60

    /// - Parameter connect: finds the credentials. Asked when AWS is first spoken to, and again before they end: what a
    ///   bundle is refused for needs none, and is written down without them.
    init(endpoints: ServiceEndpoints, clock: @escaping () -> Instant, connect: @escaping () throws(Refusal) -> AWSClient) {
        self.endpoints = endpoints
        self.clock = clock
        self.connect = connect
    }

    private func client() throws(Refusal) -> AWSClient {
        guard let current = connected else {
            let client = try connect()
            connected = client
            return client
        }
        let now = clock()
        guard current.credentials.ends(within: Self.refreshWindow, of: now), nextRefresh.map({ now >= $0 }) ?? true else { return current }
        do throws(Refusal) {
            let fresh = try connect()
            guard fresh.credentials.isOfSameSource(as: current.credentials) else {
                throw Refusal(
                    "credentials-changed", .configuration,
                    "the credentials came from \(SafeText.escaped(current.credentials.source)), and now come from \(SafeText.escaped(fresh.credentials.source))",
                    hint: "leave the environment and the profile as they were until the execution has ended; then resume")
            }
            connected = fresh
            nextRefresh = now + 60
            return fresh
        } catch {
            // As long as the old ones last, nothing is lost.
            guard !current.credentials.ends(within: 0, of: now), error.code != "credentials-changed" else { throw error }
            Console.note("countersign: warning: the credentials could not be renewed: \(Explanation.text(error))")
            nextRefresh = now + 60
            return current
        }
    }

    func reads() throws(Refusal) -> KMSReads { KMSReads(try client()) }

    func endpoint(of service: String) -> String {
        guard let known = AWSService(rawValue: service) else { return "" }
        return endpoints[known].text
    }

    func identity() throws(Refusal) -> Observation<EntryData.Identity> {
        let seen = try client().getCallerIdentity()
        return observation(seen, EntryData.Identity(account: seen.value.account, arn: seen.value.arn, userID: seen.value.userID), keepBody: false)
    }

    func send(service: String, target: String, body: [UInt8]) -> SendOutcome {
        guard let known = AWSService(rawValue: service) else { return .notSent(cause: "the service \(service) is not known to this release") }
        let client: AWSClient
        do throws(Refusal) { client = try self.client() } catch { return .notSent(cause: error.message) }
        switch client.call(known, target: target, body: body) {
        case .notSent(let trouble): return .notSent(cause: trouble.words)
        case .answered(let answer): return .answered(self.answer(answer, isWhole: true))
        case .unclear(let trouble, let partial):
            // A 4xx with a known type and a request id in its headers counts even if its body is cut (formats.md §9).
            if let partial, partial.isDefiniteRefusal { return .answered(self.answer(partial, isWhole: false)) }
            return .unclear(cause: trouble.words)
        }
    }

    private func answer(_ answer: AWSAnswer, isWhole: Bool) -> ServerAnswer {
        // Only documented errors are proof that nothing happened; any other answer leaves the outcome unknown.
        let code = answer.isSuccess ? nil : answer.isDefiniteRefusal ? answer.errorType : nil
        return ServerAnswer(
            status: answer.status, requestID: answer.requestID, date: answer.date, code: code, message: answer.errorMessage, body: answer.body,
            isWhole: isWhole, retryAfter: answer.asksToWait(local: clock()))
    }

    func keyID(ofAlias alias: String) throws(Refusal) -> Observation<String?> {
        let seen = try reads().listAliases()
        let found = seen.value.first { $0.name.hasSameBytes(as: alias) }
        // An alias without a target key still is taken.
        return observation(seen, found.map { $0.targetKeyID ?? "(an alias without a key)" }, keepBody: false)
    }

    func settings(of key: String) throws(Refusal) -> Observation<KeySettings?> {
        do throws(Refusal) {
            let seen = try reads().describeKey(key)
            let value = seen.value
            let settings = KeySettings(
                id: value.keyID, arn: value.arn ?? "", state: value.keyState ?? "", keySpec: value.keySpec ?? "", keyUsage: value.keyUsage ?? "",
                origin: value.origin ?? "", multiRegion: value.isMultiRegion ?? false, description: value.description ?? "",
                created: value.creationDate, deletion: value.deletionDate)
            return observation(seen, settings, keepBody: false)
        } catch  where error.code == "aws-not-found" {
            return Observation(nil)
        }
    }

    func policy(of key: String, named name: String) throws(Refusal) -> Observation<String?> {
        do throws(Refusal) {
            let seen = try reads().getKeyPolicy(of: key, name == "AWS_RAM" ? .ram : .default)
            return observation(seen, seen.value, keepBody: true)
        } catch  where error.code == "aws-not-found" {
            return Observation(nil)
        }
    }

    func rotation(of key: String) throws(Refusal) -> Observation<RotationStatus> {
        let seen = try reads().getKeyRotationStatus(of: key)
        return observation(seen, RotationStatus(isEnabled: seen.value.isEnabled, days: seen.value.periodInDays), keepBody: false)
    }

    func tags(of key: String) throws(Refusal) -> Observation<[Tag]?> {
        do throws(Refusal) {
            let seen = try reads().listResourceTags(of: key)
            return observation(seen, seen.value.map { Tag(key: $0.key, value: $0.value) }, keepBody: false)
        } catch  where error.code == "aws-access-denied" {
            return Observation(nil)
        }
    }

    func keyIDs() throws(Refusal) -> Observation<[String]> {
        let seen = try reads().listKeys()
        return observation(seen, seen.value.map(\.keyID), keepBody: false)
    }

    func grants(on key: String) throws(Refusal) -> Observation<[String]> {
        let seen = try reads().listGrants(of: key)
        return observation(seen, seen.value.map(\.grantID), keepBody: false)
    }

    func trail(_ arn: String) throws(Refusal) -> Observation<TrailSettings?> {
        do throws(Refusal) {
            let seen = try TrailReads(client()).getTrail(arn)
            return observation(seen, Self.settings(seen.value), keepBody: false)
        } catch  where error.code == "aws-not-found" {
            return Observation(nil)
        }
    }

    func deliveryError(of trail: String) throws(Refusal) -> Observation<String?> {
        let seen = try TrailReads(client()).latestDeliveryError(of: trail)
        return observation(seen, seen.value, keepBody: false)
    }

    func trails() throws(Refusal) -> Observation<[TrailSettings]> {
        let seen = try TrailReads(client()).describeTrails()
        return observation(seen, seen.value.map(Self.settings), keepBody: false)
    }

    private static func settings(_ trail: TrailDescription) -> TrailSettings {
        TrailSettings(arn: trail.arn, homeRegion: trail.homeRegion ?? "", key: trail.kmsKeyID)
    }

    /// The names of a key's policies, for a snapshot.
    func policyNames(of key: String) throws(Refusal) -> [String] { try reads().listKeyPolicies(of: key).value }

    private func observation<Read, Value>(_ reading: Reading<Read>, _ value: Value, keepBody: Bool) -> Observation<Value> {
        Observation(value, requestID: reading.requestID.map(SafeText.escaped), date: reading.date, response: keepBody ? reading.body : nil)
    }
}
