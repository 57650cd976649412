// SPDX-License-Identifier: Apache-2.0
// Histories of a bundle whose plan was checked: the good one, and one for each way to lie about it.
import Bundles
import Cryptography
import DomainFixtures
import StrictFormats
import Testing
import Trust

@testable import Audit
@testable import Ledger

@Suite struct PlanCheckedTests {
    static let plan = Digest(ofText: "what terraform show -json said")

    static func statement(_ edits: [(String, JSONValue?)] = [], on bundle: VerifiedBundle = Good.bundle, trust: TrustReference? = nil) -> JSONValue {
        PlanCheckedStatement(
            bundleID: bundle.payload.id, bundle: bundle.digest, checker: "dana", plan: plan,
            approvals: [Good.alice, Good.carol].map(\.payloadDigest).sorted(), trust: trust ?? TrustFixture.first.reference,
            created: date("2026-11-24T11:50:00Z"), tool: "test/1"
        ).json.with(edits)
    }

    static func envelope(_ edits: [(String, JSONValue?)] = [], by keys: PrivateKey...) throws -> Envelope {
        try seal(statement(edits), by: keys.isEmpty ? [Keys.dana] : keys)
    }

    static func seal(_ json: JSONValue, by keys: [PrivateKey]) throws -> Envelope {
        let payload = JSONWriter.canonical(json)
        let message = PreAuthEncoding.message(type: PayloadType.approval.rawValue, payload: payload)
        return Envelope(
            type: .approval, payload: payload,
            signatures: try keys.map { EnvelopeSignature(keyID: $0.publicKey.id, signature: try $0.sign(message)) })
    }

    static func data(
        _ envelope: Envelope, payload: Digest? = nil, checker: String = "dana", keyID: Digest? = nil, plan: Digest = plan, approvals: [Digest]? = nil
    ) -> EntryData.PlanChecked {
        EntryData.PlanChecked(
            envelope: envelope.envelopeDigest, payload: payload ?? envelope.payloadDigest, checker: checker,
            keyID: keyID ?? envelope.signatures[0].keyID, plan: plan,
            approvals: approvals ?? [Good.alice, Good.carol].map(\.payloadDigest).sorted())
    }

    static func step(_ envelope: Envelope, _ data: EntryData.PlanChecked? = nil, _ time: String = "11:55:00", label: String = "checked") -> Step {
        let data = data ?? Self.data(envelope)
        return Step(label, Good.bundle.digest, time, artifacts: [envelope.bytes]) { _ in .planChecked(data) }
    }

    /// 0 genesis, 1 received, 2 alice, 3 carol, 4 the checked plan.
    static func script(_ step: Step) -> Script {
        var script = Good.script(upTo: "carol")
        script.steps.append(step)
        return script
    }

    @Test func `a checked plan on two approvals is sound, whoever of the three roles signed it`() throws {
        for (key, owner) in [(Keys.dana, "dana"), (Keys.alice, "alice"), (Keys.exec, "release-engineering")] {
            let envelope = try Self.envelope([("/predicate/checker", .string(owner))], by: key)
            let verdict = try Self.script(Self.step(envelope, Self.data(envelope, checker: owner))).audited()
            #expect(verdict.found(.error) == [], "\(owner)")
        }
    }

    @Test func `the statement is read as it is written, and its bytes are these`() throws {
        let envelope = try Self.envelope()
        let statement = try envelope.decodePayload(PlanCheckedStatement.init(json:))
        #expect(JSONWriter.canonical(statement.json) == envelope.payload)
        #expect(try PlanCheckedStatement.stands(in: envelope))
        #expect(try !PlanCheckedStatement.stands(in: Good.alice))
        let approvals = [Good.alice, Good.carol].map(\.payloadDigest).sorted().map { "\"\($0.text)\"" }.joined(separator: ",")
        let trust = TrustFixture.first.reference
        #expect(
            String(decoding: envelope.payload, as: UTF8.self)
                == #"{"_type":"https://in-toto.io/Statement/v1","predicate":{"approvals":[\#(approvals)],"checker":"dana","created":"2026-11-24T11:50:00Z","plan":{"sha256":"\#(Self.plan.text)"},"result":"exact","tool":"test/1","trust":{"digest":"\#(trust.digest.text)","version":1}},"predicateType":"urn:countersign:plan-checked:v1","subject":[{"digest":{"sha256":"\#(Good.bundle.digest.hex)"},"name":"\#(Good.bundle.payload.id)"}]}"#
        )
    }

    /// One lie in the signed statement: where, what, and what the audit says of it.
    struct Lie: Sendable, CustomTestStringConvertible {
        let pointer: String
        let value: JSONValue?
        let says: String
        var testDescription: String { "\(pointer) \(value.map { JSONWriter.canonicalText($0) } ?? "absent")" }
        init(_ pointer: String, _ value: JSONValue?, _ says: String) { (self.pointer, self.value, self.says) = (pointer, value, says) }
    }

    static let lies: [Lie] = [
        Lie("/_type", "https://in-toto.io/Statement/v0.1", "in the payload"),
        Lie("/predicateType", "urn:countersign:plan-checked:v2", "in the payload"),
        Lie("/predicateType", "urn:countersign:approval:v1", "in the payload"), Lie("/subject", [], "exactly one subject"),
        Lie("/subject/0/name", .string(BundleFixture.otherID), "it is about the bundle"),
        Lie("/subject/0/digest/sha256", .string(plan.hex), "it is about the bundle"),
        Lie("/subject/0/digest/sha256", .string(plan.text), "no SHA-256"),
        Lie("/predicate/checker", "alice", "no preparer's, approver's or ledger key"), Lie("/predicate/checker", "Dana", "in the payload"),
        Lie("/predicate/checker", nil, "checker"), Lie("/predicate/plan", .string(plan.text), "in the payload"),
        Lie("/predicate/plan/sha256", .string(plan.hex), "in the payload"), Lie("/predicate/plan/sha512", "x", "in the payload"),
        Lie("/predicate/result", "differs", "in the payload"), Lie("/predicate/approvals", [], "at least one"),
        Lie("/predicate/approvals", .strings([Good.alice, Good.carol].map(\.payloadDigest).sorted().reversed().map(\.text)), "in the order"),
        Lie("/predicate/approvals", .strings([Good.alice.payloadDigest.text]), "1 of 2 approvers"),
        Lie("/predicate/approvals", .strings([Good.alice.payloadDigest.text, Good.alice.payloadDigest.text]), "stands twice"),
        Lie("/predicate/approvals", .strings([Good.alice, Good.bob].map(\.payloadDigest).sorted().map(\.text)), "1 of 2 approvers"),
        Lie(
            "/predicate/approvals", .strings([Good.alice, Good.bob, Good.carol].map(\.payloadDigest).sorted().map(\.text)),
            "not recorded, does not hold, or had expired"),
        Lie("/predicate/trust/version", 2, "which is not the newest"), Lie("/predicate/trust/digest", .string(plan.text), "which is not the newest"),
        Lie("/predicate/created", "2026-11-24T10:59:59Z", "window opens"),
        Lie("/predicate/created", "2026-11-24T12:00:01Z", "later than the ledger's time"),
        Lie("/predicate/created", "2026-11-24", "in the payload"), Lie("/predicate/tool", nil, "tool"), Lie("/predicate/tool", 1, "in the payload"),
        Lie("/predicate/more", "x", "in the payload"),
    ]

    @Test(arguments: lies) func `each member of the statement is held against the bundle and the ledger`(_ lie: Lie) throws {
        let envelope = try Self.envelope([(lie.pointer, lie.value)])
        let findings = try Self.script(Self.step(envelope)).audited().findings.filter { $0.severity == .error }
        #expect(findings.map(\.code) == ["plan-checked-invalid"])
        #expect(findings.first?.message.contains(lie.says) ?? false, "\(findings.map(\.message))")
    }

    @Test func `each member of the entry is held against the statement`() throws {
        let envelope = try Self.envelope()
        let other = Digest(ofText: "other")
        let lies = [
            Self.data(envelope, payload: other), Self.data(envelope, checker: "alice"), Self.data(envelope, keyID: Keys.alice.id),
            Self.data(envelope, plan: other), Self.data(envelope, approvals: [Good.alice.payloadDigest]),
        ]
        for lie in lies { #expect(try Self.script(Self.step(envelope, lie)).audited().found(.error) == ["plan-checked-differs 4"]) }
    }

    @Test func `who signs, and what is signed, is checked`() throws {
        func errors(_ envelope: Envelope) throws -> [String] {
            try Self.script(Self.step(envelope)).audited().findings.filter { $0.severity == .error }.map { "\($0.code) \($0.message)" }
        }
        let good = try Self.envelope()
        let stranger = try errors(try Self.envelope(by: try PrivateKey.generate(.ed25519)))
        #expect(stranger.count == 1 && stranger[0].contains("a key of no trust root"))
        let two = try errors(try Self.envelope([], by: Keys.dana, Keys.alice))
        #expect(two.count == 1 && two[0].contains("exactly one signature"))
        let broken = Envelope(
            type: .approval, payload: good.payload,
            signatures: [EnvelopeSignature(keyID: Keys.dana.id, signature: [UInt8](repeating: 1, count: 64))])
        let found = try errors(broken)
        #expect(found.count == 1 && found[0].contains("does not verify"))
        // An approval is no checked plan.
        let approval = try errors(Good.alice)
        #expect(approval.count == 1 && approval[0].hasPrefix("plan-checked-invalid"))
    }

    @Test func `a checked plan stands once, after its approvals, before any reject`() throws {
        let envelope = try Self.envelope()
        var early = Self.script(Self.step(envelope, nil, "11:40:00"))
        early.move("checked", after: "alice")
        #expect(try early.audited().found(.error) == ["plan-checked-invalid 3"])
        var before = Self.script(Self.step(envelope, nil, "09:00:00"))
        before.move("checked", after: "genesis")
        #expect(try before.audited().found(.error) == ["order 1"])
        var twice = Self.script(Self.step(envelope))
        twice.steps.append(Self.step(envelope, nil, "11:56:00", label: "again"))
        #expect(try twice.audited().found(.error) == ["plan-checked-again 5"])
        var vetoed = Self.script(Self.step(envelope))
        vetoed.insert(Good.decided("no", Good.reject), after: "carol")
        #expect(try vetoed.audited().found(.error) == ["plan-checked-invalid 5"])
        var late = Self.script(Self.step(envelope))
        late.steps.append(Good.decided("no", Good.reject, "11:57:00"))
        #expect(try late.audited().found(.error) == [])
        #expect(try late.audited().found(.warning).contains("late-reject 5"))
        var over = Self.script(Self.step(envelope))
        over.change("checked") { $0.time = BundleFixture.expires }
        #expect(try over.audited().found(.error) == ["plan-checked-invalid 4"])
    }

    @Test func `one road alone: the executor after a checked plan, and a checked plan after the executor`() throws {
        let envelope = try Self.envelope()
        var executed = Good.script()
        executed.insert(Self.step(envelope), after: "carol")
        #expect(
            try executed.audited().found(.error) == [
                "plan-checked-executed 5", "plan-checked-executed 8", "plan-checked-executed 11", "plan-checked-executed 14",
            ])
        var after = Good.script()
        after.steps.append(Self.step(envelope, nil, "12:40:00"))
        #expect(try after.audited().found(.error) == ["plan-checked-executed 21"])
    }

    @Test func `a newer trust root counts too`() throws {
        let (update, root) = Good.trustUpdated([], "11:51:00")
        var script = Self.script(Self.step(try Self.envelope()))
        script.insert(update, after: "carol")
        #expect(try script.audited().found(.error) == ["plan-checked-invalid 5"])
        let under = try Self.seal(Self.statement([("/predicate/created", "2026-11-24T11:52:00Z")], trust: root.reference), by: [Keys.dana])
        script = Self.script(Self.step(under))
        script.insert(update, after: "carol")
        #expect(try script.audited().found(.error) == [])
    }
}
