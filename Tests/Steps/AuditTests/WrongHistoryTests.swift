// SPDX-License-Identifier: Apache-2.0
// Histories whose every hash and signature is right, and which break one rule of formats.md §6 and §9 each.
import Bundles
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Audit
@testable import Ledger

/// One wrong history: what is changed in the good one, and the errors that must be found, with their entries.
struct Wrong: CustomTestStringConvertible, Sendable {
    let what: String
    let errors: [String]
    let change: @Sendable (inout Script) throws -> Void
    var testDescription: String { what }

    init(_ what: String, _ errors: String..., change: @escaping @Sendable (inout Script) throws -> Void) {
        (self.what, self.errors, self.change) = (what, errors, change)
    }

    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var script = Good.script()
        try change(&script)
        let verdict = try script.audited()
        #expect(verdict.found(.error) == errors, sourceLocation: sourceLocation)
        #expect(verdict.answer == .failed, sourceLocation: sourceLocation)
        for finding in verdict.findings { #expect(SafeText.isClean(finding.message), sourceLocation: sourceLocation) }
    }
}

/// The good history: 0 genesis, 1 received, 2 alice, 3 carol, 4 authorized, 5–6 preconditions, 7–9 create-key, 10–12 rotation,
/// 13–15 alias, 16–19 read back, 20 end.
@Suite struct WrongHistoryTests {
    static let bundles: [Wrong] = [
        Wrong("a bundle received twice", "bundle-twice 2") { $0.insert(Good.received(label: "again"), after: "received") },
        Wrong("an id that stands for two bundles", "bundle-id 4") {
            let twin = Good.made(BundleFixture.payload(.disableKey(key: BundleFixture.keyARN), ledger: Good.state))
            $0.insert(Good.received(twin, "11:45:00", label: "twin"), after: "carol")
        },
        Wrong("an entry about another bundle than its envelope's", "bundle-id 4", "bundle-digest 4") {
            $0.insert(
                Step("other", Good.other.digest, "11:45:00", artifacts: [Good.bundle.envelope.bytes]) { _ in
                    .bundleReceived(id: BundleFixture.id, envelope: Good.bundle.envelope.envelopeDigest)
                }, after: "carol")
            $0.data("other") { _ in .bundleReceived(id: BundleFixture.id, envelope: Good.bundle.envelope.envelopeDigest) }
            $0.remove("alice", "carol")
            $0.steps =
                Array($0.steps[..<2]) + [
                    Step("x", nil, "11:20:00") { _ in .executionRefused(code: "x", message: "") },
                    Step("y", nil, "11:20:00") { _ in .executionRefused(code: "x", message: "") },
                ] + [$0.steps[$0.index("other")]]
        },
        Wrong("an entry that gives the bundle another id", "bundle-id 1") {
            $0.data("received") { _ in .bundleReceived(id: BundleFixture.otherID, envelope: Good.bundle.envelope.envelopeDigest) }
        },
        Wrong("a bundle that is no bundle", "bundle-invalid 1") {
            $0 = Good.script(upTo: "received")
            $0.data("received", artifacts: [[0x7B, 0x7D]]) { _ in .bundleReceived(id: BundleFixture.id, envelope: Digest(ofText: "{}")) }
        },
        Wrong("a bundle that a stranger signed", "bundle-invalid 1") {
            $0 = Good.script(upTo: "received")
            let envelope = try sealed(.bundle, Good.bundle.payload.json, by: Keys.stranger)
            $0.data("received", artifacts: [envelope.bytes]) { _ in .bundleReceived(id: BundleFixture.id, envelope: envelope.envelopeDigest) }
        },
        Wrong("a bundle outside the newest root's limits", "bundle-invalid 2") {
            $0 = Good.script(upTo: "received")
            $0.insert(Good.trustUpdated([("/limits/regions", ["eu-west-1"])], "10:00:00").step, after: "genesis")
        },
        Wrong("a bundle for another ledger", "bundle-ledger 1") {
            let bundle = Good.made(BundleFixture.payload(ledger: LedgerState(origin: "example.com/other", size: 1, root: Good.state.root)))
            $0.steps = [Good.genesis, Good.received(bundle)]
        },
        Wrong("a bundle that pins another past", "bundle-ledger 1") {
            let bundle = Good.made(BundleFixture.payload(ledger: LedgerState(origin: Good.state.origin, size: 1, root: BundleFixture.ledgerRoot)))
            $0.steps = [Good.genesis, Good.received(bundle)]
        },
        Wrong("a bundle that pins its own future", "bundle-ledger 1") {
            let bundle = Good.made(BundleFixture.payload(ledger: LedgerState(origin: Good.state.origin, size: 2, root: Good.state.root)))
            $0.steps = [Good.genesis, Good.received(bundle)]
        },
    ]

    static let approvals: [Wrong] = [
        Wrong(
            "an approval before its bundle", "approval-before-bundle 1", "authorization-approval 4", "authorization-owners 4",
            "authorization-threshold 4", "sent-unapproved 8", "sent-unapproved 11", "sent-unapproved 14"
        ) {
            $0.move("alice", after: "genesis")
            $0.change("alice") { $0.time = date("2026-11-24T09:00:00Z") }
        },
        Wrong("an approval of another bundle", "approval-invalid 21") {
            $0.steps.append(
                Step("x", Good.bundle.digest, "12:40:00", artifacts: [Self.foreign.bytes]) { _ in Self.received(Self.foreign, "bob", Keys.bob) })
        },
        Wrong("an approval by the preparer", "approval-invalid 21") {
            $0.steps.append(
                Good.decided("x", try sealed(.approval, BundleFixture.statement(.approve, "dana", on: Good.bundle), by: Keys.dana), "12:40:00"))
        },
        Wrong("an approval by a stranger", "approval-invalid 21") {
            $0.steps.append(
                Good.decided("x", try sealed(.approval, BundleFixture.statement(.approve, "bob", on: Good.bundle), by: Keys.stranger), "12:40:00"))
        },
        Wrong("an entry that names another approver", "approval-differs 2") {
            $0.data("alice") { _ in Self.received(Good.alice, "bob", Keys.alice) }
        },
        Wrong("an entry that names another key", "approval-differs 2") { $0.data("alice") { _ in Self.received(Good.alice, "alice", Keys.bob) } },
        Wrong(
            "an entry that makes an approval of a reject", "approval-differs 4", "authorization-vetoed 5", "sent-after-reject 9",
            "sent-after-reject 12", "sent-after-reject 15"
        ) {
            $0.insert(
                Step("reject", Good.bundle.digest, "11:40:00", artifacts: [Good.reject.bytes]) { _ in Self.received(Good.reject, "bob", Keys.bob) },
                after: "carol")
        },
        Wrong("an approval of a text that this bundle does not have", "review-differs 21") {
            $0.steps.append(
                Good.decided(
                    "x", Good.approval(.approve, "bob", Keys.bob, review: ReviewReference(version: 1, digest: BundleFixture.ledgerRoot)), "12:40:00"))
        },
        Wrong("an approval of a policy that breaks what must be true of it", "assertion-failed 22") {
            $0.steps += try decidedLockout(.approve, 2)
        },
    ]

    /// A bundle whose policy lets nobody change it again, received and decided on after all.
    static func decidedLockout(_ decision: Decision, _ version: Int) throws -> [Step] {
        let deny = #"{"Action":"kms:PutKeyPolicy","Effect":"Deny","Principal":"*","Resource":"*","Sid":"No"},"#
        let bundle = Good.made(
            BundleFixture.payload(
                .putKeyPolicy(key: BundleFixture.keyARN), id: BundleFixture.otherID, ledger: Good.state, base: BundleFixture.policy("Old"),
                policy: BundleFixture.policy().replacing(#""Statement":["#, with: #""Statement":["# + deny)))
        let review = try Review(of: bundle, version: version).reference
        return [
            Good.received(bundle, "12:40:00", label: "locked"),
            Good.decided("x", Good.approval(decision, "bob", Keys.bob, on: bundle, review: review), on: bundle, "12:41:00"),
        ]
    }

    @Test func `an approval under version 1, and a reject, are no error where an assertion fails`() throws {
        for (decision, version) in [(Decision.approve, 1), (.reject, 1), (.reject, 2)] {
            var script = Good.script()
            script.steps += try Self.decidedLockout(decision, version)
            #expect(try script.audited().found(.error) == [], "\(decision) \(version)")
        }
    }

    static let foreign = Good.approval(.approve, "bob", Keys.bob, on: Good.other)

    static func received(_ envelope: Envelope, _ owner: String, _ key: PrivateKey) -> EntryData {
        .approvalReceived(
            EntryData.ApprovalReceived(
                envelope: envelope.envelopeDigest, payload: envelope.payloadDigest, decision: .approve, approver: owner, keyID: key.id))
    }

    static let authorizations: [Wrong] = [
        Wrong(
            "no authorization", "order 4", "order 5", "order 6", "sent-unapproved 7", "order 9", "sent-unapproved 10", "order 12",
            "sent-unapproved 13", "order 19"
        ) {
            $0.remove("authorized")
        },
        Wrong("authorized before the bundle was received", "order 1", "sent-unapproved 9", "sent-unapproved 12", "sent-unapproved 15") {
            $0.move("authorized", after: "genesis")
            $0.change("authorized") { $0.time = date("2026-11-24T09:00:00Z") }
            $0.insert(Step("x", nil, "11:40:00") { _ in .executionRefused(code: "x", message: "") }, after: "carol")
        },
        Wrong("authorized after the end", "order 21") { $0.steps.append(Good.authorized(Good.authorization(), "12:40:00", label: "again")) },
        Wrong("one approver alone", "authorization-threshold 4", "sent-unapproved 8", "sent-unapproved 11", "sent-unapproved 14") {
            $0.data("authorized") { _ in Good.authorization([Good.alice], owners: ["alice"]) }
        },
        Wrong("twice the same person", "authorization-threshold 5", "sent-unapproved 9", "sent-unapproved 12", "sent-unapproved 15") {
            let again = try BundleFixture.approval(.approve, "alice", Keys.alice, on: Good.bundle, [("/predicate/reason", "again")])
            $0.insert(Good.decided("again", again), after: "alice")
            $0.data("authorized") { _ in Good.authorization([Good.alice, again], owners: ["alice"]) }
        },
        Wrong("an owner more than approved", "authorization-owners 4") {
            $0.data("authorized") { _ in Good.authorization(owners: ["alice", "bob", "carol"]) }
        },
        Wrong("an owner fewer than approved", "authorization-owners 4") { $0.data("authorized") { _ in Good.authorization(owners: ["alice"]) } },
        Wrong(
            "an approval that was never recorded", "authorization-approval 4", "authorization-owners 4", "authorization-threshold 4",
            "sent-unapproved 8", "sent-unapproved 11", "sent-unapproved 14"
        ) {
            $0.data("authorized") { _ in Good.authorization([Good.alice, Good.bob], owners: ["alice", "bob"]) }
        },
        Wrong("an approval recorded only afterwards", "authorization-approval 3", "authorization-owners 3", "authorization-threshold 3") {
            $0.move("carol", after: "authorized")
            $0.change("carol") { $0.time = $0.time + 1200 }
        },
        Wrong(
            "a reject counted as an approval", "authorization-vetoed 5", "authorization-approval 5", "authorization-owners 5",
            "authorization-threshold 5", "sent-after-reject 9", "sent-unapproved 9", "sent-after-reject 12", "sent-unapproved 12",
            "sent-after-reject 15", "sent-unapproved 15"
        ) {
            $0.insert(Good.decided("reject", Good.reject), after: "carol")
            $0.data("authorized") { _ in Good.authorization([Good.alice, Good.reject], owners: ["alice", "bob"]) }
        },
        Wrong("authorized after a reject", "authorization-vetoed 5", "sent-after-reject 9", "sent-after-reject 12", "sent-after-reject 15") {
            $0.insert(Good.decided("reject", Good.reject), after: "carol")
        },
        Wrong(
            "an approval that had ended", "authorization-approval 4", "authorization-owners 4", "authorization-threshold 4", "sent-unapproved 8",
            "sent-unapproved 11", "sent-unapproved 14"
        ) {
            let ended = Good.approval(.approve, "alice", Keys.alice, expires: date("2026-11-24T11:50:00Z"))
            $0.steps[$0.index("alice")] = Good.decided("alice", ended)
            $0.data("authorized") { _ in Good.authorization([ended, Good.carol]) }
        },
        Wrong("another review than they approved", "authorization-review 4", "authorization-review 4") {
            $0.data("authorized", artifacts: [[0x78]]) { _ in Good.authorization(review: ReviewReference(version: 1, digest: Digest(ofText: "x"))) }
        },
        Wrong("an older root than the newest", "authorization-trust 5") {
            $0.insert(Good.trustUpdated([], "11:50:00").step, after: "carol")
        },
        Wrong("clocks that are 301 seconds apart", "authorization-clock 4") { $0.data("authorized") { _ in Good.authorization(local: "12:05:01") } },
        Wrong("before the window, by AWS's clock", "authorization-window 4") {
            $0.data("authorized") { _ in Good.authorization(local: "11:00:00", aws: "10:59:59") }
        },
        Wrong("another account", "authorization-identity 4") { $0.data("authorized") { _ in Good.authorization(account: "604183725191") } },
        Wrong("another role", "authorization-identity 4") {
            $0.data("authorized") { _ in Good.authorization(arn: "arn:aws:sts::604183725190:assumed-role/administrator/x") }
        },
        Wrong("the role without a session", "authorization-identity 4") {
            $0.data("authorized") { _ in Good.authorization(arn: "arn:aws:sts::604183725190:assumed-role/cloudtrail-key-executor/") }
        },
        Wrong("a session with a slash", "authorization-identity 4") {
            $0.data("authorized") { _ in Good.authorization(arn: "arn:aws:sts::604183725190:assumed-role/cloudtrail-key-executor/a/b") }
        },
        Wrong("the role of another account", "authorization-identity 4") {
            $0.data("authorized") { _ in Good.authorization(arn: "arn:aws:sts::604183725191:assumed-role/cloudtrail-key-executor/x") }
        },
        Wrong("a user of the role's name", "authorization-identity 4") {
            $0.data("authorized") { _ in Good.authorization(arn: "arn:aws:iam::604183725190:user/cloudtrail-key-executor") }
        },
        Wrong("the root user", "authorization-identity 4") {
            $0.data("authorized") { _ in Good.authorization(arn: "arn:aws:iam::604183725190:root") }
        },
        Wrong(
            "a bundle that no longer holds under the newest root", "authorization-bundle 5", "sent-unapproved 9", "sent-unapproved 12",
            "sent-unapproved 15"
        ) {
            let (step, root) = Good.trustUpdated([("/limits/operations", ["put-key-policy"])], "11:50:00")
            $0.insert(step, after: "carol")
            $0.data("authorized") { _ in Good.authorization(trust: root.reference) }
        },
        Wrong(
            "an approver who is none under the newest root", "authorization-approval 5", "authorization-owners 5", "authorization-threshold 5",
            "sent-unapproved 9", "sent-unapproved 12", "sent-unapproved 15"
        ) {
            let (step, root) = Good.trustUpdated([("/keys/\(Keys.carol.id.text)/owner", "caroline")], "11:50:00")
            $0.insert(step, after: "carol")
            $0.data("authorized") { _ in Good.authorization(trust: root.reference) }
        },
        Wrong("under a root that is over", "authorization-window 5", "sent-outside-window 9", "sent-outside-window 12", "sent-outside-window 15") {
            let (step, root) = Good.trustUpdated([("/expires", "2026-11-24T11:55:00Z")], "11:50:00")
            $0.insert(step, after: "carol")
            $0.data("authorized") { _ in Good.authorization(trust: root.reference) }
        },
        Wrong("while another execution is open", "two-executions 11", "two-executions 13", "two-executions 14") {
            let both = [("alice", Keys.alice), ("bob", Keys.bob)].map { Good.approval(.approve, $0.0, $0.1, on: Good.other) }
            $0.insert(
                Good.received(Good.other, "11:40:00", label: "received 2"), Good.decided("a2", both[0], on: Good.other),
                Good.decided("b2", both[1], on: Good.other), after: "carol")
            var next = [
                Good.authorized(
                    Good.authorization(both, owners: ["alice", "bob"], of: Good.other), "12:00:10", of: Good.other, label: "authorized 2"),
                Good.precondition("policy-is-base", of: Good.other),
            ]
            next[1].time = date("2026-11-24T12:00:10Z")
            next += Good.sending("put-key-policy", of: Good.other)
            $0.steps = Array($0.steps[..<$0.index("completed create-key")]) + []
            // 0–10: the first bundle is sent; 11 the second is authorized.
            $0.steps.remove(at: $0.index("no-tagged-key"))
            $0.steps += next
            $0.steps.append(Good.completed("create-key"))
        },
    ]

    @Test(arguments: bundles + approvals + authorizations) func `what was received, approved and authorized`(wrong: Wrong) throws {
        try wrong.check()
    }
}
