// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
import Trust

/// The policy of a bundle: the exact text that is sent, and where it came from.
public struct PolicyPart: Sendable, Hashable {
    public struct TemplateReference: Sendable, Hashable {
        public let name: String
        public let digest: Digest

        public init(name: String, digest: Digest) {
            self.name = name
            self.digest = digest
        }
    }

    public let template: TemplateReference?
    /// The template's parameters as given, canonical JSON text of an object.
    public let parameters: String?
    public let document: String

    public var digest: Digest { Digest(ofText: document) }

    public init(template: TemplateReference?, parameters: String?, document: String) {
        self.template = template
        self.parameters = parameters
        self.document = document
    }

    init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            let template = try members.optional("template") { value throws(Refusal) in
                try value.object { members throws(Refusal) in
                    TemplateReference(
                        name: try members.required("name") { value throws(Refusal) in try Names.shown(value, 1...128) },
                        digest: try members.required("digest", Digest.init(json:)))
                }
            }
            let parameters = try members.optional("parameters") { value throws(Refusal) in
                guard value.objectValue != nil else { throw value.mismatch("an object") }
                try Self.checkShown(value)
                return JSONWriter.canonicalText(value)
            }
            let digestValue = try members.required("digest")
            let documentValue = try members.required("document")
            let part = PolicyPart(template: template, parameters: parameters, document: try documentValue.text())
            if template != nil { try Self.checkRendered(documentValue, part.document) }
            guard try Digest(json: digestValue) == part.digest else {
                throw digestValue.invalid("this is not the digest of the policy document", code: "policy-digest")
            }
            return part
        }
    }

    /// What a template renders is canonical JSON (formats.md §4).
    private static func checkRendered(_ value: JSONValue, _ text: String) throws(Refusal) {
        do throws(Refusal) {
            _ = try JSONDocument(Array(text.utf8), rules: .signed)
        } catch {
            throw value.invalid(
                "a policy from a template is canonical JSON (RFC 8785); this one is not: \(error.message)", code: "policy-not-canonical")
        }
    }

    /// Parameters are shown to approvers: the same characters are refused in them as in any other shown text.
    private static func checkShown(_ value: JSONValue) throws(Refusal) {
        switch value.content {
        case .string: _ = try Names.shown(value)
        case .array(let elements): for element in elements { try checkShown(element) }
        case .object(let members):
            for member in members {
                _ = try Names.shown(JSONValue(.string(member.name), offset: member.offset))
                try checkShown(member.value)
            }
        default: break
        }
    }

    /// - Throws: never in practice; the parameters were canonical JSON when they came.
    var json: JSONValue {
        .object([
            ("template", template.map { .object([("name", .string($0.name)), ("digest", $0.digest.json)]) }),
            ("parameters", parametersValue), ("digest", digest.json), ("document", .string(document)),
        ])
    }

    /// The parameters as a value.
    public var parametersValue: JSONValue? {
        guard let parameters else { return nil }
        do {
            return try JSONDocument(Array(parameters.utf8), rules: .signed).root
        } catch {
            preconditionFailure("parameters are canonical JSON by construction: \(error)")
        }
    }
}

/// What the key has now, as a snapshot read it.
public struct BasePolicy: Sendable, Hashable {
    public let document: String
    public var digest: Digest { Digest(ofText: document) }

    public init(document: String) { self.document = document }

    init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            let digestValue = try members.required("digest")
            let base = BasePolicy(document: try members.required("document") { value throws(Refusal) in try value.text() })
            guard try Digest(json: digestValue) == base.digest else {
                throw digestValue.invalid("this is not the digest of the base document", code: "policy-digest")
            }
            return base
        }
    }

    var json: JSONValue { .object([("digest", digest.json), ("document", .string(document))]) }
}

/// A finding of high severity that the preparer asks the approvers to accept.
public struct Waiver: Sendable, Hashable {
    public let rule: String
    public let pointer: String
    public let reason: String

    public init(rule: String, pointer: String, reason: String) {
        self.rule = rule
        self.pointer = pointer
        self.reason = reason
    }

    public init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            Waiver(
                rule: try members.required("rule") { value throws(Refusal) in try Names.shown(value, 1...32) },
                pointer: try members.required("pointer") { value throws(Refusal) in try Names.shown(value, 0...256) },
                reason: try members.required("reason") { value throws(Refusal) in try Names.shown(value, 1...2000) })
        }
    }

    var json: JSONValue { .object([("rule", .string(rule)), ("pointer", .string(pointer)), ("reason", .string(reason))]) }
}
