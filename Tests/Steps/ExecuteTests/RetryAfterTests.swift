// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import Ledger
import Rehearsal
import StrictFormats
import Testing

/// What `Retry-After` does to the sends of an execution. The jitter of these tests is half of its most: 0.5, 1, 2, 4 seconds, …
@Suite struct RetryAfterTests {
    private func throttled(_ times: Int, asks: Int?, wait: Int = 30, valid: Int = 86_400) throws -> (World, Ceremony.Paper, World.Ended) {
        let world = try World()
        world.wait = wait
        world.kms.faults["CreateKey"] = [Fault](repeating: .throttled, count: times)
        world.kms.retryAfter = asks
        let paper = try world.createKey(valid: valid)
        return (world, paper, try world.ended { try world.execute(paper) })
    }

    @Test(arguments: [(nil, 1, 0.5), (0, 1, 0.5), (7, 1, 7.0), (2, 3, 6.0), (1, 3, 4.0), (29, 1, 29.0)] as [(Int?, Int, Double)])
    func `the pause is the larger of jitter and wish`(_ asks: Int?, _ times: Int, _ slept: Double) throws {
        let (world, _, ended) = try throttled(times, asks: asks)
        #expect(ended == .report(.completed))
        #expect(world.pace.slept == slept)
        #expect(world.kms.seen.filter { $0.operation == "CreateKey" }.count == times + 1)
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test(arguments: [30, 86_400]) func `a wish past the wait stops at once: nothing is slept, nothing is lost, and resume goes on`(_ asks: Int)
        throws
    {
        let (world, _, ended) = try throttled(1, asks: asks)
        #expect(ended == .refused("throttled", .tryAgain))
        #expect(world.pace.slept == 0)
        #expect(world.kms.seen.count == 1)
        #expect(try world.story().suffix(3) == ["request-intended", "request-sent", "request-failed"])
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `the message says what is asked for and what is left`() throws {
        let world = try World()
        world.kms.faults["CreateKey"] = [.throttled, .throttled]
        world.kms.retryAfter = 20
        let refusal = try #require(throws: Refusal.self) { try world.execute(try world.createKey()) }
        // A second for the send, twenty for the pause, a second for the next send.
        #expect(
            refusal.message
                == "CreateKey was not accepted: ThrottlingException: ThrottlingException; AWS asks to be left alone for 20 seconds, and 8 are left")
        #expect(world.pace.slept == 20)
    }

    @Test func `a wish past the window of the bundle is not slept for either`() throws {
        let (world, _, ended) = try throttled(1, asks: 60, wait: 600, valid: 30)
        #expect(ended == .refused("throttled", .tryAgain))
        #expect(world.pace.slept == 0)
        world.pace.advance(60)
        #expect(try world.ended { try world.resume() } == .report(.abandoned))
        try world.expectCleanAudit()
    }

    @Test func `who waits is told for what and until when`() throws {
        let world = try World()
        world.kms.faults["CreateKey"] = [.throttled]
        world.kms.retryAfter = 7
        let paper = try world.createKey()
        var heard: [ExecutionEvent] = []
        _ = try world.open { store in
            try ExecutionStep(store: store, service: world.kms, pace: world.pace, wait: 30, progress: { heard.append($0) }).execute(paper.input)
        }
        #expect(heard.contains(.waiting(for: "AWS, which asks for a pause", until: World.start + 8)))
    }
}
