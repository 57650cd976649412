// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import StrictFormats
import Testing
import Trust

@testable import Ledger

/// A disk that fills up between the intent and the outcome, at every request.
@Suite struct DiskTests {
    /// From here on the file may not grow: SQLite's own way of being full.
    private static func fill(_ store: LedgerStore) throws(Refusal) {
        let pages = try store.reader.door.integer("PRAGMA page_count") ?? 0
        try store.reader.door.execute("PRAGMA max_page_count = \(pages)")
    }

    @Test(arguments: ["CreateKey"])
    func `an answer that cannot be written down is found again by resume`(operation: String) throws {
        let world = try World()
        let paper = try world.createKey()
        let ended = try world.ended {
            try world.open { store in
                let step = world.step(store)
                world.kms.onEffect = { if $0 == operation { do { try Self.fill(store) } catch { Issue.record("\(error)") } } }
                return try step.execute(paper.input)
            }
        }
        world.kms.onEffect = { _ in }
        #expect(ended == .refused("ledger-io", .inputOutput))
        #expect(try world.story().last == "request-sent")
        try world.expectCleanAudit()
        #expect(try world.ended { try world.resume() } == .report(.completed))
        #expect(try world.story().contains("request-unknown"))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `a disk that is full from the start sends nothing`() throws {
        let world = try World()
        let paper = try world.createKey()
        let ended = try world.ended {
            try world.open { store in
                try Self.fill(store)
                return try world.step(store).execute(paper.input)
            }
        }
        #expect(ended == .refused("ledger-io", .inputOutput))
        #expect(world.kms.seen.isEmpty)
        try world.expectCleanAudit()
        #expect(try world.ended { try world.execute(paper) } == .report(.completed))
    }

    @Test func `a refusal that cannot be written down is told beside the full disk`() throws {
        let world = try World()
        let paper = try world.createKey(by: ["alice"])
        do {
            _ = try world.open { store in
                try Receiving(store).bundle(UnverifiedBundle(paper.bundle.envelope.bytes), now: world.pace.now())
                try Receiving(store).approval(paper.approvals[0], for: paper.bundle, now: world.pace.now())
                try Self.fillUp(store)
                return try world.step(store).execute(paper.input)
            }
            Issue.record("it was executed")
        } catch let refusal as Refusal {
            #expect(refusal.category == .inputOutput)
            #expect(refusal.details.contains { $0.contains("1 of 2 approvers") })
        }
    }

    /// Takes every byte that is left in the pages too.
    private static func fillUp(_ store: LedgerStore) throws(Refusal) {
        try fill(store)
        for size in [2_000, 500, 100, 20, 1] {
            do throws(Refusal) {
                while true { try store.append([Draft(.executionRefused(code: "x", message: String(repeating: "x", count: size)))], now: World.start) }
            } catch  where error.category == .inputOutput { continue }
        }
    }
}
