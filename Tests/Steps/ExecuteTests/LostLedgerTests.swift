// SPDX-License-Identifier: Apache-2.0
// The ledger's file is taken away, put back from a backup, or spoilt, between an intent and its outcome.
import Execute
import Foundation
import Ledger
import Rehearsal
import StrictFormats
import Testing

@Suite struct LostLedgerTests {
    static let operations = ["CreateKey", "EnableKeyRotation", "CreateAlias"]

    @Test(arguments: operations) func `a ledger that is removed while it is written to stops the execution, with a word that says so`(
        operation: String
    ) throws {
        let world = try World()
        world.kms.onEffect = { if $0 == operation { for end in ["", "-wal", "-shm"] { unlink(world.ledger + end) } } }
        #expect(try world.ended { try world.execute(world.createKey()) } == .refused("ledger-moved", .inputOutput))
        // Nothing more was sent.
        #expect(world.kms.seen.last?.operation == operation)
        #expect(!FileManager.default.fileExists(atPath: world.ledger))
    }

    @Test(arguments: operations) func `a backup put in the place of a ledger stops the execution, and cannot run the bundle again`(operation: String)
        throws
    {
        let world = try World()
        let backup = world.folder + "/backup.sqlite"
        try FileManager.default.copyItem(atPath: world.ledger, toPath: backup)
        let paper = try world.createKey()
        world.kms.onEffect = { name in
            guard name == operation else { return }
            for end in ["-wal", "-shm"] { unlink(world.ledger + end) }
            rename(backup, world.ledger)
        }
        #expect(try world.ended { try world.execute(paper) } == .refused("ledger-moved", .inputOutput))
        world.kms.onEffect = { _ in }
        // The backup knows of nothing; the account does.
        #expect(try world.ended { try world.resume() } == .refused("nothing-open", .answerIsNo))
        let sent = world.kms.seen.count
        #expect(try world.ended { try world.execute(paper) } == .refused("precondition-differs", .answerIsNo))
        #expect(world.kms.seen.count == sent && world.kms.model.keys.count == 1)
        try world.expectCleanAudit()
    }

    @Test func `a backup of before a change of policy cannot run it again`() throws {
        let world = try World()
        let backup = world.folder + "/backup.sqlite"
        try FileManager.default.copyItem(atPath: world.ledger, toPath: backup)
        let paper = try world.putPolicy()
        #expect(try world.ended { try world.execute(paper) } == .report(.completed))
        rename(backup, world.ledger)
        #expect(try world.ended { try world.execute(paper) } == .refused("precondition-differs", .answerIsNo))
        #expect(world.kms.seen.count == 1)
    }

    @Test func `a checkpoint held elsewhere tells a backup from the ledger`() throws {
        let world = try World()
        let backup = world.folder + "/backup.sqlite"
        try FileManager.default.copyItem(atPath: world.ledger, toPath: backup)
        _ = try world.execute(world.createKey())
        let note = try #require(try LedgerReader(world.ledger).latestCheckpoint())
        rename(backup, world.ledger)
        #expect(
            try world.ended { try world.execute(world.createKey("7f0c0000-0000-4000-8000-000000000009"), since: note) }
                == .refused("ledger-shorter", .notPermitted))
    }

    /// Every page of the file, spoilt by turns: it is refused, or nothing of what was spoilt matters; never is anything sent
    /// that the rest of the ledger does not allow, and never does the program fall.
    @Test func `a spoilt page is refused before anything is sent`() throws {
        let world = try World()
        world.kms.faults["CreateAlias"] = [.cutAfter]
        _ = try world.ended { try world.execute(world.createKey()) }
        let whole = try #require(FileManager.default.contents(atPath: world.ledger))
        let sent = world.kms.seen.count
        var refused = 0
        for page in 0..<(whole.count / 4096) {
            var spoilt = whole
            for offset in stride(from: page * 4096 + 100, to: (page + 1) * 4096, by: 61) { spoilt[offset] ^= 0x5A }
            try spoilt.write(to: URL(fileURLWithPath: world.ledger))
            let ended = try world.ended { try world.resume() }
            switch ended {
            case .refused(_, let category):
                #expect([.badData, .inputOutput, .notPermitted].contains(category), "page \(page): \(ended)")
                refused += 1
                #expect(world.kms.seen.count == sent)
            case .report: break
            }
        }
        #expect(refused >= whole.count / 4096 / 2, "\(refused) of \(whole.count / 4096) pages")
        try whole.write(to: URL(fileURLWithPath: world.ledger))
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }
}
