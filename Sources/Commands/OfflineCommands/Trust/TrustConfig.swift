// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats
import Trust

/// The file that `trust create` reads (formats.md §3): keys by name, roles by those names.
struct TrustConfig {
    let json: JSONValue

    /// Turns the file into a payload; the payload's own rules are checked by decoding it.
    /// - Parameter readKey: reads a public key file, named relative to the configuration.
    init(_ value: JSONValue, previous: VerifiedTrustRoot?, created: Instant, readKey: (String) throws(Refusal) -> PublicKey) throws(Refusal) {
        json = try value.object { members throws(Refusal) in
            let originValue = try members.optional("origin", Names.origin)
            guard let origin = originValue ?? previous?.root.origin else {
                throw value.invalid("member \"origin\" is missing", code: "missing-member")
            }
            let expires = try members.required("expires", Names.instant)
            var named: [(name: String, id: Digest)] = []
            let keys = try members.required("keys") { value throws(Refusal) in
                try value.dictionary { member throws(Refusal) in
                    let (id, key) = try Self.key(member.value, readKey)
                    if named.contains(where: { $0.id == id }) { throw member.value.invalid("this key stands twice", code: "trust-key-twice") }
                    named.append((member.name, id))
                    return (id.text, key)
                }
            }
            let roles = try members.required("roles") { value throws(Refusal) in try Self.roles(value, named) }
            let limits = try members.required("limits", Self.limits)
            return JSONValue.object([
                ("type", .string(TrustRoot.type)), ("version", .integer((previous?.root.version ?? 0) + 1)), ("origin", .string(origin)),
                ("previous", previous.map { $0.reference.digest.json }), ("created", .string(created.text)), ("expires", .string(expires.text)),
                ("keys", .object(keys.map { ($0.0, $0.1) })), ("roles", roles), ("limits", limits),
            ])
        }
    }

    private static func key(_ value: JSONValue, _ readKey: (String) throws(Refusal) -> PublicKey) throws(Refusal) -> (Digest, JSONValue) {
        try value.object { members throws(Refusal) in
            let owner = try members.required("owner", Names.owner)
            let key = try readKey(try members.required("file") { value throws(Refusal) in try value.text() })
            let comment = try members.optional("comment", Names.shown)
            let name = try members.optional("name", Names.shown)
            return (
                key.id,
                .object([
                    ("type", .string(key.type.rawValue)), ("public", .string(Base64.encode(key.der))), ("owner", .string(owner)),
                    ("comment", comment.map { .string($0) }), ("name", name.map { .string($0) }),
                ])
            )
        }
    }

    private static func roles(_ value: JSONValue, _ named: [(name: String, id: Digest)]) throws(Refusal) -> JSONValue {
        func role(_ value: JSONValue, _ threshold: Int) throws(Refusal) -> JSONValue {
            try value.object { members throws(Refusal) in
                let keys = try members.required("keys") { value throws(Refusal) in
                    try value.array { element throws(Refusal) in
                        let name = try element.text()
                        guard let key = named.first(where: { $0.name.hasSameBytes(as: name) }) else {
                            let near = Suggestion.nearest(to: name, among: named.map(\.name))
                            throw element.invalid("\"\(SafeText.escaped(name))\" is none of the keys", hint: near.map { "did you mean \"\($0)\"?" })
                        }
                        return key.id.text
                    }
                }
                let given = try members.optional("threshold") { value throws(Refusal) in try value.authoredInteger(in: 0...1000) }
                return .object([("keys", .strings(keys)), ("threshold", .integer(given ?? threshold))])
            }
        }
        let none = JSONValue.object([("keys", .array([])), ("threshold", .integer(0))])
        return try value.object { members throws(Refusal) in
            .object([
                ("root", try members.required("root") { value throws(Refusal) in try role(value, 2) }),
                ("preparer", try members.required("preparer") { value throws(Refusal) in try role(value, 1) }),
                ("approver", try members.required("approver") { value throws(Refusal) in try role(value, 2) }),
                ("ledger", try members.required("ledger") { value throws(Refusal) in try role(value, 1) }),
                ("witness", try members.optional("witness") { value throws(Refusal) in try role(value, 0) } ?? none),
            ])
        }
    }

    private static func limits(_ value: JSONValue) throws(Refusal) -> JSONValue {
        try value.object { members throws(Refusal) in
            func list(_ value: JSONValue) throws(Refusal) -> JSONValue {
                .array(try value.array { element throws(Refusal) in JSONValue(.string(try element.text()), offset: element.offset) })
            }
            let validity = try members.optional("validity") { value throws(Refusal) in
                guard let seconds = Span.seconds(try value.text()) else {
                    throw value.invalid("this is no span of time", hint: "for example 7d, or 72h")
                }
                return seconds
            }
            func flag(_ value: JSONValue) throws(Refusal) -> Bool { try value.authoredBoolean() }
            return .object([
                ("partition", try members.optional("partition") { value throws(Refusal) in value } ?? "aws"),
                ("accounts", try members.required("accounts", list)), ("regions", try members.required("regions", list)),
                ("operations", try members.required("operations", list)), ("endpoints", try members.optional("endpoints", list) ?? .array([])),
                ("maxValiditySeconds", .integer(validity ?? 604_800)),
                ("executorMayApprove", .bool(try members.optional("executorMayApprove", flag) ?? false)),
                ("witnessBeforeSend", .bool(try members.optional("witnessBeforeSend", flag) ?? false)),
                ("userVerification", .bool(try members.optional("userVerification", flag) ?? false)),
            ])
        }
    }
}
