// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import StrictFormats

extension TrustRoot {
    /// The payload as JSON; its canonical bytes are what is signed.
    public var json: JSONValue {
        .object([
            ("type", .string(Self.type)), ("version", .integer(version)), ("origin", .string(origin)), ("previous", previous?.json),
            ("created", .string(created.text)), ("expires", .string(expires.text)),
            ("keys", .object(keys.map { ($0.id.text, $0.json) })),
            ("roles", .object(RoleName.allCases.map { ($0.rawValue, role($0).json) })),
            ("limits", limits.json),
        ])
    }
}

extension TrustedKey {
    var json: JSONValue {
        .object([
            ("type", .string(key.type.rawValue)), ("public", .string(Base64.encode(key.der))), ("owner", .string(owner)),
            ("comment", comment.map { .string($0) }), ("name", name.map { .string($0) }),
        ])
    }
}

extension Role {
    var json: JSONValue { .object([("keys", .strings(keys.map(\.text))), ("threshold", .integer(threshold))]) }
}

extension Limits {
    var json: JSONValue {
        .object([
            ("partition", .string(partition)), ("accounts", .strings(accounts)), ("regions", .strings(regions)),
            ("operations", .strings(operations)), ("endpoints", .strings(endpoints)),
            ("maxValiditySeconds", .integer(maxValiditySeconds)), ("executorMayApprove", .bool(executorMayApprove)),
            ("witnessBeforeSend", .bool(witnessBeforeSend)), ("userVerification", .bool(userVerification)),
        ])
    }
}
