// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
import Trust

/// A snapshot in a DSSE envelope of its own payload type. Its signature says who read it; nothing in an execution rests on that,
/// so it is no payload type that a ledger takes in (decision record 0005).
public enum SignedSnapshot {
    public static let payloadType = "application/vnd.countersign.snapshot+json"

    /// One JCS line and a line feed.
    public static func bytes(_ snapshot: Snapshot, signedBy key: PrivateKey) throws(Refusal) -> [UInt8] {
        let payload = JSONWriter.canonical(snapshot.json)
        let signature = try key.sign(PreAuthEncoding.message(type: payloadType, payload: payload))
        let signed = JSONValue.object([("keyid", key.publicKey.id.json), ("sig", .string(Base64.encode(signature)))])
        return JSONWriter.canonical(
            .object([("payload", .string(Base64.encode(payload))), ("payloadType", .string(payloadType)), ("signatures", .array([signed]))])) + [0x0A]
    }

    /// The snapshot, if that key signed it.
    /// - Throws: `signature-invalid` (not permitted), or what is wrong with the envelope.
    public static func verify(_ bytes: [UInt8], by key: PublicKey, file: String? = nil) throws(Refusal) -> Snapshot {
        let document = try JSONDocument(bytes, rules: .authored, file: file)
        let parts = try document.decode(Self.parts)
        let message = PreAuthEncoding.message(type: payloadType, payload: parts.payload)
        guard parts.signatures.contains(where: { $0.keyID == key.id && key.isValid(signature: $0.signature, for: message) }) else {
            throw Refusal("signature-invalid", .notPermitted, "this snapshot is not signed by \(key.id)", at: Place(file: file))
        }
        return try snapshot(parts.payload)
    }

    /// The snapshot in an envelope, whoever signed it: what it is used for is checked again when it is executed.
    static func unverified(_ value: JSONValue) throws(Refusal) -> Snapshot { try snapshot(parts(value).payload) }

    private static func snapshot(_ payload: [UInt8]) throws(Refusal) -> Snapshot {
        try JSONDocument(payload, rules: .signed).decode(Snapshot.init(json:))
    }

    private static func parts(_ value: JSONValue) throws(Refusal) -> (payload: [UInt8], signatures: [EnvelopeSignature]) {
        try value.object { members throws(Refusal) in
            try members.required("payloadType").literal(payloadType)
            let payload = try members.required("payload", base64)
            let signatures = try members.required("signatures") { value throws(Refusal) in
                try value.array { element throws(Refusal) in
                    try element.object { members throws(Refusal) in
                        EnvelopeSignature(keyID: try members.required("keyid", Digest.init(json:)), signature: try members.required("sig", base64))
                    }
                }
            }
            return (payload, signatures)
        }
    }

    private static func base64(_ value: JSONValue) throws(Refusal) -> [UInt8] {
        guard let bytes = Base64.decode(try value.text(), urlSafe: true) else {
            throw value.invalid("this is no canonical base64 with padding (RFC 4648 §4)")
        }
        return bytes
    }
}
