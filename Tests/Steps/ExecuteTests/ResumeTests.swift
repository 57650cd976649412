// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import Ledger
import Rehearsal
import StrictFormats
import Testing
import Trust

/// What may change between a crash and `resume`, and what `resume` says when there is nothing to go on with.
@Suite struct ResumeTests {
    /// Key made, rotation unknown and not carried out.
    private func halfDone(valid: Int = 86_400) throws -> (World, Ceremony.Paper) {
        let world = try World()
        let paper = try world.createKey(valid: valid)
        world.kms.faults["EnableKeyRotation"] = [.cutBefore]
        #expect(try world.ended { try world.execute(paper) } == .refused("outcome-unknown", .tryAgain))
        return (world, paper)
    }

    private func record(_ world: World, _ envelope: Envelope) throws {
        try world.open { _ = try Receiving($0).trustRoot(envelope, now: world.pace.now()) }
    }

    @Test func `a reject that is recorded meanwhile stops what is left, and a person ends it`() throws {
        let (world, paper) = try halfDone()
        try world.open {
            _ = try Receiving($0).approval(world.ceremony.decide(.reject, paper.bundle, "carol"), for: paper.bundle, now: world.pace.now())
        }
        for _ in 0..<2 { #expect(try world.ended { try world.resume() } == .refused("vetoed", .notPermitted)) }
        #expect(world.kms.seen.map(\.operation) == ["CreateKey", "EnableKeyRotation"])
        #expect(try world.entries().filter { $0.type == .executionRefused }.count == 1)
        #expect(try world.open { try ExecutionStep.abandon($0, reason: "vetoed", now: world.pace.now()) }.ending == .abandoned)
        try world.expectCleanAudit()
    }

    @Test func `a reject after the last send vetoes nothing`() throws {
        let world = try World()
        let paper = try world.createKey()
        world.kms.faults["CreateAlias"] = [.cutAfter]
        _ = try world.ended { try world.execute(paper) }
        try world.open {
            _ = try Receiving($0).approval(world.ceremony.decide(.reject, paper.bundle, "carol"), for: paper.bundle, now: world.pace.now())
        }
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `a newer root without an approver stops what is left until somebody else approves`() throws {
        let (world, paper) = try halfDone()
        try record(world, world.ceremony.nextRoot(approvers: ["alice", "carol"]))
        #expect(try world.ended { try world.resume() } == .refused("approvals-missing", .notPermitted))
        try world.open { store in
            _ = try Receiving(store).approval(
                world.ceremony.decide(.approve, paper.bundle, "carol"), for: Receiving(store).stored(paper.bundle.digest), now: world.pace.now())
        }
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `a newer root that forbids the change sends nothing more, and leaves what was sent to be settled and ended`() throws {
        let (world, _) = try halfDone()
        try record(world, world.ceremony.nextRoot(operations: ["put-key-policy"]))
        #expect(try world.ended { try world.resume() } == .refused("bundle-limits", .notPermitted))
        #expect(try world.story().contains("request-resolved"))
        #expect(world.kms.seen.count == 2)
        let report = try world.open { try ExecutionStep.abandon($0, reason: "no longer wanted", now: world.pace.now()) }
        #expect(report.done == ["create-key"])
        try world.expectCleanAudit()
    }

    @Test func `when everything was sent, a newer root that forbids the change hinders no read-back`() throws {
        let world = try World()
        world.kms.faults["CreateAlias"] = [.cutAfter]
        _ = try world.ended { try world.execute(world.createKey()) }
        try record(world, world.ceremony.nextRoot(operations: ["put-key-policy"]))
        #expect(try world.ended { try world.resume() } == .report(.completed))
        try world.expectCleanAudit()
    }

    @Test func `an expired newest root stops, and a newer one lets it go on`() throws {
        let (world, _) = try halfDone()
        try record(world, world.ceremony.nextRoot(lifetime: 3_600))
        world.pace.advance(4_000)
        #expect(try world.ended { try world.resume() } == .refused("trust-expired", .notPermitted))
        #expect(world.kms.seen.count == 2)
        try world.expectCleanAudit()
    }

    @Test func `the wrong identity settles nothing`() throws {
        let (world, _) = try halfDone()
        let caller = world.kms.caller
        world.kms.caller = EntryData.Identity(account: caller.account, arn: "arn:aws:iam::123456789012:user/eve", userID: "AIDA")
        let before = try world.entries().count
        #expect(try world.ended { try world.resume() } == .refused("identity-executor", .notPermitted))
        #expect(try world.entries().suffix(from: before).map(\.type) == [.executionRefused])
        world.kms.caller = caller
        #expect(try world.ended { try world.resume() } == .report(.completed))
        try world.expectCleanAudit()
    }

    @Test func `a read that is out of reach, after something was sent, is a matter for resume: 75`() throws {
        let world = try World()
        world.kms.onEffect = { if $0 == "CreateKey" { world.kms.readFailures["settings"] = [Refusal("aws-unreachable", .unavailable, "no route")] } }
        #expect(try world.ended { try world.execute(world.createKey()) } == .refused("aws-unreachable", .tryAgain))
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `a policy that does not read back as approved gets the key neither rotation nor alias`() throws {
        let world = try World()
        world.kms.onEffect = { if $0 == "CreateKey" { world.kms.model.keys[0].policies[0].text = Ceremony.otherPolicy } }
        #expect(try world.ended { try world.execute(world.createKey()) } == .refused("still-waiting", .tryAgain))
        #expect(world.kms.seen.map(\.operation) == ["CreateKey"])
        #expect(world.kms.model.aliases.isEmpty)
        world.kms.model.keys[0].policies[0].text = Ceremony.policy
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `what never reads back as approved is unknown, not completed`() throws {
        let world = try World()
        world.kms.onEffect = { if $0 == "CreateAlias" { world.kms.model.keys[0].rotation = (90, World.start) } }
        #expect(try world.ended { try world.execute(world.createKey()) } == .refused("expectation-differs", .tryAgain))
        try world.expectCleanAudit()
        world.kms.model.keys[0].rotation = (365, World.start)
        #expect(try world.ended { try world.resume() } == .report(.completed))
        try world.expectCleanAudit()
    }

    @Test func `a period of rotation that the server does not show is a warning`() throws {
        let world = try World()
        world.kms.model.showsRotationDays = false
        let report = try world.execute(world.createKey())
        #expect(report.ending == .completed)
        #expect(report.warnings == [#"rotation: the server does not show it ({"enabled":true})"#])
        try world.expectCleanAudit()
    }

    @Test func `resume in a ledger without an execution says so, and an older end is not the answer for a later beginning`() throws {
        let world = try World()
        #expect(try world.ended { try world.resume() } == .refused("nothing-open", .answerIsNo))
        _ = try world.execute(world.createKey())
        #expect(try world.ended { try world.resume() } == .report(.completed))
        let put = try world.putPolicy(base: Ceremony.otherPolicy)
        #expect(try world.ended { try world.execute(put) } == .refused("precondition-differs", .answerIsNo))
        #expect(try world.ended { try world.resume() } == .refused("nothing-open", .answerIsNo))
        try world.expectCleanAudit()
    }

    @Test func `abandoning a request that may have left calls it unknown first`() throws {
        let world = try World()
        world.wait = 2
        world.kms.faults["CreateKey"] = [.cutBefore]
        _ = try world.ended { try world.execute(world.createKey()) }
        let cut = world.folder + "/cut.sqlite"
        let all = try LedgerCut.commits(of: world.ledger)
        try LedgerCut.copy(world.ledger, to: cut, size: all[all.count - 2])
        let report = try world.open(cut) { try ExecutionStep.abandon($0, reason: "nobody knows", now: world.pace.now()) }
        #expect(report.ending == .abandoned)
        #expect(try world.story(cut).suffix(4) == ["request-intended", "request-sent", "request-unknown", "execution-abandoned"])
        #expect(world.kms.seen.count == 1)
        try world.expectCleanAudit(cut)
        #expect(
            try world.ended { try world.open(cut) { try ExecutionStep.abandon($0, reason: "", now: world.pace.now()) } }
                == .refused("nothing-open", .answerIsNo))
    }
}
