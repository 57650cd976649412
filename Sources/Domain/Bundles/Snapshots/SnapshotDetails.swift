// SPDX-License-Identifier: Apache-2.0

import StrictFormats
import Trust

/// The rest of a key's state, for a snapshot that is kept as evidence (decision record 0005).
public struct SnapshotDetails: Sendable, Hashable {
    public struct Grant: Sendable, Hashable {
        public let id: String
        public let grantee: String
        public let operations: [String]
        /// RFC 8785 text of the constraints, where there are any.
        public let constraints: String?

        public init(id: String, grantee: String, operations: [String], constraints: String?) {
            self.id = id
            self.grantee = grantee
            self.operations = operations
            self.constraints = constraints
        }
    }

    /// A trail, and the key that it encrypts with; nil for none.
    public struct Trail: Sendable, Hashable {
        public let arn: String
        public let key: String?

        public init(arn: String, key: String?) {
            self.arn = arn
            self.key = key
        }
    }

    /// The ARN of who read it, as STS named them.
    public let readBy: String
    public let keySpec: String
    public let keyUsage: String
    public let origin: String
    public let multiRegion: Bool
    public let rotates: Bool
    /// Where the server says it.
    public let rotationDays: Int?
    /// The aliases that lead to the key, in UTF-16 order.
    public let aliases: [String]
    public let grants: [Grant]
    public let tags: [Tag]
    /// The policy of AWS RAM, where the key is shared.
    public let ramPolicy: BasePolicy?
    /// The trail that was asked about.
    public let trail: Trail?

    public init(
        readBy: String, keySpec: String, keyUsage: String, origin: String, multiRegion: Bool, rotates: Bool, rotationDays: Int?, aliases: [String],
        grants: [Grant], tags: [Tag], ramPolicy: BasePolicy?, trail: Trail? = nil
    ) {
        self.readBy = readBy
        self.keySpec = keySpec
        self.keyUsage = keyUsage
        self.origin = origin
        self.multiRegion = multiRegion
        self.rotates = rotates
        self.rotationDays = rotationDays
        self.aliases = aliases.sorted { UTF16Order.precedes($0, $1) }
        self.grants = grants.sorted { UTF16Order.precedes($0.id, $1.id) }
        self.tags = tags.sorted { UTF16Order.precedes($0.key, $1.key) }
        self.ramPolicy = ramPolicy
        self.trail = trail
    }

    init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            SnapshotDetails(
                readBy: try members.required("readBy", Self.text), keySpec: try members.required("keySpec", Self.text),
                keyUsage: try members.required("keyUsage", Self.text), origin: try members.required("origin", Self.text),
                multiRegion: try members.required("multiRegion", Self.flag), rotates: try members.required("rotates", Self.flag),
                rotationDays: try members.optional("rotationDays") { value throws(Refusal) in try value.integer() },
                aliases: try members.required("aliases", Self.texts), grants: try members.required("grants", Self.grants),
                tags: try members.required("tags", Self.tags), ramPolicy: try members.optional("ramPolicy", BasePolicy.init(json:)),
                trail: try members.optional("trail") { value throws(Refusal) in
                    try value.object { members throws(Refusal) in
                        Trail(arn: try members.required("arn", Self.text), key: try members.optional("key", Self.text))
                    }
                })
        }
    }

    var json: JSONValue {
        .object([
            ("readBy", .string(readBy)), ("keySpec", .string(keySpec)), ("keyUsage", .string(keyUsage)), ("origin", .string(origin)),
            ("multiRegion", .bool(multiRegion)), ("rotates", .bool(rotates)), ("rotationDays", rotationDays.map { .integer($0) }),
            ("aliases", .strings(aliases)),
            (
                "grants",
                .array(
                    grants.map { grant in
                        .object([
                            ("id", .string(grant.id)), ("grantee", .string(grant.grantee)), ("operations", .strings(grant.operations)),
                            ("constraints", grant.constraints.map { .string($0) }),
                        ])
                    })
            ), ("tags", .array(tags.map { .object([("key", .string($0.key)), ("value", .string($0.value))]) })), ("ramPolicy", ramPolicy?.json),
            ("trail", trail.map { .object([("arn", .string($0.arn)), ("key", $0.key.map { .string($0) })]) }),
        ])
    }

    private static func text(_ value: JSONValue) throws(Refusal) -> String { try value.text() }
    private static func flag(_ value: JSONValue) throws(Refusal) -> Bool { try value.boolean() }
    private static func texts(_ value: JSONValue) throws(Refusal) -> [String] {
        try value.array { element throws(Refusal) in try element.text() }
    }

    private static func grants(_ value: JSONValue) throws(Refusal) -> [Grant] {
        try value.array { element throws(Refusal) in
            try element.object { members throws(Refusal) in
                Grant(
                    id: try members.required("id", text), grantee: try members.required("grantee", text),
                    operations: try members.required("operations", texts), constraints: try members.optional("constraints", text))
            }
        }
    }

    private static func tags(_ value: JSONValue) throws(Refusal) -> [Tag] {
        try value.array { element throws(Refusal) in
            try element.object { members throws(Refusal) in
                Tag(key: try members.required("key", text), value: try members.required("value", text))
            }
        }
    }
}
