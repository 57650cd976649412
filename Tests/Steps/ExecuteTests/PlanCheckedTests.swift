// SPDX-License-Identifier: Apache-2.0
import Bundles
import Cryptography
import Execute
import Ledger
import Rehearsal
import StrictFormats
import Testing
import Trust

/// A checked plan in the ledger: taken in once, and the executor leaves the bundle alone.
@Suite struct PlanCheckedReceivingTests {
    /// What is told otherwise than it is.
    struct Lie {
        var checker: String?
        var bundle: Digest?
        var trust: TrustReference?
        var approvals: [Digest] = []
        var seconds = 0
        var key: PrivateKey?
        var isSpoiled = false
    }

    static func record(
        _ world: World, _ paper: Ceremony.Paper, plan: String = "plan", by name: String = "dana", approvals: Bool = true, _ lie: Lie = Lie()
    ) throws -> String {
        try world.open { store in
            let receiving = Receiving(store)
            let bundle = try receiving.bundle(try UnverifiedBundle(paper.input.bundle.bytes), now: world.pace.now())
            let envelopes = try paper.input.approvals.map { try Envelope($0.bytes, expecting: .approval) }
            if approvals { for envelope in envelopes { try receiving.approval(envelope, for: bundle, now: world.pace.now()) } }
            let statement = PlanCheckedStatement(
                bundleID: bundle.payload.id, bundle: lie.bundle ?? bundle.digest, checker: lie.checker ?? name, plan: Digest(ofText: plan),
                approvals: (envelopes.map(\.payloadDigest) + lie.approvals).sorted(), trust: lie.trust ?? world.ceremony.root.reference,
                created: world.pace.now() + lie.seconds, tool: "test/1")
            let payload = JSONWriter.canonical(statement.json)
            let key = lie.key ?? world.ceremony.key(name)
            let signature = try key.sign(PreAuthEncoding.message(type: PayloadType.approval.rawValue, payload: payload))
            let envelope = Envelope(
                type: .approval, payload: payload,
                signatures: [
                    EnvelopeSignature(keyID: key.publicKey.id, signature: lie.isSpoiled ? signature.map { $0 ^ 1 } : signature)
                ])
            do throws(Refusal) {
                try receiving.planCheck(envelope, for: bundle, now: world.pace.now())
                return "recorded"
            } catch {
                return error.code
            }
        }
    }

    private func checks(_ world: World) throws -> Int { try world.entries().filter { $0.type == .planChecked }.count }

    @Test func `a checked plan is taken in once, and nothing is sent for its bundle any more`() throws {
        let world = try World()
        let paper = try world.createKey()
        #expect(try Self.record(world, paper) == "recorded")
        #expect(try Self.record(world, paper) == "recorded")
        #expect(try checks(world) == 1)
        #expect(try Self.record(world, paper, plan: "another plan") == "plan-checked-already")
        #expect(try world.ended { try world.execute(paper) } == .refused("bundle-plan-checked", .notPermitted))
        #expect(world.kms.reads.isEmpty)
        #expect(try world.entries().filter { $0.type == .requestIntended }.isEmpty)
        try world.expectCleanAudit()
    }

    @Test func `each lie is refused by its own name, and nothing is recorded`() throws {
        let world = try World()
        let paper = try world.createKey()
        let other = Digest(ofText: "other")
        let lies: [(Lie, String)] = [
            (Lie(checker: "alice"), "plan-checked-role"), (Lie(bundle: other), "plan-checked-other-bundle"),
            (Lie(trust: TrustReference(version: 2, digest: other)), "plan-checked-trust"), (Lie(approvals: [other]), "plan-checked-approvals"),
            (Lie(seconds: 3_600), "plan-checked-time"), (Lie(key: try .generate(.ed25519)), "plan-checked-signer-unknown"),
            (Lie(isSpoiled: true), "plan-checked-signature"),
        ]
        for (lie, code) in lies { #expect(try Self.record(world, paper, lie) == code) }
        let deletion = try world.ceremony.paper(
            .scheduleDeletion(key: KMSModel.arn("aaaaaaaa-0000-4000-8000-000000000001"), days: 30, reason: "replaced"), ledger: world.head,
            id: "7f0c0000-0000-4000-8000-000000000009")
        #expect(try Self.record(world, deletion) == "plan-checked-kind")
        #expect(try checks(world) == 0)
        try world.expectCleanAudit()
    }

    @Test func `what the executor has used up is not checked any more`() throws {
        let world = try World()
        let paper = try world.createKey()
        #expect(try world.ended { try world.execute(paper) } == .report(.completed))
        #expect(try Self.record(world, paper) == "bundle-already-executed")
        #expect(try checks(world) == 0)
        try world.expectCleanAudit()
    }

    @Test func `too few approvals, approvals that are not recorded, a window that is over`() throws {
        let world = try World()
        #expect(try Self.record(world, world.createKey(by: ["alice"])) == "approvals-missing")
        let paper = try world.createKey("7f0c0000-0000-4000-8000-000000000003")
        #expect(try Self.record(world, paper, approvals: false) == "approvals-missing")
        let late = try world.createKey("7f0c0000-0000-4000-8000-000000000004", valid: 3_600)
        #expect(try Self.record(world, paper, by: "release-engineering") == "recorded")
        world.pace.advance(3_600)
        #expect(try Self.record(world, late) == "window-over")
        #expect(try checks(world) == 1)
        try world.expectCleanAudit()
    }
}
