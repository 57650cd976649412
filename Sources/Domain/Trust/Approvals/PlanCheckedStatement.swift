// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// An in-toto Statement v1 whose predicate says that a plan of infrastructure code is exactly what was approved (docs/formats/plan-checked.md).
public struct PlanCheckedStatement: Sendable, Hashable {
    public static let predicateType = "urn:countersign:plan-checked:v1"
    /// The only answer that is ever signed.
    static let result = "exact"

    public let bundleID: String
    /// The payload digest of the bundle.
    public let bundle: Digest
    /// The owner of the key that signs.
    public let checker: String
    /// The SHA-256 of the plan's bytes: what `terraform show -json` said, or the change set's description.
    public let plan: Digest
    /// Payload digests of the approvals that counted, sorted.
    public let approvals: [Digest]
    /// The newest trust root that the checker knew.
    public let trust: TrustReference
    public let created: Instant
    /// Program and version; shown escaped.
    public let tool: String

    public init(
        bundleID: String, bundle: Digest, checker: String, plan: Digest, approvals: [Digest], trust: TrustReference, created: Instant, tool: String
    ) {
        self.bundleID = bundleID
        self.bundle = bundle
        self.checker = checker
        self.plan = plan
        self.approvals = approvals
        self.trust = trust
        self.created = created
        self.tool = tool
    }

    /// Whether an in-toto envelope holds such a statement, and no decision.
    public static func stands(in envelope: Envelope) throws(Refusal) -> Bool {
        try envelope.document().root["predicateType"]?.stringValue?.hasSameBytes(as: predicateType) ?? false
    }

    /// - Throws: the JSON reader's refusals, with the place.
    public init(json value: JSONValue) throws(Refusal) {
        self = try value.object { members throws(Refusal) in
            try members.required("_type").literal(ApprovalStatement.type)
            try members.required("predicateType").literal(Self.predicateType)
            let subjects = try members.required("subject")
            guard subjects.arrayValue?.count == 1 else { throw subjects.invalid("a checked plan has exactly one subject") }
            let subject = try subjects.array(ApprovalStatement.subject)[0]
            return try members.required("predicate") { value throws(Refusal) in try Self.predicate(value, subject) }
        }
    }

    private static func predicate(_ value: JSONValue, _ subject: (String, Digest)) throws(Refusal) -> PlanCheckedStatement {
        try value.object { members throws(Refusal) in
            try members.required("result").literal(Self.result)
            let plan = try members.required("plan") { value throws(Refusal) in
                try value.object { members throws(Refusal) in try members.required("sha256", Digest.init(json:)) }
            }
            let list = try members.required("approvals")
            let approvals = try list.distinct("approval", Digest.init(json:))
            guard !approvals.isEmpty, approvals == approvals.sorted() else {
                throw list.invalid("the approvals stand in the order of their digests, and there is at least one")
            }
            return PlanCheckedStatement(
                bundleID: subject.0, bundle: subject.1, checker: try members.required("checker", Names.owner), plan: plan, approvals: approvals,
                trust: try members.required("trust", TrustReference.init(json:)), created: try members.required("created", Names.instant),
                tool: try members.required("tool") { value throws(Refusal) in try value.text() })
        }
    }

    public var json: JSONValue {
        .object([
            ("_type", .string(ApprovalStatement.type)), ("predicateType", .string(Self.predicateType)),
            ("subject", .array([.object([("name", .string(bundleID)), ("digest", .object([("sha256", .string(bundle.hex))]))])])),
            (
                "predicate",
                .object([
                    ("checker", .string(checker)), ("plan", .object([("sha256", plan.json)])), ("result", .string(Self.result)),
                    ("approvals", .strings(approvals.map(\.text))), ("trust", trust.json), ("created", .string(created.text)),
                    ("tool", .string(tool)),
                ])
            ),
        ])
    }
}
