// SPDX-License-Identifier: Apache-2.0

import KeyPolicies
import StrictFormats

/// CloudTrail's UpdateTrail of a trail's key (CloudTrail API Reference, UpdateTrail; User Guide, "Configure KMS key policies").
extension KMSModel {
    mutating func updateTrail(_ request: Request) throws(Refused) -> [UInt8] {
        let name = try request.text("Name")
        let key = try request.text("KmsKeyId")
        guard var trail = trails[name] else { throw Refused("TrailNotFoundException", "Unknown trail: \(name)") }
        guard trail.homeRegion.hasSameBytes(as: region) else {
            throw Refused("InvalidHomeRegionException", "The trail's home region is \(trail.homeRegion)")
        }
        let found = self.key(key, request.now)
        guard let found else { throw Refused("KmsKeyNotFoundException", "KMS key not found: \(key)") }
        guard found.state == "Enabled" else { throw Refused("KmsKeyDisabledException", "KMS key is \(found.state): \(key)") }
        if let policy = found.policy {
            guard CloudTrailProof.objections(to: policy, key: key, trail: name).isEmpty else {
                throw Refused(
                    "InsufficientEncryptionPolicyException", "Insufficient permissions to access S3 bucket or KMS key \(key)")
            }
        }
        trail.key.write(key, from: request.now + delay)
        trail.deliveryError = nil
        trails[name] = trail
        return JSONWriter.canonical(.object([("KmsKeyId", .string(key)), ("TrailARN", .string(name))]))
    }

    /// A key of this account by its ARN, or another's.
    private func key(_ arn: String, _ now: Instant) -> OtherKey? {
        if let own = visible(arn, now) { return OtherKey(state: own.state(at: now), policy: own.policies.last?.text) }
        return otherKeys[arn]
    }
}
