// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import Ledger
import Rehearsal
import StrictFormats
import Testing
import Trust

/// The process is thrown away after every commit that it made, with and without its last request carried out; then
/// `execute` and `resume` are run as a person would.
@Suite struct CrashTests {
    /// What the server had when a request left with the ledger at that size, and after it was carried out.
    struct Moment {
        let size: Int
        let before: KMSModel
        let after: KMSModel
    }

    /// Runs a bundle to some end and notes what the server had at each request.
    private static func run(_ world: World, _ paper: Ceremony.Paper, resumes: Int) throws -> [Moment] {
        var moments: [Moment] = []
        var pending: (size: Int, before: KMSModel)?
        let note = { (store: LedgerStore) in
            let check = world.kms.onSend
            world.kms.onSend = { operation, body in
                check(operation, body)
                if let pending { moments.append(Moment(size: pending.size, before: pending.before, after: world.kms.model)) }
                pending = (store.size, world.kms.model)
            }
        }
        let input = paper.input
        _ = try world.ended {
            try world.open { store in
                let step = world.step(store)
                note(store)
                return try step.execute(input)
            }
        }
        for _ in 0..<resumes {
            _ = try world.ended {
                try world.open { store in
                    let step = world.step(store)
                    note(store)
                    return try step.resume()
                }
            }
        }
        if let pending { moments.append(Moment(size: pending.size, before: pending.before, after: world.kms.model)) }
        return moments
    }

    /// What the server may have if the process died with the ledger at that size.
    private static func states(_ size: Int, _ moments: [Moment], initial: KMSModel) -> [KMSModel] {
        let last = moments.last { $0.size <= size }
        guard let last else { return [initial] }
        return last.size == size ? [last.before, last.after] : [last.after]
    }

    /// Faults before the crash: one of each sort of outcome, for each request.
    static let scripts: [[String: [Fault]]] = [
        [:], ["CreateKey": [.throttled]], ["CreateKey": [.cutAfter]], ["CreateKey": [.notSent, .errorAfter]], ["EnableKeyRotation": [.cutBefore]],
        ["EnableKeyRotation": [.errorAfter], "CreateAlias": [.throttled]], ["CreateAlias": [.cutAfter]], ["CreateAlias": [.cutBefore]],
        ["CreateAlias": [.accessDenied]], ["CreateKey": [.accessDenied]], ["EnableKeyRotation": [.expiredToken]],
    ]

    @Test(arguments: 0..<scripts.count)
    func `a crash after any commit, then execute and resume: one key, as approved, and a clean record`(script: Int) throws {
        let delay = script % 2 == 0 ? 4 : 0
        let world = try World()
        world.kms.model.delay = delay
        let paper = try world.createKey()
        let initial = world.kms.model
        world.kms.faults = Self.scripts[script]
        let moments = try Self.run(world, paper, resumes: 2)
        world.kms.faults = [:]
        let end = world.pace.now()
        let cut = world.folder + "/cut.sqlite"
        for size in try LedgerCut.commits(of: world.ledger) {
            for state in Self.states(size, moments, initial: initial) {
                try LedgerCut.copy(world.ledger, to: cut, size: size)
                world.kms.model = state
                let comment: Comment = "script \(script), delay \(delay), \(size) entries, \(state.keys.count) keys"
                let ended = try goOn(world, cut, paper)
                try world.expectCleanAudit(cut, comment)
                #expect(world.kms.model.keys.count <= 1, comment)
                let isEnded = try world.entries(cut).contains { [.executionCompleted, .executionFailed].contains($0.type) }
                let isLost = state.keys.isEmpty && ended == .refused("outcome-unknown", .tryAgain)
                // CreateKey that left and made nothing stays unknown: nobody can know that it never will.
                #expect(isEnded || isLost, "\(comment): \(ended)")
                if ended == .report(.completed) { world.expectOneWholeKey(comment) }
            }
        }
        #expect(world.pace.now() >= end)
    }

    @Test(arguments: KindTests.table.map(\.kind).filter { $0 != "create-key" })
    func `a crash after any commit of any other kind ends as approved, whether or not its request was carried out`(kind: String) throws {
        let change = Kinds.named(kind)
        let operations = try #require(KindTests.table.first { $0.kind == kind }).requests
        var scripts: [[String: [Fault]]] = [[:]]
        for operation in operations { for fault in [Fault.throttled, .cutBefore, .cutAfter] { scripts.append([operation: [fault]]) } }
        for (number, script) in scripts.enumerated() {
            let world = try World()
            world.kms.model.delay = number % 2 == 0 ? 0 : 3
            let paper = try world.paper(change)
            let initial = world.kms.model
            world.kms.faults = script
            let moments = try Self.run(world, paper, resumes: 1)
            world.kms.faults = [:]
            let cut = world.folder + "/cut.sqlite"
            for size in try LedgerCut.commits(of: world.ledger) {
                for state in Self.states(size, moments, initial: initial) {
                    try LedgerCut.copy(world.ledger, to: cut, size: size)
                    world.kms.model = state
                    let comment: Comment = "\(kind), script \(number), \(size) entries"
                    let ended = try goOn(world, cut, paper)
                    #expect(ended == .report(.completed), comment)
                    #expect(world.isAsApproved(change), comment)
                    try world.expectCleanAudit(cut, comment)
                }
            }
        }
    }

    /// What a person does: resume, as often as it asks for it; and execute where nothing was sent.
    private func goOn(_ world: World, _ path: String, _ paper: Ceremony.Paper) throws -> World.Ended {
        var ended = try world.ended { try world.open(path) { try world.step($0).resume() } }
        if ended == .refused("nothing-open", .answerIsNo) {
            let input = paper.input
            ended = try world.ended { try world.open(path) { try world.step($0).execute(input) } }
        }
        for _ in 0..<2 where ended != .report(.completed) {
            ended = try world.ended { try world.open(path) { try world.step($0).resume() } }
        }
        return ended
    }

    /// The process dies again and again, each time after some commit of a resume that chance picks, and with the request that
    /// was just sent carried out or not, as chance has it.
    @Test(arguments: 1...12)
    func `crash after crash of resume converges to one key, as approved`(seed: UInt64) throws {
        var chance = Chance(seed)
        let world = try World()
        world.kms.model.delay = Int(seed % 3)
        let paper = try world.createKey()
        world.kms.faults = ["CreateKey": [.cutAfter], "CreateAlias": [seed % 2 == 0 ? .cutAfter : .errorBefore]]
        _ = try world.ended { try world.execute(paper) }
        let path = world.folder + "/again.sqlite"
        let next = world.folder + "/next.sqlite"
        try LedgerCut.copy(world.ledger, to: path, size: try #require(try LedgerCut.commits(of: world.ledger).last))
        var crashes = 0
        while try world.entries(path).last?.type != .executionCompleted, crashes < 200 {
            let before = try #require(try LedgerCut.commits(of: path).last)
            var sends: [(size: Int, before: KMSModel)] = []
            _ = try world.ended {
                try world.open(path) { store in
                    let step = world.step(store)
                    let check = world.kms.onSend
                    world.kms.onSend = { operation, body in
                        check(operation, body)
                        sends.append((store.size, world.kms.model))
                    }
                    return try step.resume()
                }
            }
            let commits = try LedgerCut.commits(of: path).filter { $0 > before }
            guard !commits.isEmpty else { continue }
            let kept = commits[Int(chance.next() % UInt64(commits.count))]
            try LedgerCut.copy(path, to: next, size: kept)
            try LedgerCut.copy(next, to: path, size: kept)
            let isCarriedOut = chance.next() % 2 == 0
            if let undone = sends.first(where: { isCarriedOut ? $0.size > kept : $0.size >= kept }) { world.kms.model = undone.before }
            crashes += 1
            try world.expectCleanAudit(path, "seed \(seed), crash \(crashes)")
        }
        #expect(try world.entries(path).last?.type == .executionCompleted)
        #expect(world.kms.seen.filter { $0.operation == "CreateKey" }.count == 1)
        world.expectOneWholeKey("seed \(seed)")
    }

    /// A sequence that is the same each time (Knuth's MMIX).
    struct Chance: RandomNumberGenerator {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed }
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
