// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import Cryptography
public import StrictFormats
public import Trust

/// Bundles and approvals under `TrustFixture`.
public enum BundleFixture {
    public static let account = "604183725190"
    public static let keyARN = "arn:aws:kms:us-east-1:604183725190:key/ded25d8b-061c-4933-9e3e-1a86bb8d3ae3"
    public static let keyID = "ded25d8b-061c-4933-9e3e-1a86bb8d3ae3"
    public static let executor = "arn:aws:iam::604183725190:role/cloudtrail-key-executor"
    public static let id = "108ed254-c8a1-4f44-a587-5f4859b89b87"
    public static let otherID = "9f387dd5-63ea-495d-8350-1a7c11deb3db"
    public static let ledgerRoot = Digest(ofText: "a state of the ledger")
    public static let notBefore = date("2026-11-24T11:00:00Z")
    public static let expires = date("2026-11-27T11:00:00Z")
    public static let target = Target(partition: "aws", account: account, region: "us-east-1", executor: executor)

    public static func policy(_ sid: String = "Account") -> String {
        #"{"Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:root"},"Resource":"*","Sid":"\#(sid)"}],"Version":"2012-10-17"}"#
    }

    public static let createKey = Change.createKey(
        alias: "alias/cloudtrail-org-key", description: "Encrypts the organization's CloudTrail logs", rotationDays: 365,
        tags: [Tag(key: "data-class", value: "audit")])

    public static func payload(
        _ change: Change = createKey, id: String = id, root: VerifiedTrustRoot = TrustFixture.first,
        ledger: LedgerState = LedgerState(origin: TrustFixture.origin + "/ledger", size: 1, root: ledgerRoot), base: String? = nil,
        policy text: String = policy(), waivers: [Waiver] = []
    ) -> BundlePayload {
        let sends = [.createKey, .putKeyPolicy].contains(change.kind)
        return BundlePayload(
            id: id, title: "Key for the organization's CloudTrail", ticket: "CHG-1042", backout: nil, preparerOwner: "dana",
            preparerKey: Keys.dana.id,
            created: date("2026-11-24T10:00:00Z"), notBefore: notBefore, expires: expires, trust: root.reference, ledger: ledger, target: target,
            change: change,
            policy: sends ? PolicyPart(template: nil, parameters: nil, document: text) : nil, base: base.map(BasePolicy.init(document:)),
            waivers: waivers)
    }

    public static func signed(_ payload: BundlePayload) throws -> Envelope { try sealed(.bundle, payload.json, by: Keys.dana) }

    public static func verified(_ payload: BundlePayload = payload(), in chain: TrustChain = TrustChain(TrustFixture.first)) throws -> VerifiedBundle
    {
        try VerifiedBundle.verify(UnverifiedBundle(try signed(payload)), in: chain)
    }

    /// The statement that an approver of a bundle would sign, as JSON to be changed.
    public static func statement(
        _ decision: Decision, _ owner: String, on bundle: VerifiedBundle, review: ReviewReference? = nil, expires: Instant? = nil
    ) throws -> JSONValue {
        ApprovalStatement(
            bundleID: bundle.payload.id, bundle: bundle.digest, decision: decision, approver: owner, reason: decision == .reject ? "no" : "",
            review: try review ?? Review(of: bundle).reference, trust: bundle.payload.trust, created: date("2026-11-24T11:30:00Z"),
            expires: expires ?? bundle.payload.expires
        ).json
    }

    public static func approval(
        _ decision: Decision = .approve, _ owner: String, _ key: PrivateKey, on bundle: VerifiedBundle, review: ReviewReference? = nil,
        expires: Instant? = nil, _ edits: [(String, JSONValue?)] = []
    ) throws -> Envelope {
        try sealed(.approval, try statement(decision, owner, on: bundle, review: review, expires: expires).with(edits), by: key)
    }
}
