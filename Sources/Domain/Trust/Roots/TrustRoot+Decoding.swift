// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import StrictFormats

extension TrustRoot {
    public static let type = "countersign/trust/v1"

    /// Decodes and checks a payload's form (formats.md §3, §9).
    public init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            try members.required("type").literal(Self.type)
            let version = try members.required("version") { value throws(Refusal) in try value.integer(in: 1...Int(Int32.max)) }
            let origin = try members.required("origin", Names.origin)
            let previous = try members.optional("previous", Digest.init(json:))
            let created = try members.required("created", Names.instant)
            let expires = try members.required("expires", Names.instant)
            let keys = try members.required("keys") { value throws(Refusal) in try value.dictionary(Self.key) }
            let roles = try members.required("roles", Self.roles)
            let limits = try members.required("limits", Limits.init(json:))
            let root = TrustRoot(
                version: version, origin: origin, previous: previous, created: created, expires: expires, keys: keys, roles: roles, limits: limits)
            try root.checkMeaning(at: value)
            return root
        }
    }

    private static func key(_ member: JSONMember) throws(Refusal) -> TrustedKey {
        try member.value.object { members throws(Refusal) in
            let type = try members.required("type")
            let publicValue = try members.required("public")
            let owner = try members.required("owner", Names.owner)
            let comment = try members.optional("comment", Names.shown)
            let name = try members.optional("name", Names.shown)
            if try type.text().hasSameBytes(as: "ssh") {
                throw Refusal(
                    "trust-ssh-keys", .notPermitted, "OpenSSH and FIDO keys are not supported by this release",
                    at: Place(offset: type.offset), hint: "use keys of type ed25519 or ecdsa-p256")
            }
            let kind = try type.oneOf(KeyType.self)
            guard let der = Base64.decode(try publicValue.text()) else { throw publicValue.invalid("this is no canonical base64") }
            let key: PublicKey
            do throws(Refusal) {
                key = try PublicKey(der: der)
            } catch {
                throw publicValue.invalid(error.message, code: error.code, hint: error.hint)
            }
            guard key.type == kind else { throw type.invalid("this key is of type \(key.type.rawValue)") }
            guard member.name.hasSameBytes(as: key.id.text) else {
                throw Refusal(
                    "key-id-mismatch", .badData, "this key's id is \(key.id), not \"\(SafeText.escaped(member.name))\"",
                    at: Place(offset: member.offset), hint: "a key's id is the SHA-256 of its public bytes; countersign trust create writes it")
            }
            return TrustedKey(id: key.id, key: key, owner: owner, comment: comment, name: name)
        }
    }

    private static func roles(_ value: JSONValue) throws(Refusal) -> [RoleName: Role] {
        try value.object { members throws(Refusal) in
            var roles: [RoleName: Role] = [:]
            roles[.root] = try members.required("root", role)
            roles[.preparer] = try members.required("preparer", role)
            roles[.approver] = try members.required("approver", role)
            roles[.ledger] = try members.required("ledger", role)
            roles[.witness] = try members.required("witness", role)
            return roles
        }
    }

    private static func role(_ value: JSONValue) throws(Refusal) -> Role {
        try value.object { members throws(Refusal) in
            Role(
                keys: try members.required("keys") { value throws(Refusal) in try value.distinct("key", Digest.init(json:)) },
                threshold: try members.required("threshold") { value throws(Refusal) in try value.integer(in: 0...1000) })
        }
    }
}

extension Limits {
    public init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            Limits(
                partition: try members.required("partition", Names.partition),
                accounts: try members.required("accounts") { value throws(Refusal) in try value.distinct("account", Names.account) },
                regions: try members.required("regions") { value throws(Refusal) in try value.distinct("Region", Names.region) },
                operations: try members.required("operations") { value throws(Refusal) in
                    try value.distinct("operation") { element throws(Refusal) in try element.oneOf(ChangeKind.self).rawValue }
                },
                endpoints: try members.required("endpoints") { value throws(Refusal) in try value.distinct("endpoint", Self.endpoint) },
                maxValiditySeconds: try members.required("maxValiditySeconds") { value throws(Refusal) in
                    try value.integer(in: 1...JSONValue.largestInteger)
                },
                executorMayApprove: try members.required("executorMayApprove") { value throws(Refusal) in try value.boolean() },
                witnessBeforeSend: try members.required("witnessBeforeSend") { value throws(Refusal) in try value.boolean() },
                userVerification: try members.required("userVerification") { value throws(Refusal) in try value.boolean() })
        }
    }

    /// `https://host[:port]`, or `http://` to a loopback address.
    static func endpoint(_ value: JSONValue) throws(Refusal) -> String {
        let text = try value.text()
        guard EndpointText.isAcceptable(text) else {
            throw value.invalid("\"\(SafeText.escaped(text))\" is no endpoint", hint: "https://host[:port], or http:// to a loopback address")
        }
        return text
    }
}
