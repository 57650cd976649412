// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
import Trust

/// The live state of a key as it was read: what a change of its policy is based on (decision record 0005 gives the format).
public struct Snapshot: Sendable, Hashable {
    public static let type = "countersign/snapshot/v1"

    public let key: String
    public let taken: Instant
    /// The default key policy, exactly as KMS gave it.
    public let policy: BasePolicy
    /// The names of all key policies; one more than `default` is a policy of AWS RAM.
    public let policyNames: [String]
    public let state: String
    public let description: String
    /// The rest of the key's state, where it was asked for.
    public let details: SnapshotDetails?

    public init(
        key: String, taken: Instant, policy: BasePolicy, policyNames: [String], state: String, description: String, details: SnapshotDetails? = nil
    ) {
        self.key = key
        self.taken = taken
        self.policy = policy
        self.policyNames = policyNames
        self.state = state
        self.description = description
        self.details = details
    }

    /// Reads a snapshot, or the one in an envelope; the envelope's signature is not checked here (`SignedSnapshot.verify`).
    public init(json value: JSONValue) throws(Refusal) {
        if value["payloadType"] != nil {
            self = try SignedSnapshot.unverified(value)
            return
        }
        self = try value.object { members throws(Refusal) in
            try members.required("type").literal(Self.type)
            return Snapshot(
                key: try members.required("key") { value throws(Refusal) in try Names.shown(value, 1...2048) },
                taken: try members.required("taken", Names.instant),
                policy: try members.required("policy", BasePolicy.init(json:)),
                policyNames: try members.required("policyNames") { value throws(Refusal) in
                    try value.array { element throws(Refusal) in try Names.shown(element, 1...128) }
                }, state: try members.required("state") { value throws(Refusal) in try Names.shown(value, 1...64) },
                description: try members.required("description") { value throws(Refusal) in try value.text() },
                details: try members.optional("details", SnapshotDetails.init(json:)))
        }
    }

    /// One JCS line and a line feed.
    public var bytes: [UInt8] { JSONWriter.canonical(json) + [0x0A] }

    var json: JSONValue {
        .object([
            ("type", .string(Self.type)), ("key", .string(key)), ("taken", .string(taken.text)), ("policy", policy.json),
            ("policyNames", .strings(policyNames)), ("state", .string(state)), ("description", .string(description)), ("details", details?.json),
        ])
    }
}
