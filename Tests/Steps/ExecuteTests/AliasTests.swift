// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import Ledger
import Rehearsal
import StrictFormats
import Testing

/// AlreadyExists after an unknown CreateAlias (formats.md §9), and late reads of what was unknown.
@Suite struct AliasTests {
    @Test func `an alias that was made after all, and shows late, is recognised as ours`() throws {
        let world = try World()
        world.kms.model.delay = 12
        world.kms.faults["CreateAlias"] = [.cutAfter]
        _ = try world.ended { try world.execute(world.createKey()) }
        #expect(try world.ended { try world.resume() } == .report(.completed))
        #expect(world.kms.seen.filter { $0.operation == "CreateAlias" }.count == 2)
        let story = try world.story()
        #expect(story.filter { $0 == "request-resolved" }.count == 2)
        #expect(!story.contains("request-failed"))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `an alias that shows only after the precondition was looked at is no difference`() throws {
        let world = try World()
        world.kms.model.delay = 5
        world.kms.faults["CreateAlias"] = [.cutAfter]
        _ = try world.ended { try world.execute(world.createKey()) }
        world.wait = 30
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `an alias that AWS calls existing and never shows leaves the outcome unknown`() throws {
        let world = try World()
        world.kms.faults["CreateAlias"] = [.cutAfter]
        world.kms.onEffect = {
            if $0 == "CreateAlias", let alias = world.kms.model.aliases[Ceremony.alias] {
                world.kms.model.aliases[Ceremony.alias] = (alias.key, alias.from + 1_000)
            }
        }
        _ = try world.ended { try world.execute(world.createKey()) }
        world.kms.onEffect = { _ in }
        for _ in 0..<2 { #expect(try world.ended { try world.resume() } == .refused("outcome-unknown", .tryAgain)) }
        try world.expectCleanAudit()
        world.pace.advance(2_000)
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `an alias that somebody else took meanwhile fails the execution, with the key on record`() throws {
        let world = try World()
        world.kms.onEffect = {
            if $0 == "EnableKeyRotation" { world.kms.model.aliases[Ceremony.alias] = ("11111111-0000-4000-8000-000000000000", World.start) }
        }
        #expect(try world.ended { try world.execute(world.createKey()) } == .refused("request-failed", .answerIsNo))
        guard case .executionFailed(let end)? = try world.entries().last?.data else {
            Issue.record("the last entry is no failure")
            return
        }
        #expect(end.done == ["create-key", "enable-key-rotation"])
        #expect(end.code == "AlreadyExistsException")
        #expect(end.key?.arn == KMSModel.arn("00000000-0000-4000-8000-000000000001"))
        try world.expectCleanAudit()
    }

    @Test func `after an unknown CreateAlias, an alias that leads elsewhere stops, and goes on when it is free`() throws {
        let world = try World()
        world.kms.faults["CreateAlias"] = [.cutBefore]
        _ = try world.ended { try world.execute(world.createKey()) }
        world.kms.model.aliases[Ceremony.alias] = ("11111111-0000-4000-8000-000000000000", World.start)
        #expect(try world.ended { try world.resume() } == .refused("precondition-differs", .answerIsNo))
        try world.expectCleanAudit()
        world.kms.model.aliases = [:]
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `a policy that shows late after an unknown PutKeyPolicy is no difference`() throws {
        let world = try World()
        let put = try world.putPolicy()
        world.kms.model.delay = 7
        world.kms.faults["PutKeyPolicy"] = [.cutAfter]
        _ = try world.ended { try world.execute(put) }
        #expect(try world.ended { try world.resume() } == .report(.completed))
        #expect(world.kms.model.keys[0].policies.last?.text == Ceremony.otherPolicy)
        try world.expectCleanAudit()
    }

    @Test func `what differed once and then shows as our own doing is on record as such before it is sent again`() throws {
        let world = try World()
        let put = try world.putPolicy()
        world.kms.faults["PutKeyPolicy"] = [.cutBefore]
        _ = try world.ended { try world.execute(put) }
        world.kms.readFailures["policy"] = []
        world.wait = 0
        // Settled as not applied; then somebody else's policy stands there, then the approved one.
        let base = world.kms.model.keys[0].policies
        world.kms.onEffect = { _ in }
        world.kms.onRead = { name in
            if name == "identity", world.kms.reads.filter({ $0 == "identity" }).count == 3 {
                world.kms.model.keys[0].policies.append((#"{"Statement":[],"Version":"2012-10-17"}"#, World.start))
            }
        }
        #expect(try world.ended { try world.resume() } == .refused("precondition-differs", .answerIsNo))
        world.kms.onRead = { _ in }
        world.kms.model.keys[0].policies = base + [(Ceremony.otherPolicy, World.start)]
        #expect(try world.ended { try world.resume() } == .report(.completed))
        try world.expectCleanAudit()
    }

    @Test func `a policy that is neither the new one nor the base is somebody else's: unknown, until a person decides`() throws {
        let world = try World()
        let put = try world.putPolicy()
        world.kms.faults["PutKeyPolicy"] = [.cutBefore]
        _ = try world.ended { try world.execute(put) }
        world.kms.model.keys[0].policies.append((#"{"Statement":[],"Version":"2012-10-17"}"#, World.start))
        #expect(try world.ended { try world.resume() } == .refused("outcome-unknown", .tryAgain))
        let report = try world.open { try ExecutionStep.abandon($0, reason: "the security team changed it", now: world.pace.now()) }
        #expect(report.ending == .abandoned)
        #expect(report.message == "the security team changed it")
        #expect(try world.ended { try world.resume() } == .report(.abandoned))
        #expect(try world.ended { try world.execute(put) } == .refused("bundle-already-executed", .notPermitted))
        try world.expectCleanAudit()
    }
}
