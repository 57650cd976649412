// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import Ledger
import Rehearsal
import StrictFormats
import Testing

/// Which key an unknown CreateKey is believed to have made (design §4.5, formats.md §9).
@Suite struct AdoptionTests {
    private static let unknown = World.Ended.refused("outcome-unknown", .tryAgain)

    /// A world in which CreateKey was cut after it took effect.
    private func cut() throws -> World {
        let world = try World()
        world.wait = 10
        world.kms.faults["CreateKey"] = [.cutAfter]
        #expect(try world.ended { try world.execute(world.createKey()) } == Self.unknown)
        #expect(world.kms.model.keys.count == 1)
        return world
    }

    /// What makes a key another one than was approved.
    static let flaws: [(String, @Sendable (inout KMSModel.Key) -> Void)] = [
        ("its description is not the one approved", { $0.description.write("mine", from: World.start) }),
        ("its tags are not exactly those approved", { $0.tags.write($0.tags.latest + [Tag(key: "more", value: "")], from: World.start) }),
        ("its tags are not exactly those approved", { $0.tags.write($0.tags.latest.dropLast(), from: World.start) }),
        ("its state is Disabled", { $0.state.write("Disabled", from: World.start) }),
        ("it was created at", { $0.created = World.start + -5 }),
        ("its policy is not the one approved", { $0.policies[0].text = Ceremony.otherPolicy }),
        ("it has grants", { $0.grants.write(["0c237476"], from: World.start) }),
        ("it is shared through AWS RAM", { $0.sharedPolicy = Ceremony.policy }),
    ]

    @Test(arguments: 0..<flaws.count)
    func `a key that carries the tag and differs in anything is not taken, and the text says in what`(flaw: Int) throws {
        let world = try cut()
        Self.flaws[flaw].1(&world.kms.model.keys[0])
        do {
            _ = try world.resume()
            Issue.record("the key was taken")
        } catch let refusal as Refusal {
            #expect(refusal.code == "outcome-unknown")
            #expect(refusal.category == .tryAgain)
            #expect(refusal.message.contains(Self.flaws[flaw].0), "\(refusal.message)")
        }
        #expect(world.kms.seen.count == 1)
        try world.expectCleanAudit()
    }

    @Test func `a creation date in the very second of the last date before the send is accepted`() throws {
        let world = try cut()
        world.kms.model.keys[0].created = World.start
        #expect(try world.ended { try world.resume() } == .report(.completed))
        try world.expectCleanAudit()
    }

    @Test func `a key that is still being made is taken, and waited for`() throws {
        let world = try World()
        world.kms.model.creating = 8
        world.kms.faults["CreateKey"] = [.cutAfter]
        _ = try world.ended { try world.execute(world.createKey()) }
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `of two keys with the tag none is taken`() throws {
        let world = try cut()
        var copy = world.kms.model.keys[0]
        copy = KMSModel.Key(
            id: "99999999-0000-4000-8000-000000000000", description: copy.description.latest, policies: copy.policies, tags: copy.tags.latest,
            created: copy.created,
            visibleFrom: copy.visibleFrom, enabledFrom: copy.enabledFrom)
        world.kms.model.keys.append(copy)
        #expect(try world.ended { try world.resume() } == Self.unknown)
        try world.expectCleanAudit()
    }

    @Test func `a key whose tags may not be read is not ours, and hides nothing`() throws {
        let world = try cut()
        var foreign = world.kms.model.keys[0]
        foreign = KMSModel.Key(
            id: "99999999-0000-4000-8000-000000000000", description: "", policies: foreign.policies, tags: foreign.tags.latest,
            created: foreign.created,
            visibleFrom: foreign.visibleFrom, enabledFrom: foreign.enabledFrom, deniesTags: true)
        world.kms.model.keys.append(foreign)
        #expect(try world.ended { try world.resume() } == .report(.completed))
        try world.expectCleanAudit()
    }

    @Test func `a listed key that is not known yet keeps the others from being taken`() throws {
        let world = try cut()
        world.wait = 0
        world.kms.readFailures["tags"] = [Refusal("aws-not-found", .noInput, "not yet")]
        var other = world.kms.model.keys[0]
        other = KMSModel.Key(
            id: "99999999-0000-4000-8000-000000000000", description: "", policies: other.policies, tags: [], created: other.created,
            visibleFrom: other.visibleFrom,
            enabledFrom: other.enabledFrom)
        world.kms.model.keys.insert(other, at: 0)
        #expect(try world.ended { try world.resume() } == Self.unknown)
        world.wait = 30
        #expect(try world.ended { try world.resume() } == .report(.completed))
        try world.expectCleanAudit()
    }

    @Test func `a key that shows later than the wait is found by the next resume`() throws {
        let world = try World()
        world.kms.model.delay = 60
        world.wait = 10
        world.kms.faults["CreateKey"] = [.cutAfter]
        _ = try world.ended { try world.execute(world.createKey()) }
        #expect(try world.ended { try world.resume() } == Self.unknown)
        world.wait = 120
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        #expect(world.kms.seen.filter { $0.operation == "CreateKey" }.count == 1)
        try world.expectCleanAudit()
    }

    @Test func `no wait is longer than the one asked for`() throws {
        let world = try World()
        world.wait = 7
        world.kms.faults["CreateKey"] = [.cutBefore]
        _ = try world.ended { try world.execute(world.createKey()) }
        let before = world.pace.slept
        #expect(try world.ended { try world.resume() } == Self.unknown)
        // Moments are whole seconds.
        #expect((7.0..<8.0).contains(world.pace.slept - before))
    }
}
