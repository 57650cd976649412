// SPDX-License-Identifier: Apache-2.0

import Bundles
import Cryptography
public import Ledger
public import StrictFormats
import Trust

/// Reads the approved state of every key from a ledger. It believes the ledger: `audit verify` is what proves it.
public enum ApprovedKeys {
    /// In the order in which the ledger first speaks of them.
    /// - Throws: `entry-malformed`, or what a damaged artifact throws.
    public static func read(_ reader: LedgerReader) throws(Refusal) -> [ApprovedKey] {
        var payloads: [Digest: BundlePayload] = [:]
        var lives: [Digest: BundleLife] = [:]
        try reader.forEachEntry { seq, bytes throws(Refusal) in
            let entry: Entry
            do throws(Refusal) { entry = try Entry(bytes) } catch {
                throw Refusal(
                    "entry-malformed", .badData, "entry \(seq) cannot be read: \(error.message)", at: Place(file: reader.path),
                    hint: "run audit verify")
            }
            guard let digest = entry.bundle else { return }
            if case .bundleReceived(_, let envelope) = entry.data, payloads[digest] == nil {
                guard let stored = try reader.artifact(envelope) else {
                    throw Refusal(
                        "ledger-artifact", .badData, "the artifact \(envelope) is missing", at: Place(file: reader.path), hint: "run audit verify")
                }
                payloads[digest] = try Envelope(stored, expecting: .bundle, file: reader.path).decodePayload(BundlePayload.init(json:))
            }
            lives[digest, default: BundleLife()].apply(entry)
        }
        var effects: [(seq: Int, request: String, payload: BundlePayload, key: String)] = []
        for (digest, life) in lives {
            guard let payload = payloads[digest], let key = payload.change.key ?? madeKey(life, payload) else { continue }
            for attempt in life.attempts where attempt.isApplied { effects.append((attempt.seq, attempt.intent.name, payload, key)) }
        }
        return state(after: effects.sorted { $0.seq < $1.seq })
    }

    private static func state(after effects: [(seq: Int, request: String, payload: BundlePayload, key: String)]) -> [ApprovedKey] {
        var keys: [ApprovedKey] = []
        for effect in effects {
            // An alias leads to one key, and a trail names one.
            switch effect.payload.change {
            case .moveAlias(let alias, _, _): for index in keys.indices { keys[index].lose(alias: alias) }
            case .attachTrail(_, let trail): for index in keys.indices { keys[index].lose(trail: trail) }
            default: break
            }
            if let index = keys.firstIndex(where: { $0.arn.hasSameBytes(as: effect.key) }) {
                keys[index].apply(effect.request, of: effect.payload)
            } else {
                var made = ApprovedKey(arn: effect.key)
                made.apply(effect.request, of: effect.payload)
                keys.append(made)
            }
        }
        return keys
    }

    /// The ARN of the key that a bundle made.
    private static func madeKey(_ life: BundleLife, _ payload: BundlePayload) -> String? {
        if let arn = life.bound["keyArn"] { return arn }
        let target = payload.target
        return life.bound["keyId"].map { "arn:\(target.partition):kms:\(target.region):\(target.account):key/\($0)" }
    }
}
