// SPDX-License-Identifier: Apache-2.0
// The change files of every kind beside create-key and put-key-policy.
import Bundles
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Prepare

enum KindFile {
    static let key = BundleFixture.keyARN
    static let other = "arn:aws:kms:us-east-1:604183725190:key/00000000-061c-4933-9e3e-1a86bb8d3ae3"
    static let trail = "arn:aws:cloudtrail:us-east-1:604183725190:trail/org-trail"
    static let grant = "0c237476b39f8bc44e45212e08498fbe3151305030726c0590dd8d3e9f3d6a60"
    static let event = "0b7d3a32-6e3f-4c0f-9c5f-2b1de6f3a111"

    static func text(_ kind: String, _ members: String) -> String {
        """
        change: \(kind)
        title: A change
        ticket: CHG-3
        valid: 24h
        target: { account: "604183725190", executor: role/cloudtrail-key-executor }
        \(members)
        """
    }

    /// What a person writes, and what is stated by it.
    static let table: [(kind: String, members: String, change: Change)] = [
        ("set-rotation", "key: \(key)\nrotation: 180", .setRotation(key: key, rotationDays: 180)),
        ("add-alias", "key: \(key)\nalias: logs", .addAlias(alias: "alias/logs", key: key)),
        ("move-alias", "alias: alias/logs\nfromKey: \(other)\nkey: \(key)", .moveAlias(alias: "alias/logs", fromKey: other, key: key)),
        (
            "set-tags", "key: \(key)\ntags: { data-class: audit }\nremoved: [old, Old]",
            .setTags(key: key, tags: [Tag(key: "data-class", value: "audit")], removed: ["Old", "old"])
        ),
        ("set-tags", "key: \(key)\nremoved: [old]", .setTags(key: key, tags: [], removed: ["old"])),
        ("set-description", "key: \(key)\ndescription: Logs", .setDescription(key: key, description: "Logs")),
        ("attach-trail", "key: \(key)\ntrail: \(trail)\nkeyPolicy: { document: policy.json }", .attachTrail(key: key, trail: trail)),
        ("disable-key", "key: \(key)", .disableKey(key: key)), ("enable-key", "key: \(key)", .enableKey(key: key)),
        ("schedule-deletion", "key: \(key)\nreason: replaced", .scheduleDeletion(key: key, days: 30, reason: "replaced")),
        ("schedule-deletion", "key: \(key)\nreason: replaced\ndays: 7", .scheduleDeletion(key: key, days: 7, reason: "replaced")),
        ("cancel-deletion", "key: \(key)", .cancelDeletion(key: key)),
        ("revoke-grant", "key: \(key)\ngrantId: \(grant)", .revokeGrant(key: key, grantID: grant)),
        ("acknowledge", "events: [\(event)]\nreason: an emergency", .acknowledge(events: [event], reason: "an emergency")),
    ]

    static func member(_ kind: String) -> String { table.first { $0.kind == kind }?.members ?? "" }

    /// A policy that lets CloudTrail write for the trail.
    static func policy(trail: String = trail) throws -> String {
        """
        {"Version":"2012-10-17","Statement":[
         {"Sid":"Account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:root"},"Action":"kms:*","Resource":"*"},
         {"Sid":"Write","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:GenerateDataKey*","Resource":"*",
          "Condition":{"StringEquals":{"aws:SourceArn":"\(trail)","kms:EncryptionContext:aws:cloudtrail:arn":"\(trail)"}}},
         {"Sid":"Describe","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:DescribeKey","Resource":"*",
          "Condition":{"StringEquals":{"aws:SourceArn":"\(trail)"}}}]}
        """
    }

    static func desk() throws -> Desk {
        var desk = try Desk()
        desk.files["policy.json"] = try policy()
        return desk
    }
}

@Suite struct KindTests {
    @Test(arguments: 0..<KindFile.table.count) func `each kind is stated by its members, and nothing else is filled in`(row: Int) throws {
        let (kind, members, change) = KindFile.table[row]
        let payload = try KindFile.desk().prepare(KindFile.text(kind, members)).bundle.payload
        #expect(payload.change == change)
        #expect(payload.policy == nil && payload.base == nil && payload.waivers.isEmpty)
        #expect(payload.validity == 24 * 3_600)
    }

    @Test func `every kind of the formats can be prepared`() {
        #expect(Set(KindFile.table.map(\.kind) + ["create-key", "put-key-policy"]) == Set(ChangeKind.allCases.map(\.rawValue)))
    }

    static let slips: [(kind: String, slip: Slip)] = [
        ("set-rotation", Slip("rotation: 180", "rotation: 89", "invalid-value", "/rotation", line: 7, "89 is not between 90 and 2560")),
        ("set-rotation", Slip("\nrotation: 180", "", "missing-member", "", line: 1, "member \"rotation\" is missing")),
        ("set-rotation", Slip("rotation:", "rotationDays:", "missing-member", "", line: 1, "member \"rotation\" is missing")),
        (
            "set-rotation",
            Slip(
                KindFile.key, "alias/logs", "invalid-value", "/key", line: 6, "\"alias/logs\" is no key of account 604183725190 in us-east-1",
                hint: "give the full ARN: arn:aws:kms:us-east-1:604183725190:key/…")
        ),
        (
            "set-rotation",
            Slip("rotation: 180", "rotation: 180\nwaivers: []", "unknown-member", "/waivers", line: 8, "unknown member \"waivers\"")
        ),
        (
            "set-rotation",
            Slip("rotation: 180", "rotation: 180\npolicy: { document: p }", "unknown-member", "/policy", line: 8, "unknown member \"policy\"")
        ),
        (
            "add-alias",
            Slip(
                "alias: logs", "alias: aws/logs", "invalid-value", "/alias", line: 7, "\"alias/aws/logs\" is no alias that can be made",
                hint: "alias/ and 1 to 250 of a–z, A–Z, 0–9, '/', '_', '-'; alias/aws/ belongs to AWS")
        ),
        ("add-alias", Slip("\nalias: logs", "", "missing-member", "", line: 1, "member \"alias\" is missing")),
        (
            "move-alias",
            Slip(
                "fromKey: \(KindFile.other)", "fromKey: \(KindFile.key)", "invalid-value", "", line: 1,
                "the alias would be moved from a key to the same key", hint: "fromKey is where the alias leads now, key where it shall lead")
        ),
        ("move-alias", Slip("fromKey:", "from:", "missing-member", "", line: 1, "member \"fromKey\" is missing")),
        (
            "set-tags",
            Slip(
                "removed: [old, Old]", "removed: [data-class]", "invalid-value", "/removed", line: 8, "the tag \"data-class\" is both set and removed"
            )
        ),
        ("set-tags", Slip("removed: [old, Old]", "removed: [old, old]", "", "/removed/1", line: 8, "")),
        (
            "set-tags",
            Slip(
                "data-class: audit", "aws:x: y", "invalid-value", "/tags/aws:x", line: 7,
                "tags that begin with aws: or countersign: are not for changes to set")
        ),
        (
            "set-description",
            Slip("description: Logs", "description: \"{{keyId}}\"", "invalid-value", "/description", line: 7, "this text contains \"{{\"")
        ),
        (
            "attach-trail",
            Slip("\nkeyPolicy: { document: policy.json }", "", "missing-member", "", line: 1, "member \"keyPolicy\" is missing")
        ),
        (
            "attach-trail",
            Slip("{ document: policy.json }", "{ }", "invalid-value", "/keyPolicy", line: 8, "give either \"snapshot\" or \"document\"")
        ),
        (
            "attach-trail",
            Slip(
                "cloudtrail:us-east-1", "cloudtrail:eu-west-1", "invalid-value", "/trail", line: 7,
                "\"arn:aws:cloudtrail:eu-west-1:604183725190:trail/org-trail\" is no trail of account 604183725190 in us-east-1")
        ),
        ("schedule-deletion", Slip("reason: replaced", "reason: replaced\ndays: 6", "invalid-value", "/days", line: 8, "6 is not between 7 and 30")),
        ("schedule-deletion", Slip("\nreason: replaced", "", "missing-member", "", line: 1, "member \"reason\" is missing")),
        ("disable-key", Slip("key: ", "keys: ", "missing-member", "", line: 1, "member \"key\" is missing")),
        ("revoke-grant", Slip(KindFile.grant, "a/b", "invalid-value", "/grantId", line: 7, "\"a/b\" is no grant id")),
        ("acknowledge", Slip(KindFile.event, "42", "", "/events/0", line: 6, "")),
        (
            "acknowledge",
            Slip("reason: an emergency", "reason: \"\"", "invalid-value", "/reason", line: 7, "this text has 0 bytes; 1 to 2000 are allowed")
        ),
    ]

    @Test(arguments: 0..<slips.count) func `a slip is answered with its place, what is wrong, and what to do`(row: Int) throws {
        let (kind, slip) = Self.slips[row]
        let text = KindFile.text(kind, KindFile.member(kind))
        try #require(text.contains(slip.old))
        let refusal = try KindFile.desk().refusal(text.replacing(slip.old, with: slip.new))
        if !slip.code.isEmpty { #expect(refusal.code == slip.code) }
        #expect(refusal.message.hasPrefix(slip.message), "\(refusal.message)")
        #expect(refusal.place.file == "change.yaml")
        #expect(refusal.place.pointer == slip.pointer)
        #expect(refusal.place.line == slip.line)
        if let hint = slip.hint { #expect(refusal.hint == hint) }
    }

    @Test func `a trail is attached only where the key's policy proves that CloudTrail can write for it`() throws {
        let text = KindFile.text("attach-trail", KindFile.member("attach-trail"))
        var desk = try KindFile.desk()
        for policy in [
            try KindFile.policy(trail: KindFile.trail.replacing("604183725190", with: "281474976710")), BundleFixture.policy(),
            try KindFile.policy().replacing("kms:DescribeKey", with: "kms:Decrypt"),
        ] {
            desk.files["policy.json"] = policy
            let refusal = try desk.refusal(text)
            #expect(refusal.code == "trail-proof" && refusal.category == .badData)
            #expect(refusal.message == "it is not proven that CloudTrail can write for \(KindFile.trail) with the policy that \(KindFile.key) has")
            #expect(refusal.details.allSatisfy { $0.hasPrefix("KP023 ") } && !refusal.details.isEmpty)
        }
        desk.files["policy.json"] = "{"
        #expect(try desk.refusal(text).place.file == "policy.json")
    }

    @Test func `the proof may be a snapshot of this key`() throws {
        var desk = try KindFile.desk()
        let text = KindFile.text("attach-trail", KindFile.member("attach-trail")).replacing("{ document: policy.json }", with: "{ snapshot: s.json }")
        func snapshot(_ key: String) throws -> String {
            String(
                decoding: Snapshot(
                    key: key, taken: date("2026-11-24T09:00:00Z"), policy: BasePolicy(document: try KindFile.policy()), policyNames: ["default"],
                    state: "Enabled", description: ""
                ).bytes, as: UTF8.self)
        }
        desk.files["s.json"] = try snapshot(KindFile.key)
        #expect(try desk.prepare(text).bundle.payload.change == .attachTrail(key: KindFile.key, trail: KindFile.trail))
        desk.files["s.json"] = try snapshot(KindFile.other)
        #expect(try desk.refusal(text).place.pointer == "/keyPolicy/snapshot")
    }

    @Test(arguments: [
        ("move-alias", "move-alias"), ("disable-key", "enable-key"), ("enable-key", "disable-key"), ("schedule-deletion", "cancel-deletion"),
    ])
    func `what can be taken back has a change file that does`(kind: String, inverse: String) throws {
        let prepared = try KindFile.desk().prepare(KindFile.text(kind, KindFile.member(kind)))
        let file = try #require(prepared.inverse)
        #expect(file.policy == nil && file.base == nil)
        let back = try Desk().prepare(file.changeFile(policyFile: "", baseFile: ""))
        #expect(back.bundle.payload.change.kind.rawValue == inverse)
        #expect(back.bundle.payload.change.key == (kind == "move-alias" ? KindFile.other : KindFile.key))
        #expect(back.bundle.payload.title == "Back out: A change")
        if kind != "schedule-deletion" { #expect(try #require(back.inverse).changeFile(policyFile: "", baseFile: "").contains("\"\(kind)\"")) }
    }

    @Test(arguments: ["set-rotation", "add-alias", "set-tags", "set-description", "attach-trail", "cancel-deletion", "revoke-grant", "acknowledge"])
    func `what cannot be taken back has none`(kind: String) throws {
        #expect(try KindFile.desk().prepare(KindFile.text(kind, KindFile.member(kind))).inverse == nil)
    }

    @Test func `what a model of KMS refuses is not prepared`() throws {
        // The base denies the executor the very change; the new policy is fine.
        var desk = try Desk()
        let policy = try Desk.policy()
        desk.files["base.json"] =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::604183725190:role/somebody"},"Action":"kms:*","Resource":"*"}]}"#
        let refusal = try desk.refusal(Desk.put)
        #expect(refusal.code == "rehearsal-refused" && refusal.category == .badData)
        #expect(
            refusal.message
                == "AWS would refuse PutKeyPolicy: AccessDeniedException: User: \(BundleFixture.executor) is not authorized to perform: kms:PutKeyPolicy by the key policy"
        )
        desk.files["base.json"] = policy
        _ = try desk.prepare(Desk.put)
    }
}
