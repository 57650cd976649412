// SPDX-License-Identifier: Apache-2.0
// A key that a ledger knows all of, the same key as it is read, and a preparer who takes a change file in.
import Bundles
import Cryptography
import DomainFixtures
import Foundation
import KeyPolicies
import Ledger
import StrictFormats
import TestSupport
import Trust
import YAMLInput

@testable import Drift
@testable import Prepare

enum Desk {
    static let trail = "arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail"
    static let otherKey = "arn:aws:kms:us-east-1:604183725190:key/aaaaaaaa-0000-4000-8000-000000000001"
    static let trailID = "7f0c0000-0000-4000-8000-000000000009"
    static let policyID = "7f0c0000-0000-4000-8000-000000000008"

    /// A bundle of a change, with the policy that the template renders.
    static func payload(_ change: Change, id: String = BundleFixture.id, target: Target = BundleFixture.target) throws -> BundlePayload {
        let made = BundleFixture.payload(change, id: id, policy: try policy.get())
        return BundlePayload(
            id: id, title: made.title, ticket: made.ticket, backout: nil, preparerOwner: made.preparerOwner, preparerKey: made.preparerKey,
            created: made.created, notBefore: made.notBefore, expires: made.expires, trust: made.trust, ledger: made.ledger, target: target,
            change: change, policy: made.policy, base: nil, waivers: [])
    }

    /// The key as its bundle left it: policy, rotation, alias, tags, and the trail that another bundle attached.
    static func approved(_ change: (inout ApprovedKey) throws -> Void = { _ in }) throws -> ApprovedKey {
        var key = ApprovedKey(arn: BundleFixture.keyARN)
        let create = try payload(BundleFixture.createKey)
        for request in ["create-key", "enable-key-rotation", "create-alias"] { key.apply(request, of: create) }
        let trailTarget = Target(
            partition: "aws", account: "281474976710", region: "us-east-1", executor: "arn:aws:iam::281474976710:role/trail-executor")
        key.apply(
            "update-trail", of: try payload(.attachTrail(key: BundleFixture.keyARN, trail: trail), id: trailID, target: trailTarget))
        try change(&key)
        return key
    }

    /// What is read where nothing has changed, but for what is given.
    static func live(
        state: String = "Enabled", description: String = "Encrypts the organization's CloudTrail logs", policy: String? = nil,
        policyNames: [String] = ["default"], grants: [LiveKey.Grant] = [],
        aliases: [(name: String, keyID: String)] = [("alias/aws/s3", "x"), ("alias/cloudtrail-org-key", BundleFixture.keyID)], rotates: Bool = true,
        rotationDays: Int? = 365, tags: [Tag] = [Tag(key: "countersign:change", value: BundleFixture.id), Tag(key: "data-class", value: "audit")],
        trails: [(arn: String, key: String?)] = [(trail, BundleFixture.keyARN)]
    ) throws -> LiveKey {
        LiveKey(
            state: state, description: description, policy: try policy ?? Self.policy.get(), policyNames: policyNames, grants: grants,
            aliases: aliases, rotates: rotates, rotationDays: rotationDays, tags: tags, trails: trails)
    }

    /// What `prepare` makes of a change file and the files that it names.
    static func prepare(_ change: ReturningChange) throws -> BundlePayload { try prepare(change.text, change.files) }

    static func prepare(_ change: String, _ files: [(name: String, text: String)] = []) throws -> BundlePayload {
        let checkpoint = Checkpoint(origin: TrustFixture.origin + "/ledger", size: 7, root: BundleFixture.ledgerRoot)
        let step = PrepareStep(
            chain: try TrustFixture.chain([("/limits/accounts", ["604183725190", "281474976710"])]),
            checkpoint: (try checkpoint.signed(by: Keys.exec).bytes, "ledger.note"),
            readFile: { name throws(Refusal) in
                guard let file = files.first(where: { $0.name == name }) else {
                    throw Refusal("file-missing", .noInput, "there is no such file", at: Place(file: name))
                }
                return Array(file.text.utf8)
            }, findTemplate: { _ throws(Refusal) in try template() })
        return try step.prepare(
            YAMLReader.read(Array(change.utf8), file: "change.yaml"), key: Keys.dana, id: BundleFixture.otherID,
            created: date("2026-11-24T10:00:00Z")
        ).bundle.payload
    }

    /// The policy that the template renders for the organization's trail.
    static let policy = Result { () throws -> String in
        let made = try prepare(
            """
            change: create-key
            title: Key for the trail
            ticket: CHG-1
            valid: 72h
            target: { account: "604183725190", region: us-east-1, executor: role/cloudtrail-key-executor }
            alias: cloudtrail-org-key
            policy:
              template: org-cloudtrail-key
              parameters: { managementAccount: "281474976710", logArchiveAccount: "339712745831", trailName: org-trail }
            """)
        guard let policy = made.policy else { throw Refusal("test", .internalError, "the bundle has no policy") }
        return policy.document
    }

    private static func template() throws(Refusal) -> PolicyTemplate {
        func read(_ file: String) throws(Refusal) -> [UInt8] {
            do { return [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(PackageFolder.path)/policies/org-cloudtrail-key/\(file).json"))) } catch
            {
                throw Refusal("test", .internalError, "\(error)")
            }
        }
        let main = try read("template")
        var parts: [(name: String, bytes: [UInt8])] = []
        for part in try PolicyTemplate.partNames(of: main) { parts.append((part, try read(part))) }
        return try PolicyTemplate(
            name: "org-cloudtrail-key", template: main, parameters: try read("parameters"), parts: parts, assertions: try read("assertions"))
    }
}
