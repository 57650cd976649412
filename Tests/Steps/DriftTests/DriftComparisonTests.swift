// SPDX-License-Identifier: Apache-2.0
import Bundles
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Drift

/// Every finding, word for word; and every change file that is offered, taken in by `prepare`.
@Suite struct DriftComparisonTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let approved: @Sendable () throws -> ApprovedKey
        let live: @Sendable () throws -> LiveKey?
        let facet: String
        let result: DriftFinding.Result
        let words: [String]
        /// The id of the bundle that approved it last.
        let bundle: String?
        /// The kind of change that brings it back; nil where none does.
        let change: ChangeKind?

        init(
            _ name: String, _ facet: String, _ words: [String], _ result: DriftFinding.Result = .differs, bundle: String? = BundleFixture.id,
            change: ChangeKind? = nil, approved: @escaping @Sendable () throws -> ApprovedKey = { try Desk.approved() },
            live: @escaping @Sendable () throws -> LiveKey?
        ) {
            testDescription = name
            self.approved = approved
            self.live = live
            self.facet = facet
            self.result = result
            self.words = words
            self.bundle = bundle
            self.change = change
        }
    }

    static let cases: [Case] = [
        Case("no such key", "key", ["there is no such key"]) { nil },
        Case("a policy of AWS RAM", "ram-policy", ["a policy beside the default one, which no bundle put there: AWS_RAM"], bundle: nil) {
            try Desk.live(policyNames: ["default", "AWS_RAM"])
        },
        Case(
            "a grant", "grants", ["grant 0c23, which no bundle made: arn:aws:iam::123456789012:role/x may Decrypt"], change: .revokeGrant
        ) {
            try Desk.live(grants: [LiveKey.Grant(id: "0c23", words: "arn:aws:iam::123456789012:role/x may Decrypt")])
        },
        Case("the alias is gone", "alias", ["alias/cloudtrail-org-key is gone"], change: .addAlias) {
            try Desk.live(aliases: [("alias/aws/s3", "x")])
        },
        Case(
            "the alias leads elsewhere", "alias", ["alias/cloudtrail-org-key leads to the key aaaaaaaa-0000-4000-8000-000000000001"],
            change: .moveAlias
        ) {
            try Desk.live(aliases: [("alias/cloudtrail-org-key", "aaaaaaaa-0000-4000-8000-000000000001")])
        },
        Case("one alias more", "alias", ["alias/by-hand leads here, and no bundle put it there"], bundle: nil) {
            try Desk.live(aliases: [("alias/by-hand", BundleFixture.keyID), ("alias/cloudtrail-org-key", BundleFixture.keyID)])
        },
        Case("rotation is off", "rotation", ["off, instead of every 365 days"], change: .setRotation) { try Desk.live(rotates: false) },
        Case("rotation has another period", "rotation", ["every 90 days, instead of every 365"], change: .setRotation) {
            try Desk.live(rotationDays: 90)
        },
        Case("the period is not shown", "rotation", ["on; the server does not say how often"], .notShown) { try Desk.live(rotationDays: nil) },
        Case("a tag has another value", "tags", ["data-class is \"public\", instead of \"audit\""], change: .setTags) {
            try Desk.live(tags: [Tag(key: "countersign:change", value: BundleFixture.id), Tag(key: "data-class", value: "public")])
        },
        Case("a tag is gone", "tags", ["data-class is gone, instead of \"audit\""], change: .setTags) {
            try Desk.live(tags: [Tag(key: "countersign:change", value: BundleFixture.id)])
        },
        Case("one tag more", "tags", ["by-hand is there, and no bundle put it there"], change: .setTags) {
            try Desk.live(tags: [
                Tag(key: "countersign:change", value: BundleFixture.id), Tag(key: "data-class", value: "audit"), Tag(key: "by-hand", value: "yes"),
            ])
        },
        // The bundle's own tag is no bundle's to set.
        Case("countersign's own tag is gone", "tags", ["countersign:change is gone, instead of \"\(BundleFixture.id)\""]) {
            try Desk.live(tags: [Tag(key: "data-class", value: "audit")])
        },
        Case(
            "a removed tag is back", "tags", ["data-class is back, which was removed"], bundle: Desk.policyID, change: .setTags,
            approved: {
                try Desk.approved { key in
                    let removal = Change.setTags(key: BundleFixture.keyARN, tags: [], removed: ["data-class"])
                    key.apply("untag-resource", of: try Desk.payload(removal, id: Desk.policyID))
                }
            }, live: { try Desk.live() }),
        Case("disabled", "state", ["Disabled, instead of Enabled"], change: .enableKey) { try Desk.live(state: "Disabled") },
        Case("pending deletion", "state", ["PendingDeletion, instead of Enabled"], change: .cancelDeletion) {
            try Desk.live(state: "PendingDeletion")
        },
        Case("unavailable", "state", ["Unavailable, instead of Enabled"]) { try Desk.live(state: "Unavailable") },
        Case(
            "enabled, where it was disabled", "state", ["Enabled, instead of Disabled"], bundle: Desk.policyID, change: .disableKey,
            approved: {
                try Desk.approved { $0.apply("disable-key", of: try Desk.payload(.disableKey(key: BundleFixture.keyARN), id: Desk.policyID)) }
            }, live: { try Desk.live() }),
        Case(
            "kept, where its deletion was approved", "state", ["Enabled, instead of PendingDeletion"], bundle: Desk.policyID,
            approved: {
                try Desk.approved {
                    let deletion = Change.scheduleDeletion(key: BundleFixture.keyARN, days: 30, reason: "replaced")
                    $0.apply("schedule-key-deletion", of: try Desk.payload(deletion, id: Desk.policyID))
                }
            }, live: { try Desk.live() }),
        Case(
            "another description", "description", ["\"by hand\\u{202e}\", instead of \"Encrypts the organization's CloudTrail logs\""],
            change: .setDescription
        ) { try Desk.live(description: "by hand\u{202E}") },
        Case("the trail names another key", "trail", ["\(Desk.trail) names the key \(Desk.otherKey)"], bundle: Desk.trailID, change: .attachTrail) {
            try Desk.live(trails: [(Desk.trail, Desk.otherKey)])
        },
        Case("the trail names no key", "trail", ["\(Desk.trail) names no key"], bundle: Desk.trailID, change: .attachTrail) {
            try Desk.live(trails: [(Desk.trail, nil)])
        },
        Case("the trail is gone", "trail", ["\(Desk.trail) is gone"], bundle: Desk.trailID) { try Desk.live(trails: []) },
        Case("the policy is no policy", "policy", ["the live policy cannot be read: expected a member name in double quotes"]) {
            try Desk.live(policy: "{")
        },
    ]

    @Test(arguments: cases) func `each difference is found, alone and word for word`(_ item: Case) throws {
        let comparison = DriftComparison(try item.approved(), try item.live())
        let found = comparison.findings.filter { $0.result != .same }
        #expect(found.map(\.facet) == [item.facet])
        let finding = try #require(found.first)
        #expect(finding.result == item.result)
        #expect(finding.words == item.words)
        #expect(finding.json["bundle"]?.stringValue == item.bundle)
        #expect(comparison.isSame == (item.result == .notShown))
        guard let kind = item.change else {
            #expect(ReturningChange(finding, stem: "back") == nil)
            return
        }
        // The change file goes through prepare: a bundle of that kind for this key.
        let change = try #require(ReturningChange(finding, stem: "back"))
        let bundle = try Desk.prepare(change)
        #expect(bundle.change.kind == kind)
        #expect(bundle.change.key == BundleFixture.keyARN)
        #expect(bundle.title == "Bring back what was approved: \(item.facet)")
        #expect(bundle.backout == "None: this puts back what bundle \(item.bundle ?? "") approved")
    }

    @Test func `what is brought back is what was approved`() throws {
        func bundle(_ live: LiveKey) throws -> Change {
            let finding = try #require(DriftComparison(try Desk.approved(), live).findings.first { $0.result == .differs })
            return try Desk.prepare(try #require(ReturningChange(finding, stem: "back"))).change
        }
        let key = BundleFixture.keyARN
        #expect(try bundle(Desk.live(rotates: false)) == .setRotation(key: key, rotationDays: 365))
        #expect(try bundle(Desk.live(aliases: [])) == .addAlias(alias: "alias/cloudtrail-org-key", key: key))
        #expect(
            try bundle(Desk.live(aliases: [("alias/cloudtrail-org-key", "aaaaaaaa-0000-4000-8000-000000000001")]))
                == .moveAlias(alias: "alias/cloudtrail-org-key", fromKey: Desk.otherKey, key: key))
        #expect(
            try bundle(Desk.live(tags: [Tag(key: "countersign:change", value: BundleFixture.id), Tag(key: "by-hand", value: "")]))
                == .setTags(key: key, tags: [Tag(key: "data-class", value: "audit")], removed: ["by-hand"]))
        #expect(
            try bundle(Desk.live(description: ""))
                == .setDescription(key: key, description: "Encrypts the organization's CloudTrail logs"))
        #expect(
            try bundle(Desk.live(grants: [LiveKey.Grant(id: "0c23", words: "somebody may Decrypt")])) == .revokeGrant(key: key, grantID: "0c23"))
        #expect(try bundle(Desk.live(trails: [(Desk.trail, nil)])) == .attachTrail(key: key, trail: Desk.trail))
    }

    @Test func `a change file for a trail is for the trail's account, with the policy that the key has`() throws {
        let live = try Desk.live(trails: [(Desk.trail, nil)])
        let finding = try #require(DriftComparison(try Desk.approved(), live).findings.first { $0.result == .differs })
        let change = try #require(ReturningChange(finding, stem: "back"))
        #expect(change.files.map(\.name) == ["back.keyPolicy.json"])
        #expect(change.files.map(\.text) == [live.policy])
        #expect(try Desk.prepare(change).target.account == "281474976710")
    }

    @Test func `nothing has changed: every facet is named, and all are the same`() throws {
        let comparison = DriftComparison(try Desk.approved(), try Desk.live())
        #expect(comparison.isSame)
        #expect(
            comparison.findings.map { "\($0.facet): \($0.words.joined(separator: "; "))" } == [
                "policy: byte-equal", "ram-policy: no policy beside the default one", "grants: no grants", "alias: alias/cloudtrail-org-key",
                "rotation: every 365 days", "tags: as approved", "state: Enabled", "description: as approved", "trail: \(Desk.trail)",
            ])
    }

    @Test func `docs/drift.md has a line for each facet, with the changes that bring it back`() throws {
        let page = String(decoding: try #require(FileManager.default.contents(atPath: PackageFolder.path + "/docs/drift.md")), as: UTF8.self)
        var lines: [String: Set<String>] = [:]
        for line in page.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            lines[cells[0].replacing("`", with: "")] = Set(cells[2].split(separator: "`").map(String.init).filter { ChangeKind(rawValue: $0) != nil })
        }
        // The default policy's change is tried in DriftPolicyTests.
        var tried: [String: Set<String>] = ["policy": ["put-key-policy"]]
        for item in Self.cases { tried[item.facet, default: []].formUnion(item.change.map { [$0.rawValue] } ?? []) }
        #expect(lines == tried)
    }

    @Test func `what no bundle has touched is not judged`() throws {
        var key = ApprovedKey(arn: BundleFixture.keyARN)
        key.apply("enable-key-rotation", of: try Desk.payload(.setRotation(key: BundleFixture.keyARN, rotationDays: 180)))
        let comparison = DriftComparison(key, try Desk.live(state: "Disabled", description: "x", policy: "{}", rotationDays: 180, tags: []))
        #expect(comparison.findings.map(\.facet) == ["ram-policy", "grants", "rotation"])
        #expect(comparison.isSame)
    }
}
