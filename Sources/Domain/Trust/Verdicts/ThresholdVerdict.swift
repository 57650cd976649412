// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// Who signed for a role, who is missing, and which signatures counted for nothing.
public struct ThresholdVerdict: Sendable {
    public let role: RoleName
    public let threshold: Int
    /// Distinct owners whose signature is valid, in the order of the role's list.
    public let owners: [String]
    /// Owners of the role who have not signed.
    public let missing: [String]
    /// Signatures by keys that are unknown, repeated or not of this role: notes, never errors.
    public let ignored: [IgnoredSignature]
    /// Signatures by a known key of the root that do not verify.
    public let wrong: [Digest]

    public var isReached: Bool { owners.count >= threshold }

    /// "1 of 2 approvers: alice; missing: bob, carol".
    public var summary: String {
        let signed = owners.isEmpty ? "nobody" : owners.joined(separator: ", ")
        let rest = missing.isEmpty ? "" : "; could still sign: \(missing.joined(separator: ", "))"
        return "\(owners.count) of \(threshold) owners of role \(role.rawValue): \(signed)\(rest)"
    }
}

/// A signature that was not counted, and why.
public struct IgnoredSignature: Sendable, Hashable {
    public enum Reason: String, Sendable { case unknownKey = "unknown key", repeated = "repeated", notOfRole = "key is not of this role" }
    public let keyID: Digest
    public let reason: Reason
    /// Which signature of the envelope, from 0.
    public let position: Int
}

extension TrustRoot {
    /// Checks an envelope's signatures against a role.
    ///
    /// Thresholds count distinct owners, not keys (TUF 1.0.34 §5.3.4 counts keys; this is stricter).
    /// Never throws for bad signatures: they are in the verdict.
    public func verdict(on envelope: Envelope, as name: RoleName) -> ThresholdVerdict {
        let message = envelope.message
        let role = role(name)
        var signed: Set<Digest> = []
        var ignored: [IgnoredSignature] = []
        var wrong: [Digest] = []
        for (position, signature) in envelope.signatures.enumerated() {
            guard let key = key(signature.keyID) else {
                ignored.append(IgnoredSignature(keyID: signature.keyID, reason: .unknownKey, position: position))
                continue
            }
            // What is repeated counts for nothing, whatever it holds (formats.md §3).
            if signed.contains(key.id) {
                ignored.append(IgnoredSignature(keyID: key.id, reason: .repeated, position: position))
                continue
            }
            guard key.key.isValid(signature: signature.signature, for: message) else {
                wrong.append(key.id)
                continue
            }
            signed.insert(key.id)
            if !role.keys.contains(key.id) { ignored.append(IgnoredSignature(keyID: key.id, reason: .notOfRole, position: position)) }
        }
        let present = Set(role.keys.filter(signed.contains).compactMap { self.key($0)?.owner })
        let all = owners(of: name)
        return ThresholdVerdict(
            role: name, threshold: role.threshold, owners: all.filter(present.contains), missing: all.filter { !present.contains($0) },
            ignored: ignored, wrong: wrong)
    }
}
