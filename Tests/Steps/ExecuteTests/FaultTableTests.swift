// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import Ledger
import Rehearsal
import StrictFormats
import Testing

/// Every request of both changes × every fault, then `resume` until it ends.
@Suite struct FaultTableTests {
    /// How the first command ends, and how the last one does.
    struct Cell {
        let operation: String
        let fault: Fault
        let first: World.Ended
        let last: World.Ended
        /// What the server has in the end.
        let keys: Int
        let sent: Int
    }

    static let unknown = World.Ended.refused("outcome-unknown", .tryAgain)
    static let failed = World.Ended.refused("request-failed", .answerIsNo)

    /// The expected ends (design §4.4, §4.5): what is proven not to have happened is sent again or fails for good;
    /// what is unknown is settled by reading, and CreateKey only if its key is found.
    static func cell(_ operation: String, _ fault: Fault) -> Cell {
        let isCreate = operation == "CreateKey"
        switch fault {
        case .notSent, .tlsFailure:
            return Cell(operation: operation, fault: fault, first: .report(.completed), last: .report(.completed), keys: 1, sent: 1)
        case .throttled, .conflict:
            return Cell(operation: operation, fault: fault, first: .report(.completed), last: .report(.completed), keys: 1, sent: 2)
        case .accessDenied, .accessDeniedHalf:
            return Cell(operation: operation, fault: fault, first: failed, last: .report(.failed), keys: isCreate ? 0 : 1, sent: 1)
        case .invalidState:
            // Right after the key was made its state may not show everywhere; of a key that was there before, the words are final.
            let isAfter = ["EnableKeyRotation", "CreateAlias"].contains(operation)
            return isAfter
                ? Cell(operation: operation, fault: fault, first: .report(.completed), last: .report(.completed), keys: 1, sent: 2)
                : Cell(operation: operation, fault: fault, first: failed, last: .report(.failed), keys: isCreate ? 0 : 1, sent: 1)
        case .expiredToken:
            return Cell(
                operation: operation, fault: fault, first: .refused("credentials-refused", .notPermitted), last: .report(.completed), keys: 1, sent: 2
            )
        case .cutBefore, .lateBefore, .errorBefore, .unavailableBefore, .strangeRefusal, .redirect:
            return Cell(
                operation: operation, fault: fault, first: unknown, last: isCreate ? unknown : .report(.completed), keys: isCreate ? 0 : 1,
                sent: isCreate ? 1 : 2)
        case .cutAfter, .lateAfter, .errorAfter, .unavailableAfter, .garbage, .noise, .wrongLength, .missingRequestID, .half:
            return Cell(operation: operation, fault: fault, first: unknown, last: .report(.completed), keys: 1, sent: 1)
        }
    }

    static let operations = ["CreateKey", "EnableKeyRotation", "CreateAlias", "PutKeyPolicy"]

    @Test(arguments: operations, Fault.allCases)
    func `each fault of each request ends as the table says`(operation: String, fault: Fault) throws {
        for delay in [0, 3] {
            let world = try World()
            world.kms.model.delay = delay
            let paper = operation == "PutKeyPolicy" ? try world.putPolicy() : try world.createKey()
            world.kms.faults[operation] = [fault]
            let cell = Self.cell(operation, fault)
            let comment: Comment = "\(operation) \(fault) delay \(delay)"
            #expect(try world.ended { try world.execute(paper) } == cell.first, comment)
            try world.expectCleanAudit(nil, comment)
            var last = World.Ended.report(.failed)
            for _ in 0..<2 {
                last = try world.ended { try world.resume() }
                try world.expectCleanAudit(nil, comment)
            }
            #expect(last == cell.last, comment)
            #expect(world.kms.model.keys.count == cell.keys, comment)
            #expect(world.kms.seen.filter { $0.operation == operation }.count == cell.sent, comment)
            if last == .report(.completed), operation != "PutKeyPolicy" { world.expectOneWholeKey(comment) }
            if operation == "PutKeyPolicy" {
                #expect(
                    world.kms.model.keys[0].policies.last?.text == (last == .report(.completed) ? Ceremony.otherPolicy : Ceremony.policy), comment)
            }
        }
    }

    @Test(arguments: Fault.allCases.filter { !$0.provesNothingHappened })
    func `CreateKey is never sent again after an unknown outcome, however often resume is run`(fault: Fault) throws {
        let world = try World()
        world.kms.faults["CreateKey"] = [fault]
        world.wait = 3
        _ = try world.ended { try world.execute(world.createKey()) }
        for _ in 0..<4 { _ = try world.ended { try world.resume() } }
        #expect(world.kms.seen.filter { $0.operation == "CreateKey" }.count == 1)
        #expect(world.kms.model.keys.count <= 1)
        try world.expectCleanAudit()
    }

    @Test(arguments: ["CreateKey", "EnableKeyRotation", "CreateAlias"])
    func `throttling without end leaves the execution open, and a later resume completes it`(operation: String) throws {
        let world = try World()
        world.kms.faults[operation] = [Fault](repeating: .throttled, count: 8)
        #expect(try world.ended { try world.execute(world.createKey()) } == .refused("throttled", .tryAgain))
        try world.expectCleanAudit()
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `a service out of reach uses nothing up, and the bundle may be executed again`() throws {
        let world = try World()
        let paper = try world.createKey()
        world.kms.faults["CreateKey"] = [.notSent, .notSent, .notSent]
        #expect(try world.ended { try world.execute(paper) } == .refused("not-sent", .unavailable))
        #expect(world.kms.seen.isEmpty)
        #expect(try world.ended { try world.execute(paper) } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `what never left does not keep another bundle from running`() throws {
        let world = try World()
        let put = try world.putPolicy()
        world.kms.faults["CreateKey"] = [.notSent, .notSent, .notSent]
        #expect(try world.ended { try world.execute(world.createKey()) } == .refused("not-sent", .unavailable))
        #expect(try world.ended { try world.execute(put) } == .report(.completed))
        try world.expectCleanAudit()
    }

    @Test func `a service out of reach after the first request is a matter for resume`() throws {
        let world = try World()
        world.kms.faults["EnableKeyRotation"] = [.notSent, .notSent, .notSent]
        #expect(try world.ended { try world.execute(world.createKey()) } == .refused("not-sent", .tryAgain))
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }
}
