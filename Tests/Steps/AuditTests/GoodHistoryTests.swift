// SPDX-License-Identifier: Apache-2.0
// Histories that the format allows: not one of them is called wrong.
import Bundles
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Audit
@testable import Ledger

extension AuditVerdict {
    /// Code and entry of each finding of one severity.
    func found(_ severity: Finding.Severity) -> [String] {
        findings.filter { $0.severity == severity }.map { "\($0.code) \($0.entry.map(String.init) ?? "-")" }
    }
}

@Suite struct GoodHistoryTests {
    func check(_ script: Script, warnings: [String] = [], notes: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let verdict = try script.audited()
        #expect(verdict.found(.error) == [], sourceLocation: sourceLocation)
        #expect(verdict.found(.warning).sorted() == (warnings + ["unwitnessed-tail -"]).sorted(), sourceLocation: sourceLocation)
        #expect(verdict.found(.note) == notes, sourceLocation: sourceLocation)
        #expect(verdict.answer == .verified, sourceLocation: sourceLocation)
        #expect(verdict.size == script.steps.count, sourceLocation: sourceLocation)
    }

    @Test func `a new key, from receipt to completion`() throws {
        try check(Good.script())
        let verdict = try Good.script().audited(anchored: false)
        #expect(verdict.answer == .unanchored)
        #expect(verdict.bundles == 1)
    }

    @Test func `every prefix of it, and an open execution is a warning`() throws {
        let whole = Good.script()
        for count in 1...whole.steps.count {
            var script = whole
            script.steps.removeSubrange(count...)
            let isOpen = script.steps.contains { $0.label == "sent create-key" } && count < whole.steps.count
            // An intent without its sending is a crash between two programs' transactions; it never left.
            try check(script, warnings: isOpen ? ["execution-open -"] : [])
        }
    }

    @Test func `a throttled request is sent again, CreateKey too`() throws {
        var script = Good.script()
        script.remove("completed create-key")
        let again = Good.sending("create-key", attempt: 2, suffix: " 2") + [Good.completed("create-key", suffix: " 2")]
        script.insert(Good.failed("create-key"), again[0], again[1], again[2], after: "sent create-key")
        try check(script)
    }

    @Test func `a connection that never came about does not use the bundle up, and another may run`() throws {
        var script = Good.script(upTo: "sent create-key")
        script.steps.append(Good.failed("create-key", code: "not-sent", status: nil))
        script.steps += [Good.received(Good.other, "12:00:11", label: "received 2")]
        let approvals = [("alice", Keys.alice), ("bob", Keys.bob)].map { Good.approval(.approve, $0.0, $0.1, on: Good.other) }
        script.steps += approvals.enumerated().map { Good.decided("other \($0)", $1, on: Good.other, "12:00:11") }
        script.steps.append(
            Good.authorized(
                Good.authorization(approvals, owners: ["alice", "bob"], of: Good.other), "12:00:12", of: Good.other, label: "authorized 2"))
        script.steps += Good.sending("put-key-policy", "12:00:13", of: Good.other) + [Good.completed("put-key-policy", "12:00:14", of: Good.other)]
        script.steps += [
            Good.expectation("key-policy", of: Good.other),
            Good.end(.executionCompleted(EntryData.End(done: ["put-key-policy"], key: nil)), of: Good.other),
        ]
        try check(script)
    }

    @Test func `an unknown CreateKey is settled by reading, and adopted with a note`() throws {
        var script = Good.script()
        script.remove("completed create-key")
        script.insert(Good.unknown("create-key"), Good.resolved("create-key", .applied), after: "sent create-key")
        try check(script, notes: ["adopted 10"])
    }

    @Test func `an unknown alias that was not applied is sent again`() throws {
        var script = Good.script()
        script.remove("completed create-alias")
        let again = Good.sending("create-alias", attempt: 2, suffix: " 2") + [Good.completed("create-alias", suffix: " 2")]
        script.insert(
            Good.unknown("create-alias"), Good.resolved("create-alias", .notApplied), again[0], again[1], again[2], after: "sent create-alias")
        try check(script)
    }

    @Test func `ends: failed after a definite error, abandoned while unknown, abandoned before anything`() throws {
        var script = Good.script(upTo: "sent create-key")
        script.steps += [
            Good.failed("create-key", code: "AccessDeniedException"),
            Good.end(.executionFailed(EntryData.End(done: [], key: nil, code: "AccessDeniedException", message: ""))),
        ]
        try check(script)
        script = Good.script(upTo: "sent create-key")
        script.steps += [Good.unknown("create-key"), Good.end(.executionAbandoned(EntryData.End(done: [], key: nil)))]
        try check(script, warnings: ["abandoned-unknown 10"])
        script = Good.script(upTo: "completed create-key")
        script.steps.append(Good.end(.executionAbandoned(EntryData.End(done: ["create-key"], key: Good.key, code: "window-over", message: "late"))))
        try check(script)
    }

    @Test func `authorized again on resume, approvals recorded twice, refusals anywhere`() throws {
        var script = Good.script()
        script.insert(
            Good.authorized(Good.authorization(local: "12:00:12", aws: "12:00:10"), "12:00:10", label: "again"), after: "completed create-key")
        script.insert(Good.decided("alice again", Good.alice), after: "alice")
        script.steps.append(Step("refused", Good.bundle.digest, "12:30:00") { _ in .executionRefused(code: "bundle-already-executed", message: "") })
        script.steps.append(Step("refused 2", Good.other.digest, "12:30:00") { _ in .executionRefused(code: "bundle-signature", message: "") })
        script.steps.append(Step("refused 3", nil, "12:30:00") { _ in .executionRefused(code: "json-empty", message: "\u{202E}") })
        try check(script)
    }

    @Test func `what the server does not show, a reject too late, and a clock behind are warnings`() throws {
        var script = Good.script()
        script.data("read rotation") { _ in
            .expectationChecked(EntryData.Check(name: "rotation", result: .notShown, observed: .object([("enabled", true)])))
        }
        script.steps.append(Good.decided("reject", Good.reject, "12:40:00"))
        script.change("reject") { $0.clockBehind = 61 }
        try check(script, warnings: ["not-shown 18", "clock-behind 21", "late-reject 21"])
    }

    @Test func `a precondition that differed and holds now`() throws {
        var script = Good.script()
        script.insert(Good.precondition("alias-free", .differs), after: "authorized")
        script.steps[5].label = "alias taken"
        try check(script)
    }

    @Test func `a newer root: what holds under both goes on`() throws {
        var script = Good.script()
        let (step, root) = Good.trustUpdated([("/limits/maxValiditySeconds", 300_000), ("/keys/\(Keys.exec.id.text)/owner", "platform")], "11:50:00")
        script.insert(step, after: "carol")
        script.data("authorized") { _ in Good.authorization(trust: root.reference) }
        for index in script.index("authorized")..<script.steps.count {
            script.steps[index].actor = Actor(keyID: Keys.exec.id, owner: "platform", tool: "test/1")
        }
        try check(script)
    }

    @Test func `a newer root with another ledger key: the old one writes up to it, the new one after it`() throws {
        var script = Good.script(upTo: "carol")
        let (step, _) = Good.trustUpdated(
            [
                ("/keys/\(Keys.exec.id.text)", nil), ("/keys/\(Keys.exec2.id.text)", TrustFixture.key(Keys.exec2, "platform").1),
                ("/roles/ledger", TrustFixture.role(1, Keys.exec2)),
            ], "11:50:00")
        let platform = Actor(keyID: Keys.exec2.id, owner: "platform", tool: "test/1")
        var after = Step("after", nil, "11:51:00") { _ in .executionRefused(code: "x", message: "") }
        (after.actor, after.signer) = (platform, Keys.exec2)
        script.steps += [step, after]
        try check(script)
        // The new key may bring its own root; the old one writes nothing after it, not within that transaction either: who takes checkpoints away could
        // make a transaction as long as he likes (decision record 0025).
        script.change("trust") { ($0.actor, $0.signer) = (platform, Keys.exec2) }
        try check(script)
        script.change("after") { ($0.joins, $0.actor) = (true, Step("", nil, "00:00:00") { _ in .executionRefused(code: "", message: "") }.actor) }
        #expect(try script.audited().found(.error) == ["actor 5"])
    }

    @Test func `a root that says more than it needs gives notes`() throws {
        var script = Good.script(upTo: "genesis")
        let envelope = try sealed(
            .trustRoot, TrustFixture.payload(version: 2, previous: TrustFixture.first.envelope.payloadDigest), by: Keys.alice, Keys.carol,
            Keys.stranger)
        let reference = TrustReference(version: 2, digest: envelope.payloadDigest)
        script.steps.append(
            Step("trust", nil, "10:00:00", artifacts: [envelope.bytes]) { _ in .trustUpdated(envelope: envelope.envelopeDigest, trust: reference) })
        try check(script, notes: ["trust-signature-ignored 1"])
    }

    @Test func `an acknowledgement needs two people and no request`() throws {
        let bundle = Good.made(BundleFixture.payload(.acknowledge(events: [BundleFixture.otherID], reason: "an emergency"), ledger: Good.state))
        let approvals = [("alice", Keys.alice), ("carol", Keys.carol)].map { Good.approval(.approve, $0.0, $0.1, on: bundle) }
        let end = Good.end(.executionCompleted(EntryData.End(done: [], key: nil)), of: bundle)
        let script = Script(steps: [
            Good.genesis, Good.received(bundle), Good.decided("alice", approvals[0], on: bundle), Good.decided("carol", approvals[1], on: bundle),
            Good.authorized(Good.authorization(approvals, of: bundle), of: bundle), end,
        ])
        try check(script)
        var alone = script
        alone.remove("alice", "carol", "authorized")
        #expect(try alone.audited().found(.error) == ["order 2"])
    }
}
