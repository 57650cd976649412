// SPDX-License-Identifier: Apache-2.0
// Every kind of change, from its first look to its read-back.
import Bundles
import Execute
import Ledger
import Rehearsal
import StrictFormats
import Testing
import Trust

@Suite struct KindTests {
    /// The requests of each kind, and what is read back (formats.md §4).
    static let table: [(kind: String, requests: [String], expectations: [String])] = [
        ("create-key", ["CreateKey", "EnableKeyRotation", "CreateAlias"], ["key-settings", "key-policy", "rotation", "alias"]),
        ("put-key-policy", ["PutKeyPolicy"], ["key-policy"]), ("set-rotation", ["EnableKeyRotation"], ["rotation"]),
        ("add-alias", ["CreateAlias"], ["alias"]), ("move-alias", ["UpdateAlias"], ["alias"]),
        ("set-tags", ["TagResource", "UntagResource"], ["tags"]), ("set-description", ["UpdateKeyDescription"], ["description"]),
        ("attach-trail", ["UpdateTrail"], ["trail"]), ("disable-key", ["DisableKey"], ["key-state"]), ("enable-key", ["EnableKey"], ["key-state"]),
        ("schedule-deletion", ["ScheduleKeyDeletion"], ["key-state"]), ("cancel-deletion", ["CancelKeyDeletion", "EnableKey"], ["key-state"]),
        ("revoke-grant", ["RevokeGrant"], ["grant-absent"]),
    ]

    @Test(arguments: table.map(\.kind), [0, 4]) func `each kind is carried out once, read back and completed`(kind: String, delay: Int) throws {
        let world = try World()
        world.kms.model.delay = delay
        let row = try #require(Self.table.first { $0.kind == kind })
        let change = Kinds.named(kind)
        #expect(change.kind.rawValue == kind)
        let report = try world.execute(try world.paper(change))
        #expect(report.ending == .completed)
        #expect(world.kms.seen.map(\.operation) == row.requests)
        #expect(world.isAsApproved(change))
        let read = try world.entries().compactMap { entry -> String? in
            if case .expectationChecked(let check) = entry.data, check.result == .holds { check.name } else { nil }
        }
        #expect(read == row.expectations)
        try world.expectCleanAudit()
        #expect(try world.ended { try world.resume() } == .report(.completed))
    }

    @Test func `every kind that there is stands in the table`() {
        #expect(Set(Self.table.map(\.kind) + ["acknowledge"]) == Set(ChangeKind.allCases.map(\.rawValue)))
    }

    @Test func `an acknowledgement sends nothing and ends at once`() throws {
        let world = try World()
        let paper = try world.paper(.acknowledge(events: ["0b7d3a32-6e3f-4c0f-9c5f-2b1de6f3a111"], reason: "an emergency, CHG-9"))
        let report = try world.execute(paper)
        #expect(report.ending == .completed && report.done.isEmpty && report.key == nil)
        #expect(world.kms.seen.isEmpty && world.kms.reads == ["identity"])
        #expect(try world.story() == ["execution-authorized", "execution-completed"])
        try world.expectCleanAudit()
        #expect(try world.ended { try world.execute(paper) } == .refused("bundle-already-executed", .notPermitted))
    }

    /// What is wrong with the account, and the code that says so; nothing is sent.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let kind: String
        let code: String
        let words: String
        let spoil: @Sendable (inout KMSModel) -> Void
        var testDescription: String { "\(kind): \(words)" }

        init(_ kind: String, _ code: String, _ words: String, _ spoil: @escaping @Sendable (inout KMSModel) -> Void) {
            (self.kind, self.code, self.words, self.spoil) = (kind, code, words, spoil)
        }
    }

    static let wrongs: [Wrong] = [
        Wrong("set-rotation", "key-missing", "there is no key") { $0.keys = [] },
        Wrong("set-rotation", "key-state", "EnableKeyRotation is not possible for a key whose state is Disabled") {
            $0.keys[0].state.write("Disabled", from: World.start)
        },
        Wrong("set-rotation", "key-type", "only symmetric encryption keys") { $0.keys[0].keySpec = "RSA_2048" },
        Wrong("add-alias", "precondition-differs", "the alias alias/logs is taken already") { $0.aliases[Kinds.alias] = ("somebody", World.start) },
        Wrong("add-alias", "key-state", "CreateAlias is not possible for a key whose state is PendingDeletion") {
            $0.keys[0].state.write("PendingDeletion", from: World.start)
        },
        Wrong("move-alias", "precondition-differs", "the alias alias/logs does not lead to the key that it should be moved from") {
            $0.aliases[Kinds.alias] = ("somebody", World.start)
        },
        Wrong("move-alias", "precondition-differs", "the alias alias/logs does not lead to the key that it should be moved from") {
            $0.aliases = [:]
        },
        Wrong("move-alias", "key-type", "the alias leads to a key of another type") { $0.keys[0].keyUsage = "SIGN_VERIFY" },
        Wrong("set-tags", "tag-quota", "the key would have 51 tags") {
            $0.keys[0].tags.write((1...50).map { Tag(key: "t\($0)", value: "") }, from: World.start)
        },
        Wrong("set-tags", "key-state", "TagResource is not possible") { $0.keys[0].state.write("PendingDeletion", from: World.start) },
        Wrong("set-description", "key-state", "UpdateKeyDescription is not possible") {
            $0.keys[0].state.write("PendingDeletion", from: World.start)
        },
        Wrong("attach-trail", "trail-missing", "there is no trail") { $0.trails = [:] },
        Wrong("attach-trail", "trail-home-region", "the trail's home Region is eu-west-1") { $0.trails[Kinds.trail]?.homeRegion = "eu-west-1" },
        Wrong("disable-key", "key-state", "DisableKey is not possible") { $0.keys[0].state.write("PendingDeletion", from: World.start) },
        Wrong("enable-key", "key-state", "EnableKey is not possible") { $0.keys[0].state.write("PendingDeletion", from: World.start) },
        Wrong("schedule-deletion", "key-state", "ScheduleKeyDeletion is not possible") {
            $0.keys[0].state.write("PendingDeletion", from: World.start)
        },
        Wrong("schedule-deletion", "key-in-use", "the key encrypts a trail: \(Kinds.trail)") {
            $0.trails[Kinds.trail] = KMSModel.Trail(homeRegion: "us-east-1", key: Kinds.key, from: World.start)
        },
        Wrong("cancel-deletion", "key-state", "CancelKeyDeletion is not possible for a key whose state is Enabled") {
            $0.keys[0].state.write("Enabled", from: World.start)
        },
        Wrong("revoke-grant", "grant-missing", "the key has no grant") { $0.keys[0].grants.write([], from: World.start) },
        Wrong("put-key-policy", "precondition-differs", "the key's policy is not the base that was approved") {
            $0.keys[0].policies.append((Ceremony.otherPolicy, World.start))
        },
    ]

    @Test(arguments: wrongs) func `what does not hold before is refused, on record, and nothing is sent`(wrong: Wrong) throws {
        let world = try World()
        let paper = try world.paper(Kinds.named(wrong.kind))
        wrong.spoil(&world.kms.model)
        do {
            _ = try world.execute(paper)
            Issue.record("it was executed")
        } catch let refusal as Refusal {
            #expect(refusal.code == wrong.code && refusal.category == .answerIsNo)
            #expect(refusal.message.hasPrefix(wrong.words), "\(refusal.message)")
        }
        #expect(world.kms.seen.isEmpty)
        guard case .executionRefused(let code, _)? = try world.entries().last?.data else {
            Issue.record("the refusal is not on record")
            return
        }
        #expect(code == wrong.code)
        try world.expectCleanAudit()
    }

    @Test func `a trail that cannot deliver is not attached, as far as anybody can see`() throws {
        let world = try World()
        world.wait = 3
        let paper = try world.paper(Kinds.named("attach-trail"))
        world.kms.onEffect = { if $0 == "UpdateTrail" { world.kms.model.trails[Kinds.trail]?.deliveryError = "AccessDenied" } }
        #expect(try world.ended { try world.execute(paper) } == .refused("expectation-differs", .tryAgain))
        world.kms.model.trails[Kinds.trail]?.deliveryError = nil
        #expect(try world.ended { try world.resume() } == .report(.completed))
        try world.expectCleanAudit()
    }

    @Test func `a policy that does not let CloudTrail write is refused by UpdateTrail, for good`() throws {
        let world = try World()
        let paper = try world.paper(Kinds.named("attach-trail"))
        world.kms.model.otherKeys[Kinds.otherKey] = KMSModel.OtherKey(policy: Ceremony.policy)
        do {
            _ = try world.execute(paper)
            Issue.record("it was attached")
        } catch let refusal as Refusal {
            #expect(refusal.code == "request-failed")
            #expect(refusal.message.hasPrefix("UpdateTrail was refused by AWS: InsufficientEncryptionPolicyException"))
        }
        try world.expectCleanAudit()
    }

    @Test func `a deletion that somebody else scheduled is not taken for ours`() throws {
        let world = try World()
        world.wait = 3
        let paper = try world.paper(Kinds.named("schedule-deletion"))
        world.kms.faults["ScheduleKeyDeletion"] = [.cutBefore]
        #expect(try world.ended { try world.execute(paper) } == FaultTableTests.unknown)
        world.kms.model.keys[0].state.write("PendingDeletion", from: World.start)
        world.kms.model.keys[0].deletion = world.pace.now() + 7 * 86_400
        #expect(try world.ended { try world.resume() } == FaultTableTests.unknown)
        #expect(world.kms.seen.count == 1)
        try world.expectCleanAudit()
    }

    /// It was carried out and shows later than is waited for: sent again it is refused by the very state that it brought about.
    @Test(arguments: [
        ("revoke-grant", "RevokeGrant"), ("schedule-deletion", "ScheduleKeyDeletion"), ("cancel-deletion", "CancelKeyDeletion"),
        ("add-alias", "CreateAlias"),
    ])
    func `a refusal that an own lost request explains is looked into, and is no failure`(kind: String, operation: String) throws {
        let world = try World()
        world.kms.model.delay = 9
        let paper = try world.paper(Kinds.named(kind))
        world.kms.faults[operation] = [.cutAfter]
        #expect(try world.ended { try world.execute(paper) } == FaultTableTests.unknown)
        #expect(try world.ended { try world.resume() } == .report(.completed))
        #expect(world.kms.seen.filter { $0.operation == operation }.count == 2)
        #expect(world.isAsApproved(Kinds.named(kind)))
        #expect(try world.entries().filter { $0.type == .requestUnknown }.count == 2)
        try world.expectCleanAudit()
    }

    @Test func `a refusal that nothing of ours explains ends the execution`() throws {
        let world = try World()
        world.wait = 3
        world.kms.faults["ScheduleKeyDeletion"] = [.cutBefore, .invalidState]
        #expect(try world.ended { try world.execute(world.paper(Kinds.named("schedule-deletion"))) } == FaultTableTests.unknown)
        #expect(try world.ended { try world.resume() } == FaultTableTests.failed)
        #expect(try world.story().suffix(3) == ["request-unknown", "request-resolved", "execution-failed"])
        #expect(try world.ended { try world.resume() } == .report(.failed))
        try world.expectCleanAudit()
    }

    @Test(arguments: table.map(\.kind)) func `each kind can be rehearsed, to the same end and with the same requests`(kind: String) throws {
        let world = try World()
        let row = try #require(Self.table.first { $0.kind == kind })
        let paper = try world.paper(Kinds.named(kind))
        let before = try world.entries()
        let copy = try LedgerStore(copyInMemoryOf: world.ledger, tool: "test/1")
        let pace = RehearsalPace(world.pace.now())
        let payload = paper.bundle.payload
        let service = ModelService(KMSModel(before: payload, now: pace.now()), target: payload.target, pace: pace)
        var events: [ExecutionEvent] = []
        let report = try ExecutionStep(store: copy, service: service, pace: pace) { events.append($0) }.execute(paper.input)
        #expect(report.ending == .completed && report.warnings.isEmpty)
        #expect(events.compactMap { if case .sending(let operation) = $0 { operation } else { nil } } == row.requests)
        #expect(events.compactMap { if case .readingBack(let expectation) = $0 { expectation } else { nil } } == row.expectations)
        #expect(try world.entries() == before)
        #expect(world.kms.seen.isEmpty && world.kms.reads.isEmpty)
    }
}
