// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// The payload types that Countersign signs (formats.md §3–§5).
public enum PayloadType: String, Sendable, CaseIterable {
    case trustRoot = "application/vnd.countersign.trust+json"
    case bundle = "application/vnd.countersign.bundle+json"
    case approval = "application/vnd.in-toto+json"

    public var noun: String {
        switch self {
        case .trustRoot: "trust root"
        case .bundle: "bundle"
        case .approval: "approval"
        }
    }

    var phrase: String { (self == .approval ? "an " : "a ") + noun }
}

/// One signature of an envelope. The key id is a hint, never an identity.
public struct EnvelopeSignature: Sendable, Hashable {
    public let keyID: Digest
    public let signature: [UInt8]

    public init(keyID: Digest, signature: [UInt8]) {
        self.keyID = keyID
        self.signature = signature
    }
}

/// A DSSE envelope as it was received: nothing in it is verified yet.
public struct Envelope: Sendable {
    public let type: PayloadType
    /// The bytes that the signatures cover.
    public let payload: [UInt8]
    public let signatures: [EnvelopeSignature]
    /// The file's bytes, kept for the ledger.
    public let bytes: [UInt8]
    public let file: String?

    /// SHA-256 of the decoded payload: what the thing is known by.
    public let payloadDigest: Digest
    /// SHA-256 of the file's bytes.
    public var envelopeDigest: Digest { Digest(of: bytes) }
    /// The DSSE pre-authentication encoding of this payload.
    public var message: [UInt8] { PreAuthEncoding.message(type: type.rawValue, payload: payload) }

    /// More signatures than any trust root could ask for.
    static let maximumSignatures = 64

    /// Reads an envelope (formats.md §1): JSON with any white space, nothing unknown, nothing after.
    /// - Throws: `envelope-type` where another payload type was expected, and the JSON reader's refusals.
    public init(_ bytes: [UInt8], expecting expected: PayloadType? = nil, file: String? = nil) throws(Refusal) {
        let document = try JSONDocument(bytes, rules: .authored, file: file)
        let parts = try document.decode { root throws(Refusal) in try Self.parts(root, expecting: expected) }
        self.init(parts.type, parts.payload, parts.signatures, bytes: bytes, file: file)
    }

    /// Makes an envelope around signatures; written as one JCS line and a line feed.
    public init(type: PayloadType, payload: [UInt8], signatures: [EnvelopeSignature]) {
        let json = JSONValue.object([
            ("payload", .string(Base64.encode(payload))), ("payloadType", .string(type.rawValue)),
            (
                "signatures",
                .array(signatures.map { .object([("keyid", $0.keyID.json), ("sig", .string(Base64.encode($0.signature)))]) })
            ),
        ])
        self.init(type, payload, signatures, bytes: JSONWriter.canonical(json) + [0x0A], file: nil)
    }

    private init(_ type: PayloadType, _ payload: [UInt8], _ signatures: [EnvelopeSignature], bytes: [UInt8], file: String?) {
        self.type = type
        self.payload = payload
        self.signatures = signatures
        self.bytes = bytes
        self.file = file
        payloadDigest = Digest(of: payload)
    }

    private typealias Parts = (type: PayloadType, payload: [UInt8], signatures: [EnvelopeSignature])

    private static func parts(_ root: JSONValue, expecting expected: PayloadType?) throws(Refusal) -> Parts {
        try root.object { members throws(Refusal) in
            let typeValue = try members.required("payloadType")
            let type = try typeValue.oneOf(PayloadType.self)
            if let expected, type != expected {
                throw Refusal(
                    "envelope-type", .badData, "this is \(type.phrase), not \(expected.phrase)", at: Place(offset: typeValue.offset))
            }
            let payload = try members.required("payload", base64)
            let list = try members.required("signatures")
            let signatures = try list.array { element throws(Refusal) in
                try element.object { members throws(Refusal) in
                    EnvelopeSignature(
                        keyID: try members.required("keyid", Digest.init(json:)), signature: try members.required("sig", base64))
                }
            }
            guard signatures.count <= maximumSignatures else {
                throw list.invalid("\(signatures.count) signatures are more than the \(maximumSignatures) allowed")
            }
            return (type, payload, signatures)
        }
    }

    private static func base64(_ value: JSONValue) throws(Refusal) -> [UInt8] {
        guard let bytes = Base64.decode(try value.text(), urlSafe: true) else {
            throw value.invalid("this is no canonical base64 with padding (RFC 4648 §4)")
        }
        return bytes
    }

    /// The payload, parsed under the rules for signed bytes.
    public func document() throws(Refusal) -> JSONDocument {
        do {
            return try JSONDocument(payload, rules: .signed, file: nil)
        } catch {
            throw inPayload(error)
        }
    }

    /// Decodes the payload; errors name the envelope's file and say that the place is within the payload.
    public func decodePayload<Value>(_ body: (JSONValue) throws(Refusal) -> Value) throws(Refusal) -> Value {
        let document = try document()
        do {
            return try document.decode(body)
        } catch {
            throw inPayload(error)
        }
    }

    private func inPayload(_ refusal: Refusal) -> Refusal {
        var copy = refusal
        copy.message = "in the payload: " + copy.message
        return copy.inFile(file)
    }
}
