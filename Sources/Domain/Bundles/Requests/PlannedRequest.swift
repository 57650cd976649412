// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
import Trust

/// What a response gives to later requests.
public enum Binding: String, Sendable, CaseIterable, Hashable {
    /// `/KeyMetadata/KeyId` of CreateKey.
    case keyID = "keyId"
    /// `/KeyMetadata/Arn` of CreateKey.
    case keyARN = "keyArn"

    /// How it stands in a body, as a whole member value.
    public var placeholder: String { "{{\(rawValue)}}" }
}

/// One request as approved: exact text, with bindings still open.
public struct PlannedRequest: Sendable, Hashable {
    /// The operation in kebab case.
    public let name: String
    /// The AWS service to send it to, `kms` or `cloudtrail`.
    public let service: String
    /// The `X-Amz-Target` header.
    public let target: String
    /// JCS text.
    public let body: String
    public let binds: [Binding]
    public let uses: [Binding]

    public var pin: Digest { Pin.digest(service: service, target: target, body: body) }

    /// The operation as AWS spells it.
    public var operation: String { target.split(separator: ".").last.map(String.init) ?? target }

    /// Whether sending it again, after it may have taken effect, can do harm (aws-facts §3b): CreateKey makes a second key.
    public var makesSomethingNew: Bool { name == "create-key" }

    /// The text as sent: each used binding replaced by its bound value.
    /// - Throws: `binding-missing`, `binding-malformed`, `binding-places` (internal or bad data).
    public func body(with bound: [Binding: String], in target: Target) throws(Refusal) -> String {
        var text = body
        for use in uses {
            guard let value = bound[use] else {
                throw Refusal("binding-missing", .internalError, "\(name) uses \(use.rawValue), which no answer has given yet")
            }
            guard use.accepts(value, in: target) else {
                throw Refusal(
                    "binding-malformed", .badData, "the answer's \(use.rawValue) \"\(SafeText.escaped(value))\" does not have the form of one")
            }
            // The placeholder stands as a whole JSON string, once; what replaces it needs no escape by its grammar.
            let places = text.places(of: "\"\(use.placeholder)\"")
            guard places.count == 1 else {
                throw Refusal("binding-places", .internalError, "\(name) holds \(use.placeholder) \(places.count) times")
            }
            text.replaceSubrange(places[0], with: "\"\(value)\"")
        }
        return text
    }

    static func json(_ request: PlannedRequest) -> JSONValue {
        .object([
            ("name", .string(request.name)), ("service", .string(request.service)), ("target", .string(request.target)),
            ("body", .string(request.body)), ("sha256", request.pin.json), ("binds", .strings(request.binds.map(\.rawValue))),
            ("uses", .strings(request.uses.map(\.rawValue))),
        ])
    }
}

extension Binding {
    /// Whether a bound value has the form formats.md §4 demands.
    public func accepts(_ value: String, in target: Target) -> Bool {
        switch self {
        case .keyID: KMSNames.isKeyID(value)
        case .keyARN: KMSNames.keyID(ofARN: value, partition: target.partition, region: target.region, account: target.account) != nil
        }
    }
}
