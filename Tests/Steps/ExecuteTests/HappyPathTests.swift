// SPDX-License-Identifier: Apache-2.0
import Bundles
import Execute
import Ledger
import Rehearsal
import StrictFormats
import Testing

@Suite struct HappyPathTests {
    static let sending = ["request-intended", "request-sent", "request-completed"]

    @Test func `a new key is made, given its rotation and its alias, read back and completed`() throws {
        let world = try World()
        let report = try world.execute(world.createKey())
        #expect(report.ending == .completed)
        #expect(report.done == ["create-key", "enable-key-rotation", "create-alias"])
        #expect(report.key == KMSModel.arn("00000000-0000-4000-8000-000000000001"))
        #expect(
            try world.story() == ["execution-authorized", "precondition-checked", "precondition-checked"] + Self.sending + Self.sending + Self.sending
                + ["expectation-checked", "expectation-checked", "expectation-checked", "expectation-checked", "execution-completed"])
        world.expectOneWholeKey()
        #expect(world.kms.seen.map(\.operation) == ["CreateKey", "EnableKeyRotation", "CreateAlias"])
        try world.expectCleanAudit()
    }

    @Test func `a key's policy is changed against its base`() throws {
        let world = try World()
        let report = try world.execute(world.putPolicy())
        #expect(report.ending == .completed)
        #expect(world.kms.model.keys[0].policies.map(\.text) == [Ceremony.policy, Ceremony.otherPolicy])
        #expect(
            try world.story() == ["execution-authorized", "precondition-checked"] + Self.sending + ["expectation-checked", "execution-completed"])
        try world.expectCleanAudit()
    }

    @Test func `each request names the last date of AWS that was seen before it`() throws {
        let world = try World()
        world.kms.skew = -40
        _ = try world.execute(world.createKey())
        let dates = try world.entries().compactMap { entry -> Instant? in if case .requestSent(_, let date) = entry.data { date } else { nil } }
        #expect(dates == [World.start + -40, World.start + -39, World.start + -38])
    }

    @Test func `the wait for a new key is bounded, and what shows late is waited for`() throws {
        let world = try World()
        world.kms.model.delay = 6
        world.kms.model.creating = 5
        #expect(try world.execute(world.createKey()).ending == .completed)
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }
}
