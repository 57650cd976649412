// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

public enum Decision: String, Sendable, CaseIterable { case approve, reject }

/// Which text an approver saw: the review's version and the SHA-256 of its UTF-8 bytes.
public struct ReviewReference: Sendable, Hashable {
    public let version: Int
    public let digest: Digest

    public init(version: Int, digest: Digest) {
        self.version = version
        self.digest = digest
    }

    public init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            ReviewReference(
                version: try members.required("version") { value throws(Refusal) in try value.integer(in: 0...Int(Int32.max)) },
                digest: try members.required("sha256", Digest.init(json:)))
        }
    }

    public var json: JSONValue { .object([("sha256", digest.json), ("version", .integer(version))]) }
}

/// An in-toto Statement v1 whose predicate says yes or no to one bundle (formats.md §5).
public struct ApprovalStatement: Sendable, Hashable {
    public static let type = "https://in-toto.io/Statement/v1"
    public static let predicateType = "urn:countersign:approval:v1"

    public let bundleID: String
    /// The payload digest of the bundle.
    public let bundle: Digest
    public let decision: Decision
    public let approver: String
    /// May hold any characters; shown escaped. Empty for `approve` only.
    public let reason: String
    public let review: ReviewReference
    public let trust: TrustReference
    public let created: Instant
    public let expires: Instant

    public init(
        bundleID: String, bundle: Digest, decision: Decision, approver: String, reason: String, review: ReviewReference,
        trust: TrustReference, created: Instant, expires: Instant
    ) {
        self.bundleID = bundleID
        self.bundle = bundle
        self.decision = decision
        self.approver = approver
        self.reason = reason
        self.review = review
        self.trust = trust
        self.created = created
        self.expires = expires
    }

    public init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            try members.required("_type").literal(Self.type)
            try members.required("predicateType").literal(Self.predicateType)
            let subjects = try members.required("subject")
            guard subjects.arrayValue?.count == 1 else { throw subjects.invalid("an approval has exactly one subject") }
            let subject = try subjects.array(Self.subject)[0]
            return try members.required("predicate") { value throws(Refusal) in try Self.predicate(value, subject) }
        }
    }

    /// The bundle that a statement is about: its id and its payload digest.
    static func subject(_ value: JSONValue) throws(Refusal) -> (String, Digest) {
        try value.object { members throws(Refusal) in
            let name = try members.required("name", Names.uuid)
            let digest = try members.required("digest") { value throws(Refusal) in
                try value.object { members throws(Refusal) in
                    let hex = try members.required("sha256")
                    guard let digest = Digest(hex: try hex.text()) else {
                        throw hex.invalid("this is no SHA-256 in 64 lower-case hexadecimal digits")
                    }
                    return digest
                }
            }
            return (name, digest)
        }
    }

    private static func predicate(_ value: JSONValue, _ subject: (String, Digest)) throws(Refusal) -> ApprovalStatement {
        try value.object { members throws(Refusal) in
            let reason = try members.required("reason")
            let statement = ApprovalStatement(
                bundleID: subject.0, bundle: subject.1,
                decision: try members.required("decision") { value throws(Refusal) in try value.oneOf(Decision.self) },
                approver: try members.required("approver", Names.owner), reason: try reason.text(),
                review: try members.required("review", ReviewReference.init(json:)),
                trust: try members.required("trust", TrustReference.init(json:)), created: try members.required("created", Names.instant),
                expires: try members.required("expires", Names.instant))
            guard statement.decision == .approve || !statement.reason.isEmpty else { throw reason.invalid("a reject states its reason") }
            return statement
        }
    }

    public var json: JSONValue {
        .object([
            ("_type", .string(Self.type)), ("predicateType", .string(Self.predicateType)),
            ("subject", .array([.object([("name", .string(bundleID)), ("digest", .object([("sha256", .string(bundle.hex))]))])])),
            (
                "predicate",
                .object([
                    ("decision", .string(decision.rawValue)), ("approver", .string(approver)), ("reason", .string(reason)),
                    ("review", review.json), ("trust", trust.json), ("created", .string(created.text)), ("expires", .string(expires.text)),
                ])
            ),
        ])
    }
}
