// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import Ledger
import StrictFormats
import Testing
import Trust

/// Whose clock counts, and what a window that closes does (design §4.2, formats.md §6).
@Suite struct ClockTests {
    @Test func `clocks more than five minutes apart stop before anything is sent`() throws {
        for skew in [301, -301] {
            let world = try World()
            world.kms.skew = skew
            #expect(try world.ended { try world.execute(world.createKey()) } == .refused("clock-skew", .notPermitted))
            #expect(world.kms.seen.isEmpty)
            try world.expectCleanAudit()
        }
    }

    @Test func `every answer is compared, and a clock that jumps stops the rest`() throws {
        let world = try World()
        let paper = try world.createKey()
        world.kms.onEffect = { if $0 == "CreateKey" { world.kms.skew = 400 } }
        #expect(try world.ended { try world.execute(paper) } == .refused("clock-skew", .notPermitted))
        #expect(try world.story().last == "execution-refused")
        #expect(try world.story().contains("request-completed"))
        world.kms.skew = 0
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `AWS's time decides the window where the clocks differ by less than five minutes`() throws {
        // By the local clock the window opens in two minutes, by AWS's it is open; and the other way round.
        let early = try World()
        early.kms.skew = 200
        #expect(try early.ended { try early.execute(early.createKey(opens: 120)) } == .report(.completed))
        try early.expectCleanAudit()
        let late = try World()
        late.kms.skew = -200
        #expect(try late.ended { try late.execute(late.createKey(opens: -120)) } == .refused("window-not-open", .notPermitted))
        #expect(late.kms.seen.isEmpty)
        try late.expectCleanAudit()
    }

    @Test func `far outside of the window AWS is not even asked`() throws {
        let world = try World()
        #expect(try world.ended { try world.execute(world.createKey(opens: -3_600, valid: -400)) } == .refused("window-over", .notPermitted))
        #expect(world.kms.reads.isEmpty)
    }

    @Test func `a window that closes between two requests ends the execution as abandoned`() throws {
        let world = try World()
        let paper = try world.createKey(valid: 100)
        world.kms.onEffect = { if $0 == "CreateKey" { world.pace.advance(200) } }
        let report = try world.execute(paper)
        #expect(report.ending == .abandoned)
        #expect(report.done == ["create-key"])
        #expect(try world.story().suffix(2) == ["request-completed", "execution-abandoned"])
        #expect(try world.ended { try world.resume() } == .report(.abandoned))
        #expect(world.kms.seen.map(\.operation) == ["CreateKey"])
        try world.expectCleanAudit()
    }

    @Test func `an unknown CreateKey is settled after the window, and the rest abandoned`() throws {
        let world = try World()
        world.kms.faults["CreateKey"] = [.cutAfter]
        _ = try world.ended { try world.execute(world.createKey(valid: 100)) }
        world.pace.advance(1_000)
        #expect(try world.ended { try world.resume() } == .report(.abandoned))
        #expect(try world.story().suffix(2) == ["request-resolved", "execution-abandoned"])
        try world.expectCleanAudit()
    }

    @Test func `when everything was sent, a closed window hinders no read-back`() throws {
        let world = try World()
        world.kms.faults["CreateAlias"] = [.cutAfter]
        _ = try world.ended { try world.execute(world.createKey(valid: 100)) }
        world.pace.advance(1_000)
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `a ledger dated far ahead by an earlier clock sends nothing under that date`() throws {
        let world = try World()
        let paper = try world.createKey(valid: 3_600)
        world.pace.advance(8_000)
        _ = try world.ended { try world.execute(paper) }
        world.pace.advance(-8_000)
        #expect(try world.ended { try world.execute(paper) } == .refused("ledger-time", .notPermitted))
        #expect(world.kms.seen.isEmpty)
        try world.expectCleanAudit()
    }

    @Test func `an open execution is not abandoned for a date of the ledger alone`() throws {
        let world = try World()
        world.kms.faults["EnableKeyRotation"] = [.cutBefore]
        _ = try world.ended { try world.execute(world.createKey(valid: 3_600)) }
        world.pace.advance(8_000)
        try world.open { try Receiving($0).refuse(Refusal("x", .notPermitted, "dated ahead"), bundle: nil, now: world.pace.now()) }
        world.pace.advance(-8_000)
        #expect(try world.ended { try world.resume() } == .refused("ledger-time", .notPermitted))
        #expect(world.kms.seen.map(\.operation) == ["CreateKey", "EnableKeyRotation"])
        try world.expectCleanAudit()
    }

    @Test func `an approval that runs out between two requests stops what is left, and new ones let it go on`() throws {
        let world = try World()
        let paper = try world.ceremony.paper(Ceremony.createKey, ledger: world.head, approvalsValid: 100)
        world.kms.onEffect = { if $0 == "CreateKey" { world.pace.advance(200) } }
        #expect(try world.ended { try world.execute(paper) } == .refused("approvals-missing", .notPermitted))
        world.kms.onEffect = { _ in }
        try world.open { store in
            for name in ["alice", "carol"] {
                try Receiving(store).approval(world.ceremony.decide(.approve, paper.bundle, name), for: paper.bundle, now: world.pace.now())
            }
        }
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }
}
