// SPDX-License-Identifier: Apache-2.0
// Wrong executions, correctly signed: requests, answers, read-backs, ends, and the ledger's own frame.
import Bundles
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Audit
@testable import Ledger

@Suite struct WrongExecutionTests {
    static func intent(
        _ name: String, attempt: Int = 1, service: String? = nil, target: String? = nil, pin: Digest? = nil, sent: Digest? = nil, body: Digest? = nil,
        endpoint: String? = nil
    ) -> EntryData {
        let good = Good.intent(name, attempt: attempt)
        return .requestIntended(
            EntryData.Intent(
                name: name, attempt: attempt, service: service ?? good.service, target: target ?? good.target, pin: pin ?? good.pin,
                sent: sent ?? good.sent,
                body: body ?? good.body, endpoint: endpoint ?? good.endpoint))
    }

    static let x = Digest(ofText: "x")

    static let requests: [Wrong] = [
        Wrong("a precondition without an authorization", "order 4", "order 5") {
            $0 = Good.script(upTo: "no-tagged-key")
            $0.remove("authorized")
        },
        Wrong("a precondition of no known name", "check-name 5") {
            $0.data("alias-free") { _ in .preconditionChecked(EntryData.Check(name: "alias-fre\u{202E}", result: .holds, observed: .object([]))) }
        },
        Wrong("a precondition that differed", "precondition-ignored 7", "precondition-ignored 10", "precondition-ignored 13") {
            $0.data("alias-free") { _ in .preconditionChecked(EntryData.Check(name: "alias-free", result: .differs, observed: .object([]))) }
        },
        Wrong(
            "a precondition that differed, then a new authorization without a new look", "precondition-ignored 8", "precondition-ignored 11",
            "precondition-ignored 14"
        ) {
            $0.data("alias-free") { _ in .preconditionChecked(EntryData.Check(name: "alias-free", result: .differs, observed: .object([]))) }
            $0.insert(Good.authorized(Good.authorization(), "12:00:05", label: "again"), after: "no-tagged-key")
        },
        Wrong(
            "a request that nobody planned", "request-unplanned 7", "order 10", "order 13", "order 16", "order 17", "order 18", "order 19",
            "end-done 20", "end-incomplete 20"
        ) {
            $0.data("intended create-key") { _ in
                .requestIntended(
                    EntryData.Intent(
                        name: "delete-alias", attempt: 1, service: "kms", target: "TrentService.DeleteAlias", pin: Self.x, sent: Self.x,
                        body: Good.intent("create-key").body, endpoint: "https://kms.us-east-1.amazonaws.com"))
            }
        },
        Wrong("the second request first", "order 7", "request-body 7") {
            $0 = Good.script(upTo: "no-tagged-key")
            $0.steps += Good.sending("enable-key-rotation")
        },
        Wrong("the third request second", "order 10") {
            $0 = Good.script(upTo: "completed create-key")
            $0.steps += Good.sending("create-alias")
        },
        Wrong("another approved pin", "request-pin 7") { $0.data("intended create-key") { _ in Self.intent("create-key", pin: Self.x) } },
        Wrong("another sent pin", "request-sent-pin 10") {
            $0.data("intended enable-key-rotation") { _ in Self.intent("enable-key-rotation", sent: Self.x) }
        },
        Wrong("another body", "request-body 7") {
            $0.data("intended create-key", artifacts: [[0x78]]) { _ in Self.intent("create-key", body: Self.x) }
        },
        Wrong("another target", "request-target 7") {
            $0.data("intended create-key") { _ in Self.intent("create-key", target: "TrentService.ReplicateKey") }
        },
        Wrong("a target that only Swift takes for the same", "request-target 7") {
            $0.data("intended create-key") { _ in Self.intent("create-key", target: "TrentService.Create\u{212A}ey") }
        },
        Wrong("another service", "request-target 7", "endpoint 7") {
            $0.data("intended create-key") { _ in Self.intent("create-key", service: "sts") }
        },
        Wrong("another endpoint", "endpoint 7") {
            $0.data("intended create-key") { _ in Self.intent("create-key", endpoint: "https://kms.us-east-2.amazonaws.com") }
        },
        Wrong("an endpoint in plain text", "endpoint 7") {
            $0.data("intended create-key") { _ in Self.intent("create-key", endpoint: "http://kms.us-east-1.amazonaws.com") }
        },
        Wrong("an attempt that is not counted from 1", "attempt 7") { $0.data("intended create-key") { _ in Self.intent("create-key", attempt: 2) } },
        Wrong("a request again after it took effect", "request-again 10", "attempt 10") {
            let again = Good.sending("create-key", suffix: " 2")
            $0 = Good.script(upTo: "completed create-key")
            $0.steps += again
        },
        Wrong("a request while another is not settled", "order 9", "order 9", "request-body 9") {
            $0 = Good.script(upTo: "sent create-key")
            $0.steps.append(Good.sending("enable-key-rotation")[0])
        },
        Wrong("CreateKey again after it was unknown, though it was found not applied", "create-key-again 11") {
            $0 = Good.script(upTo: "sent create-key")
            $0.steps += [Good.unknown("create-key"), Good.resolved("create-key", .notApplied)] + Good.sending("create-key", attempt: 2, suffix: " 2")
        },
        Wrong("sent before it was intended", "order 7") {
            $0 = Good.script(upTo: "intended create-key")
            $0.steps.append(Good.sending("create-key")[1])
            $0.remove("intended create-key")
            $0.change("sent create-key") {
                $0.joins = false
                $0.make = { _ in .requestSent(intent: 3, date: nil) }
            }
        },
        Wrong("sent twice", "order 9") {
            $0 = Good.script(upTo: "sent create-key")
            $0.steps.append(Step("again", Good.bundle.digest, "12:00:10") { .requestSent(intent: $0["intended create-key"] ?? 0, date: nil) })
        },
        Wrong("the intent and the sending in two transactions", "sent-apart 8") { $0.change("sent create-key") { $0.joins = false } },
        Wrong("an entry between the intent and the sending", "sent-apart 9") {
            $0.insert(Step("between", nil, "12:00:10", joins: true) { _ in .executionRefused(code: "x", message: "") }, after: "intended create-key")
        },
        Wrong("the intent of another bundle", "order 8") {
            $0 = Good.script(upTo: "sent create-key")
            $0.change("sent create-key") { $0.bundle = Good.other.digest }
        },
    ]

    static let times: [Wrong] = [
        Wrong("before the window, by AWS's clock", "sent-outside-window 8") {
            $0.data("sent create-key") { _ in .requestSent(intent: 7, date: date("2026-11-24T10:59:59Z")) }
        },
        Wrong("after the window, by AWS's clock", "sent-outside-window 14", "sent-unapproved 14") {
            $0.data("sent create-alias") { _ in .requestSent(intent: 13, date: date("2026-11-27T11:00:00Z")) }
        },
        Wrong("after the window, by the ledger's clock alone", "sent-outside-window 14", "sent-unapproved 14") {
            for index in $0.index("intended create-alias")..<$0.steps.count { $0.steps[index].time = date("2026-11-27T11:05:00Z") }
        },
        Wrong("with an approval that ended in between", "sent-unapproved 14") {
            let ended = Good.approval(.approve, "alice", Keys.alice, expires: date("2026-11-24T12:30:00Z"))
            $0.steps[$0.index("alice")] = Good.decided("alice", ended)
            $0.data("authorized") { _ in Good.authorization([ended, Good.carol]) }
            for index in $0.index("intended create-alias")..<$0.steps.count { $0.steps[index].time = date("2026-11-24T12:40:00Z") }
        },
        Wrong("after a reject", "sent-after-reject 12", "sent-after-reject 15") {
            $0.insert(Good.decided("reject", Good.reject, "12:00:10"), after: "completed create-key")
        },
        Wrong("after a newer root that no longer lists an approver", "sent-unapproved 12", "sent-unapproved 15") {
            $0.insert(Good.trustUpdated([("/keys/\(Keys.carol.id.text)/owner", "caroline")], "12:00:10").step, after: "completed create-key")
        },
        Wrong("after a newer root that asks for three approvers", "sent-unapproved 12", "sent-unapproved 15") {
            $0.insert(Good.trustUpdated([("/roles/approver/threshold", 3)], "12:00:10").step, after: "completed create-key")
        },
        Wrong("after a newer root that forbids the operation", "sent-unapproved 12", "sent-unapproved 15") {
            $0.insert(Good.trustUpdated([("/limits/operations", [])], "12:00:10").step, after: "completed create-key")
        },
        Wrong("under a root that is over", "sent-outside-window 12", "sent-outside-window 15") {
            $0.insert(Good.trustUpdated([("/expires", "2026-11-24T12:00:05Z")], "12:00:10").step, after: "completed create-key")
        },
    ]

    static let answers: [Wrong] = [
        Wrong("an answer without a request", "order 8") {
            $0 = Good.script(upTo: "intended create-key")
            $0.steps.append(Good.completed("create-key"))
        },
        Wrong("two answers", "order 10") {
            $0 = Good.script(upTo: "completed create-key")
            $0.steps.append(Good.failed("create-key"))
        },
        Wrong("a resolution of what was not unknown", "order 9") {
            $0 = Good.script(upTo: "sent create-key")
            $0.steps.append(Good.resolved("create-key", .applied))
        },
        Wrong("unknown after an answer", "order 10") {
            $0 = Good.script(upTo: "completed create-key")
            $0.steps.append(Good.unknown("create-key"))
        },
        Wrong("another key than the answer shows", "binding 9") {
            $0 = Good.script(upTo: "completed create-key")
            $0.data("completed create-key") { Self.bound($0, [EntryData.Bound(name: "keyId", value: BundleFixture.otherID)]) }
        },
        Wrong("no key", "binding 9", "binding 9") {
            $0 = Good.script(upTo: "completed create-key")
            $0.data("completed create-key", artifacts: [[0x7B, 0x7D]]) {
                Self.bound($0, [EntryData.Bound(name: "keyId", value: "x")], response: Digest(ofText: "{}"))
            }
        },
        Wrong("nothing bound", "binding 9") {
            $0 = Good.script(upTo: "completed create-key")
            $0.data("completed create-key") { Self.bound($0, []) }
        },
        Wrong("something bound by what binds nothing", "binding 12") {
            $0 = Good.script(upTo: "completed enable-key-rotation")
            $0.data("completed enable-key-rotation") { Self.bound($0, [EntryData.Bound(name: "keyId", value: BundleFixture.keyID)]) }
        },
        Wrong("an answer that is no JSON", "binding 9") {
            $0 = Good.script(upTo: "completed create-key")
            $0.data("completed create-key", artifacts: [[0xFF]]) {
                Self.bound($0, [EntryData.Bound(name: "keyId", value: BundleFixture.keyID)], response: Digest(of: [0xFF]))
            }
        },
        Wrong("what was not applied binds a key", "binding 10") {
            $0 = Good.script(upTo: "sent create-key")
            $0.steps += [
                Good.unknown("create-key"),
                Step("r", Good.bundle.digest, "12:00:10") { _ in
                    .requestResolved(
                        EntryData.Resolution(
                            intent: 7, outcome: .notApplied, evidence: .object([]),
                            binds: [EntryData.Bound(name: "keyId", value: BundleFixture.keyID)]))
                },
            ]
        },
        Wrong("an answer after the end", "order 11") {
            $0 = Good.script(upTo: "sent create-key")
            $0.steps += [
                Good.unknown("create-key"), Good.end(.executionAbandoned(EntryData.End(done: [], key: nil)), "12:00:10"),
                Good.resolved("create-key", .applied),
            ]
        },
    ]

    static func bound(_ data: EntryData, _ binds: [EntryData.Bound], response: Digest? = nil) -> EntryData {
        guard case .requestCompleted(let old) = data else { return data }
        return .requestCompleted(
            EntryData.Completion(intent: old.intent, status: 200, requestID: "r", date: old.date, response: response ?? old.response, binds: binds))
    }

    static let ends: [Wrong] = [
        Wrong("read back before the last request", "order 13", "end-unread 20") {
            $0.remove("read alias")
            $0.insert(Good.expectation("rotation"), after: "completed enable-key-rotation")
            $0.steps[13].label = "early"
            $0.steps[13].time = $0.steps[12].time
        },
        Wrong("an expectation that the bundle has not", "check-name 21") {
            $0.steps.insert(Good.expectation("tags"), at: 20)
            $0.steps.swapAt(20, 21)
            $0.steps[21].time = $0.steps[20].time
        },
        Wrong("an expectation not read back", "end-unread 19") { $0.remove("read rotation") },
        Wrong("an expectation that differed", "end-differs 20") {
            $0.data("read alias") { _ in .expectationChecked(EntryData.Check(name: "alias", result: .differs, observed: .object([]))) }
        },
        Wrong("a policy that holds without its grade", "check-grade 17") {
            $0.data("read key-policy") { _ in .expectationChecked(EntryData.Check(name: "key-policy", result: .holds, observed: .object([]))) }
        },
        Wrong("a policy that is different and holds", "check-grade 17") {
            $0.data("read key-policy") { _ in
                .expectationChecked(EntryData.Check(name: "key-policy", result: .holds, grade: "different", observed: .object([])))
            }
        },
        Wrong("read back after the end", "order 21") {
            $0.steps.append(Good.expectation("alias"))
            $0.steps[21].time = $0.steps[20].time
        },
        Wrong("more done than was", "end-done 20") {
            $0.data("end") { _ in .executionCompleted(EntryData.End(done: Good.requests + ["delete-alias"], key: Good.key)) }
        },
        Wrong("done in another order", "end-done 20") {
            $0.data("end") { _ in .executionCompleted(EntryData.End(done: Good.requests.reversed(), key: Good.key)) }
        },
        Wrong("another key", "end-key 20") {
            $0.data("end") { _ in
                .executionCompleted(
                    EntryData.End(
                        done: Good.requests,
                        key: EntryData.Key(
                            id: BundleFixture.otherID, arn: BundleFixture.keyARN.replacing(BundleFixture.keyID, with: BundleFixture.otherID))))
            }
        },
        Wrong("another id than the ARN's", "end-key 20") {
            $0.data("end") { _ in
                .executionCompleted(EntryData.End(done: Good.requests, key: EntryData.Key(id: BundleFixture.otherID, arn: BundleFixture.keyARN)))
            }
        },
        Wrong("completed before everything was", "end-incomplete 13", "end-unread 13", "end-unread 13", "end-unread 13", "end-unread 13") {
            $0 = Good.script(upTo: "completed enable-key-rotation")
            $0.steps.append(Good.end(.executionCompleted(EntryData.End(done: ["create-key", "enable-key-rotation"], key: Good.key))))
        },
        Wrong("failed with an open request", "order 10") {
            $0 = Good.script(upTo: "sent create-key")
            $0.steps += [Good.unknown("create-key"), Good.end(.executionFailed(EntryData.End(done: [], key: nil)))]
        },
        Wrong("abandoned with a request of which nothing is known", "order 9") {
            $0 = Good.script(upTo: "sent create-key")
            $0.steps.append(Good.end(.executionAbandoned(EntryData.End(done: [], key: nil))))
        },
        Wrong("two ends", "order 21") {
            $0.steps.append(Good.end(.executionAbandoned(EntryData.End(done: Good.requests, key: Good.key)), "12:40:00", label: "again"))
        },
        Wrong("sent after the end", "sent-after-end 21", "request-again 21", "attempt 21", "sent-after-end 22") {
            $0.steps += Good.sending("create-alias", "12:40:00", suffix: " 2")
        },
        Wrong("an intent from before the end, sent after it", "sent-apart 9", "sent-after-end 9") {
            $0 = Good.script(upTo: "intended create-key")
            $0.steps += [Good.end(.executionAbandoned(EntryData.End(done: [], key: nil)), "12:00:10"), Good.sending("create-key")[1]]
        },
    ]

    static let frames: [Wrong] = [
        Wrong("a number twice", "entry-number 3") { $0.change("carol") { $0.number = 2 } },
        Wrong("a time that goes back", "time-backwards 3") { $0.change("carol") { $0.time = date("2026-11-24T11:39:59Z") } },
        Wrong("an actor who is an approver", "actor 3") { $0.change("carol") { $0.actor = Actor(keyID: Keys.alice.id, owner: "alice", tool: "t") } },
        Wrong("an actor of another owner", "actor 3") { $0.change("carol") { $0.actor = Actor(keyID: Keys.exec.id, owner: "alice", tool: "t") } },
        Wrong("a genesis by another key than it names", "actor 0") {
            $0 = Good.script(upTo: "genesis")
            $0.change("genesis") { $0.actor = Actor(keyID: Keys.exec2.id, owner: "release-engineering", tool: "t") }
        },
        Wrong("a second genesis", "genesis-again 1") {
            $0 = Good.script(upTo: "genesis")
            var again = Good.genesis
            again.label = "again"
            $0.steps.append(again)
        },
        Wrong("an entry that is not canonical", "entry-malformed 3") {
            $0 = Good.script(upTo: "carol")
            $0.change("carol") { $0.raw = { [0x20] + $0 } }
            $0.more = []
            $0.change("carol") { $0.artifacts = [] }
        },
        Wrong("an entry with a member more", "entry-malformed 3") {
            $0 = Good.script(upTo: "carol")
            $0.change("carol") {
                $0.artifacts = []
                $0.raw = { Array(String(decoding: $0, as: UTF8.self).replacing(#""seq":3"#, with: #""note":1,"seq":3"#).utf8) }
            }
        },
        Wrong("an artifact that no entry names", "artifact-unnamed -") { $0.more = [[1, 2, 3]] },
        Wrong("an artifact that is not there", "artifact-missing 9") {
            $0 = Good.script(upTo: "completed create-key")
            $0.change("completed create-key") { $0.artifacts = [] }
        },
        Wrong("a checkpoint by another key", "checkpoint-signature 3") { $0.change("carol") { $0.signer = Keys.exec2 } },
        Wrong("checkpoints of another origin", "checkpoints-differ -", "checkpoint-differs 0") {
            $0 = Good.script(upTo: "alice")
            $0.origin = "example.com/other"
        },
        Wrong("a root that does not follow", "trust-update 1") {
            $0 = Good.script(upTo: "genesis")
            let envelope = try sealed(.trustRoot, TrustFixture.payload(version: 2, previous: BundleFixture.ledgerRoot), by: Keys.alice, Keys.carol)
            $0.steps.append(
                Step("t", nil, "10:00:00", artifacts: [envelope.bytes]) { _ in
                    .trustUpdated(envelope: envelope.envelopeDigest, trust: TrustReference(version: 2, digest: envelope.payloadDigest))
                })
        },
        Wrong("a root that only its own threshold signed", "trust-update 1") {
            $0 = Good.script(upTo: "genesis")
            let payload = TrustFixture.payload(version: 2, previous: TrustFixture.first.envelope.payloadDigest).with([
                ("/keys/\(Keys.stranger.id.text)", TrustFixture.key(Keys.stranger, "frank").1),
                ("/roles/root", TrustFixture.role(2, Keys.stranger, Keys.bob)),
            ])
            let envelope = try sealed(.trustRoot, payload, by: Keys.stranger, Keys.bob)
            $0.steps.append(
                Step("t", nil, "10:00:00", artifacts: [envelope.bytes]) { _ in
                    .trustUpdated(envelope: envelope.envelopeDigest, trust: TrustReference(version: 2, digest: envelope.payloadDigest))
                })
        },
        Wrong("an entry that names another root than it holds", "trust-reference 1") {
            $0 = Good.script(upTo: "genesis")
            $0.steps.append(Good.trustUpdated([], "10:00:00").step)
            $0.data("trust") { data in
                guard case .trustUpdated(let envelope, _) = data else { return data }
                return .trustUpdated(envelope: envelope, trust: TrustReference(version: 2, digest: BundleFixture.ledgerRoot))
            }
        },
        Wrong("the old ledger key after the transaction that brought a new one", "actor 2") {
            $0 = Good.script(upTo: "genesis")
            $0.steps.append(
                Good.trustUpdated(
                    [
                        ("/keys/\(Keys.exec.id.text)", nil), ("/keys/\(Keys.exec2.id.text)", TrustFixture.key(Keys.exec2, "platform").1),
                        ("/roles/ledger", TrustFixture.role(1, Keys.exec2)),
                    ], "10:00:00"
                ).step)
            $0.steps.append(Step("late", nil, "10:00:01") { _ in .executionRefused(code: "x", message: "") })
            $0.change("late") { $0.signer = Keys.exec2 }
        },
        Wrong("a new ledger key before it is in force", "actor 1", "checkpoint-signature 1") {
            $0 = Good.script(upTo: "genesis")
            $0.steps.append(Step("early", nil, "10:00:01") { _ in .executionRefused(code: "x", message: "") })
            $0.change("early") { ($0.signer, $0.actor) = (Keys.exec2, Actor(keyID: Keys.exec2.id, owner: "platform", tool: "t")) }
        },
        Wrong("a reconciliation whose window ends before it begins", "reconciled-window 1") {
            $0 = Good.script(upTo: "genesis")
            $0.steps.append(
                Step("r", nil, "10:00:00", artifacts: [[0x78]]) { _ in
                    .reconciled(
                        EntryData.Reconciliation(
                            from: date("2026-11-24T10:00:00Z"), to: date("2026-11-24T09:00:00Z"), explained: 0, unexplained: 0, missing: 0,
                            report: Self.x))
                })
        },
    ]

    @Test(arguments: requests) func `what was intended and sent`(wrong: Wrong) throws { try wrong.check() }
    @Test(arguments: times) func `when it was sent`(wrong: Wrong) throws { try wrong.check() }
    @Test(arguments: answers) func `what came back`(wrong: Wrong) throws { try wrong.check() }
    @Test(arguments: ends) func `what was read back, and how it ended`(wrong: Wrong) throws { try wrong.check() }
    @Test(arguments: frames) func `the frame: numbers, times, writers, artifacts, checkpoints, roots`(wrong: Wrong) throws { try wrong.check() }

    @Test func `a failure that its answer does not prove is a warning`() throws {
        for (status, code, isProven) in [
            (400, "AccessDeniedException", true), (500, "KMSInternalException", false), (nil, "not-sent", true),
            (nil, "AccessDeniedException", false),
        ] as [(Int?, String, Bool)] {
            var script = Good.script(upTo: "sent create-key")
            script.steps.append(Good.failed("create-key", code: code, status: status))
            #expect(try script.audited().found(.warning).contains("failed-unproven 9") == !isProven)
        }
    }
}
