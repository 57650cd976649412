// SPDX-License-Identifier: Apache-2.0
import Bundles
import Cryptography
import Execute
import Ledger
import Rehearsal
import StrictFormats
import Trust

/// The people, their keys, the trust root, bundles and approvals of a test.
struct Ceremony {
    static let policy =
        #"{"Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Resource":"*","Sid":"Account"}],"Version":"2012-10-17"}"#
    static let otherPolicy =
        #"{"Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Resource":"*","Sid":"Account"},{"Action":"kms:DescribeKey","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Resource":"*","Sid":"Trail"}],"Version":"2012-10-17"}"#
    static let alias = "alias/cloudtrail-org-key"

    let keys: [String: PrivateKey]
    let root: VerifiedTrustRoot
    let start: Instant

    func key(_ name: String) -> PrivateKey {
        guard let key = keys[name] else { preconditionFailure("no key of \(name)") }
        return key
    }

    init(start: Instant) throws {
        self.start = start
        var keys: [String: PrivateKey] = [:]
        for name in ["dana", "alice", "bob", "carol", "release-engineering"] { keys[name] = try PrivateKey.generate(.ed25519) }
        self.keys = keys
        root = try VerifiedTrustRoot.verify(Self.sign(Self.rootJSON(keys, start: start), by: ["alice", "bob"], keys), previous: nil)
    }

    private static func sign(_ json: JSONValue, by names: [String], _ keys: [String: PrivateKey]) throws -> Envelope {
        let payload = JSONWriter.canonical(json)
        let message = PreAuthEncoding.message(type: PayloadType.trustRoot.rawValue, payload: payload)
        return Envelope(
            type: .trustRoot, payload: payload,
            signatures: try names.compactMap { keys[$0] }.map { EnvelopeSignature(keyID: $0.publicKey.id, signature: try $0.sign(message)) })
    }

    static func rootJSON(
        _ keys: [String: PrivateKey], start: Instant, version: Int = 1, previous: Digest? = nil, approvers: [String] = ["alice", "bob", "carol"],
        preparers: [String] = ["dana"], operations: [String] = ChangeKind.allCases.map(\.rawValue), lifetime: Int = 300 * 86_400
    ) -> JSONValue {
        func ids(_ names: [String]) -> JSONValue { .strings(names.compactMap { keys[$0]?.publicKey.id.text }) }
        func role(_ names: [String], _ threshold: Int) -> JSONValue { .object([("keys", ids(names)), ("threshold", .integer(threshold))]) }
        let used = Set(["alice", "bob", "release-engineering"] + approvers + preparers)
        let listed = keys.filter { used.contains($0.key) }.map { name, key in
            (
                key.publicKey.id.text,
                JSONValue.object([("type", "ed25519"), ("public", .string(Base64.encode(key.publicKey.der))), ("owner", .string(name))])
            )
        }
        return .object([
            ("type", .string(TrustRoot.type)), ("version", .integer(version)), ("origin", "example.com/test"), ("previous", previous?.json),
            ("created", .string((start + -86_400).text)), ("expires", .string((start + lifetime).text)),
            ("keys", .object(listed.map { ($0.0, $0.1) })),
            (
                "roles",
                .object([
                    ("root", role(["alice", "bob"], 2)), ("preparer", role(preparers, 1)), ("approver", role(approvers, 2)),
                    ("ledger", role(["release-engineering"], 1)), ("witness", role([], 0)),
                ])
            ),
            (
                "limits",
                .object([
                    ("partition", "aws"), ("accounts", ["123456789012"]), ("regions", ["us-east-1"]), ("operations", .strings(operations)),
                    ("endpoints", []), ("maxValiditySeconds", .integer(604_800)), ("executorMayApprove", false), ("witnessBeforeSend", false),
                    ("userVerification", false),
                ])
            ),
        ])
    }

    /// Version 2 of the trust root, signed by the owners of both.
    func nextRoot(
        approvers: [String] = ["alice", "bob", "carol"], preparers: [String] = ["dana"], operations: [String] = ChangeKind.allCases.map(\.rawValue),
        lifetime: Int = 300 * 86_400
    ) throws -> Envelope {
        try Self.sign(
            Self.rootJSON(
                keys, start: start, version: 2, previous: root.envelope.payloadDigest, approvers: approvers, preparers: preparers,
                operations: operations,
                lifetime: lifetime), by: ["alice", "bob"], keys)
    }

    /// A signed bundle and its approvals.
    struct Paper {
        let bundle: VerifiedBundle
        let approvals: [Envelope]

        var input: ExecutionInput {
            ExecutionInput(
                bundle: InputFile(bytes: bundle.envelope.bytes, name: "bundle.json"),
                approvals: approvals.enumerated().map { InputFile(bytes: $1.bytes, name: "approval-\($0).json") })
        }
    }

    func paper(
        _ change: Change, policy: String = policy, base: String? = nil, ledger: Checkpoint, id: String = "7f0c0000-0000-4000-8000-000000000001",
        by approvers: [String] = ["alice", "bob"],
        opens: Int = -3_600, valid: Int = 86_400, approvalsValid: Int? = nil
    ) throws -> Paper {
        let preparer = key("dana")
        let payload = BundlePayload(
            id: id, title: "A change", ticket: "CHG-1", backout: nil, preparerOwner: "dana", preparerKey: preparer.publicKey.id, created: start,
            notBefore: start + opens, expires: start + valid, trust: root.reference,
            ledger: LedgerState(origin: ledger.origin, size: ledger.size, root: ledger.root),
            target: Target(
                partition: "aws", account: KMSModel.account, region: KMSModel.region,
                executor: "arn:aws:iam::123456789012:role/cloudtrail-key-executor"),
            change: change,
            policy: [.createKey, .putKeyPolicy].contains(change.kind) ? PolicyPart(template: nil, parameters: nil, document: policy) : nil,
            base: base.map(BasePolicy.init), waivers: [])
        let bytes = JSONWriter.canonical(payload.json)
        let signature = try preparer.sign(PreAuthEncoding.message(type: PayloadType.bundle.rawValue, payload: bytes))
        let envelope = Envelope(type: .bundle, payload: bytes, signatures: [EnvelopeSignature(keyID: preparer.publicKey.id, signature: signature)])
        let bundle = try VerifiedBundle.verify(UnverifiedBundle(envelope), in: TrustChain(root))
        return Paper(bundle: bundle, approvals: try approvers.map { try decide(.approve, bundle, $0, expires: approvalsValid.map { start + $0 }) })
    }

    func decide(_ decision: Decision, _ bundle: VerifiedBundle, _ name: String, expires: Instant? = nil, review: ReviewReference? = nil) throws
        -> Envelope
    {
        let statement = ApprovalStatement(
            bundleID: bundle.payload.id, bundle: bundle.digest, decision: decision, approver: name, reason: decision == .reject ? "no" : "",
            review: try review ?? Review(of: bundle).reference, trust: bundle.payload.trust, created: min(start, bundle.payload.notBefore),
            expires: expires ?? bundle.payload.expires)
        let payload = JSONWriter.canonical(statement.json)
        let signature = try key(name).sign(PreAuthEncoding.message(type: PayloadType.approval.rawValue, payload: payload))
        return Envelope(type: .approval, payload: payload, signatures: [EnvelopeSignature(keyID: key(name).publicKey.id, signature: signature)])
    }

    static let createKey = Change.createKey(
        alias: alias, description: "The organization's logs", rotationDays: 365, tags: [Tag(key: "data-class", value: "audit")])
}
