// SPDX-License-Identifier: Apache-2.0

import Bundles
import Ledger
import StrictFormats

/// For steps that talk to nobody.
struct NoService: KeyService {
    private var refusal: Refusal { Refusal("no-service", .internalError, "this step talks to no service") }
    func endpoint(of service: String) -> String { "" }
    func identity() throws(Refusal) -> Observation<EntryData.Identity> { throw refusal }
    func send(service: String, target: String, body: [UInt8]) -> SendOutcome { .notSent(cause: "this step talks to no service") }
    func keyID(ofAlias alias: String) throws(Refusal) -> Observation<String?> { throw refusal }
    func settings(of key: String) throws(Refusal) -> Observation<KeySettings?> { throw refusal }
    func policy(of key: String, named name: String) throws(Refusal) -> Observation<String?> { throw refusal }
    func rotation(of key: String) throws(Refusal) -> Observation<RotationStatus> { throw refusal }
    func tags(of key: String) throws(Refusal) -> Observation<[Tag]?> { throw refusal }
    func keyIDs() throws(Refusal) -> Observation<[String]> { throw refusal }
    func grants(on key: String) throws(Refusal) -> Observation<[String]> { throw refusal }
    func trail(_ arn: String) throws(Refusal) -> Observation<TrailSettings?> { throw refusal }
    func deliveryError(of trail: String) throws(Refusal) -> Observation<String?> { throw refusal }
    func trails() throws(Refusal) -> Observation<[TrailSettings]> { throw refusal }
}

struct FixedPace: Pace {
    let instant: Instant
    func now() -> Instant { instant }
    func sleep(seconds: Double) {}
    func random() -> Double { 0 }
}
