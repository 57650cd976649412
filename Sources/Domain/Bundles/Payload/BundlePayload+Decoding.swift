// SPDX-License-Identifier: Apache-2.0

import Cryptography
import KeyPolicies
public import StrictFormats
import Trust

extension BundlePayload {
    /// Decodes a payload and derives its requests and expectations again (formats.md §4).
    /// - Throws: `derivation-differs` where a byte of them does not follow from the change.
    public init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            try members.required("type").literal(Self.type)
            let target = try members.required("target", Target.init(json:))
            let (owner, key) = try members.required("preparer") { value throws(Refusal) in
                try value.object { members throws(Refusal) in
                    (try members.required("owner", Names.owner), try members.required("keyid", Digest.init(json:)))
                }
            }
            let requests = try members.required("requests")
            let expectations = try members.required("expectations")
            let payload = BundlePayload(
                id: try members.required("id", Names.uuid),
                title: try members.required("title") { value throws(Refusal) in try Names.shown(value, 1...200) },
                ticket: try members.required("ticket") { value throws(Refusal) in try Names.shown(value, 1...100) },
                backout: try members.optional("backout") { value throws(Refusal) in try Names.shown(value, 1...2000) },
                preparerOwner: owner, preparerKey: key, created: try members.required("created", Names.instant),
                notBefore: try members.required("notBefore", Names.instant), expires: try members.required("expires", Names.instant),
                trust: try members.required("trust", TrustReference.init(json:)),
                ledger: try members.required("ledger", LedgerState.init(json:)), target: target,
                change: try members.required("change") { value throws(Refusal) in try Change(json: value, target: target) },
                policy: try members.optional("policy", PolicyPart.init(json:)), base: try members.optional("base", BasePolicy.init(json:)),
                waivers: try members.required("waivers") { value throws(Refusal) in try value.array(Waiver.init(json:)) })
            try payload.checkMeaning(at: value)
            try payload.checkDerivation(requests, expectations)
            return payload
        }
    }

    private func checkMeaning(at value: JSONValue) throws(Refusal) {
        func refused(_ code: String, _ message: String, _ member: String) -> Refusal {
            value[member]?.invalid(message, code: code) ?? value.invalid(message, code: code)
        }
        guard notBefore < expires else { throw refused("bundle-window", "it expires before it opens", "expires") }
        let sendsPolicy = change.kind == .createKey || change.kind == .putKeyPolicy
        guard sendsPolicy == (policy != nil) else {
            throw refused(
                "bundle-policy", sendsPolicy ? "\(change.kind.rawValue) needs a policy" : "\(change.kind.rawValue) sends no policy", "policy")
        }
        guard base == nil || change.kind == .putKeyPolicy else { throw refused("bundle-base", "only put-key-policy has a base", "base") }
        if let policy { try Self.checkPolicy(policy.document, value["policy"]?["document"] ?? value) }
        if let base { try Self.checkPolicy(base.document, value["base"]?["document"] ?? value) }
    }

    /// A policy that no reader of ours can read is not carried to anybody.
    private static func checkPolicy(_ text: String, _ value: JSONValue) throws(Refusal) {
        do throws(Refusal) {
            _ = try PolicyDocument(text: text)
        } catch {
            var refusal = value.invalid("the policy is not well formed: \(error.message)", code: error.code, hint: error.hint)
            if let pointer = error.place.pointer { refusal.message += " (policy \(pointer))" }
            throw refusal
        }
    }

    private func checkDerivation(_ requests: JSONValue, _ expectations: JSONValue) throws(Refusal) {
        let derived = derivation
        let pairs = [
            (requests, derived.requests.map(PlannedRequest.json), "request"), (expectations, derived.expectations.map(\.json), "expectation"),
        ]
        for (value, expected, noun) in pairs {
            let given = try value.array { element throws(Refusal) in element }
            for (index, element) in given.enumerated() {
                guard index < expected.count, JSONWriter.canonical(element) == JSONWriter.canonical(expected[index]) else {
                    throw element.invalid(
                        "this \(noun) does not follow from the stated change", code: "derivation-differs",
                        hint: "somebody altered what would be sent; do not sign or run it")
                }
            }
            guard given.count == expected.count else {
                throw value.invalid("\(expected.count) \(noun)s follow from the stated change; \(given.count) stand here", code: "derivation-differs")
            }
        }
    }
}
