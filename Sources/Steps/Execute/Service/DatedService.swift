// SPDX-License-Identifier: Apache-2.0

import Bundles
import Ledger
import StrictFormats

/// A service whose every answer to a read sets the clock: the server's date is compared on each (design §4.2).
///
/// Answers to requests that change something are compared by whoever sends them, after the outcome is on disk.
struct DatedService: KeyService {
    let inner: any KeyService
    let clock: ServerClock
    let pace: any Pace

    private func dated<Value>(_ seen: Observation<Value>) throws(Refusal) -> Observation<Value> {
        try clock.saw(seen.date, local: pace.now())
        return seen
    }

    func endpoint(of service: String) -> String { inner.endpoint(of: service) }
    func send(service: String, target: String, body: [UInt8]) -> SendOutcome { inner.send(service: service, target: target, body: body) }
    func identity() throws(Refusal) -> Observation<EntryData.Identity> { try dated(inner.identity()) }
    func keyID(ofAlias alias: String) throws(Refusal) -> Observation<String?> { try dated(inner.keyID(ofAlias: alias)) }
    func settings(of key: String) throws(Refusal) -> Observation<KeySettings?> { try dated(inner.settings(of: key)) }
    func policy(of key: String, named name: String) throws(Refusal) -> Observation<String?> { try dated(inner.policy(of: key, named: name)) }
    func rotation(of key: String) throws(Refusal) -> Observation<RotationStatus> { try dated(inner.rotation(of: key)) }
    func tags(of key: String) throws(Refusal) -> Observation<[Tag]?> { try dated(inner.tags(of: key)) }
    func keyIDs() throws(Refusal) -> Observation<[String]> { try dated(inner.keyIDs()) }
    func grants(on key: String) throws(Refusal) -> Observation<[String]> { try dated(inner.grants(on: key)) }
    func trail(_ arn: String) throws(Refusal) -> Observation<TrailSettings?> { try dated(inner.trail(arn)) }
    func deliveryError(of trail: String) throws(Refusal) -> Observation<String?> { try dated(inner.deliveryError(of: trail)) }
    func trails() throws(Refusal) -> Observation<[TrailSettings]> { try dated(inner.trails()) }
}
