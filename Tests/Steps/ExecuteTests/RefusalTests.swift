// SPDX-License-Identifier: Apache-2.0
import Bundles
import Cryptography
import Execute
import Ledger
import Rehearsal
import StrictFormats
import TestSupport
import Testing
import Trust

/// What is refused before anything leaves, and what stands in the ledger of it.
@Suite struct RefusalTests {
    /// The refusals of a ledger: code, and whether a bundle is named.
    private func refusals(_ world: World) throws -> [String] {
        try world.entries().compactMap { entry in
            guard case .executionRefused(let code, _) = entry.data else { return nil }
            return code + (entry.bundle == nil ? " (no bundle)" : "")
        }
    }

    @Test func `one approval is not enough, AWS is not asked, and the refusal is on record`() throws {
        let world = try World()
        let paper = try world.createKey(by: ["alice"])
        #expect(try world.ended { try world.execute(paper) } == .refused("approvals-missing", .notPermitted))
        #expect(world.kms.reads.isEmpty)
        #expect(try refusals(world) == ["approvals-missing"])
        try world.expectCleanAudit()
    }

    @Test(arguments: [Decision.approve, .reject])
    func `a decision on another text than the bundle renders to is not recorded: it would spoil the ledger for ever`(decision: Decision) throws {
        let world = try World()
        let paper = try world.createKey(by: ["alice"])
        let other = ReviewReference(version: Review.currentVersion, digest: paper.bundle.digest)
        let wrong = try world.ceremony.decide(decision, paper.bundle, "bob", review: other)
        let spoiled = Ceremony.Paper(bundle: paper.bundle, approvals: paper.approvals + [wrong])
        #expect(try world.ended { try world.execute(spoiled) } == .refused("review-differs", .notPermitted))
        #expect(try refusals(world) == ["review-differs"])
        #expect(try world.entries().map(\.type).filter { $0 == .approvalReceived }.count == 1)
        try world.expectCleanAudit()
    }

    @Test func `the same refusal again and again is one entry, another one is another`() throws {
        let world = try World()
        let paper = try world.createKey(by: ["alice"])
        for _ in 0..<3 { _ = try world.ended { try world.execute(paper) } }
        _ = try world.ended { try world.execute(world.createKey("7f0c0000-0000-4000-8000-000000000009", by: ["alice"])) }
        _ = try world.ended { try world.execute(paper) }
        #expect(try refusals(world) == ["approvals-missing", "approvals-missing", "approvals-missing"])
    }

    @Test func `a bundle that cannot be read is refused without a bundle's name`() throws {
        let world = try World()
        let input = ExecutionInput(bundle: InputFile(bytes: Array("{\"payload\":".utf8), name: "bundle.json"), approvals: [])
        #expect(try world.ended { try world.open { try world.step($0).execute(input) } } == .refused("json-incomplete", .badData))
        #expect(try refusals(world) == ["json-incomplete (no bundle)"])
        try world.expectCleanAudit()
    }

    @Test func `a bad trust root beside a good bundle is refused under the bundle's name`() throws {
        let world = try World()
        #expect(
            try world.ended { try world.execute(world.createKey(), trust: [world.createKey().bundle.envelope]) }
                == .refused("envelope-type", .badData))
        #expect(try refusals(world) == ["envelope-type"])
    }

    @Test func `a refusal that quotes a megabyte stays an entry that can be read`() throws {
        let world = try World()
        let text = String(repeating: "\\u0001", count: 600_000)
        let input = ExecutionInput(
            bundle: InputFile(bytes: Array(#"{"payloadType":"\#(text)","payload":"","signatures":[]}"#.utf8), name: "bundle.json"), approvals: [])
        _ = try world.ended { try world.open { try world.step($0).execute(input) } }
        let last = try #require(try world.entries().last)
        #expect(last.type == .executionRefused)
        #expect(last.bytes.count < 20_000)
        try world.expectCleanAudit()
    }

    /// Writes over an artifact, as whoever can write to the file can.
    private func replace(_ digest: Digest, by bytes: [UInt8], in world: World) throws {
        let sql =
            "DROP TRIGGER artifacts_no_update; INSERT INTO artifacts VALUES (x'\(digest.hex)', x'\(Hex.encode(bytes))') "
            + "ON CONFLICT (sha256) DO UPDATE SET bytes = excluded.bytes"
        #expect(try Program(["sqlite3", world.ledger, sql], in: "/").run().exit == 0)
    }

    @Test func `a reject that was written over in the file still vetoes`() throws {
        let world = try World()
        let paper = try world.createKey()
        let reject = try world.ceremony.decide(.reject, paper.bundle, "carol")
        let vetoed = Ceremony.Paper(bundle: paper.bundle, approvals: paper.approvals + [reject])
        #expect(try world.ended { try world.execute(vetoed) } == .refused("vetoed", .notPermitted))
        try replace(reject.envelopeDigest, by: paper.approvals[0].bytes, in: world)
        #expect(try world.ended { try world.execute(paper) } == .refused("artifact-differs", .badData))
        #expect(world.kms.model.keys.isEmpty)
    }

    @Test func `a bundle planted under the name of another is not executed in its place`() throws {
        let world = try World()
        let first = try world.createKey()
        #expect(try world.ended { try world.execute(first) } == .report(.completed))
        let other = try world.createKey("7f0c0000-0000-4000-8000-000000000009")
        let count = try world.entries().count
        try replace(other.bundle.envelope.envelopeDigest, by: first.bundle.envelope.bytes, in: world)
        #expect(try world.ended { try world.execute(other) } == .refused("artifact-differs", .badData))
        #expect(try world.entries().dropFirst(count).map(\.type) == [.executionRefused])
        #expect(world.kms.model.keys.count == 1)
    }

    @Test func `a second execute after the end is refused`() throws {
        let world = try World()
        let paper = try world.createKey()
        _ = try world.execute(paper)
        #expect(try world.ended { try world.execute(paper) } == .refused("bundle-already-executed", .notPermitted))
        #expect(try refusals(world) == ["bundle-already-executed"])
        #expect(try world.ended { try world.resume() } == .report(.completed))
        world.expectOneWholeKey()
        try world.expectCleanAudit()
    }

    @Test func `while one execution is open no other begins, and the same goes on by resume only`() throws {
        let world = try World()
        let put = try world.putPolicy()
        let paper = try world.createKey()
        world.kms.faults["CreateKey"] = [.cutAfter]
        _ = try world.ended { try world.execute(paper) }
        #expect(try world.ended { try world.execute(paper) } == .refused("execution-open", .tryAgain))
        #expect(try world.ended { try world.execute(put) } == .refused("execution-open", .tryAgain))
        #expect(try refusals(world) == [])
        #expect(try world.ended { try world.resume() } == .report(.completed))
        #expect(try world.ended { try world.execute(put) } == .report(.completed))
        try world.expectCleanAudit()
    }

    @Test(
        arguments: [
            ("arn:aws:sts::123456789012:assumed-role/somebody-else/change", "123456789012", "identity-executor"),
            ("arn:aws:sts::123456789012:assumed-role/cloudtrail-key-executor/", "123456789012", "identity-executor"),
            ("arn:aws:sts::123456789012:assumed-role/cloudtrail-key-executor/a/b", "123456789012", "identity-executor"),
            ("arn:aws:iam::123456789012:user/cloudtrail-key-executor", "123456789012", "identity-executor"),
            ("arn:aws:iam::123456789012:root", "123456789012", "identity-root"),
            ("arn:aws:sts::999999999999:assumed-role/cloudtrail-key-executor/change", "999999999999", "identity-account"),
            ("arn:aws:sts::123456789012:assumed-role/cloudtrail-key-executor/a\u{202E}b", "123456789012", "identity-malformed"),
        ])
    func `credentials of anybody else than the named executor are refused`(arn: String, account: String, code: String) throws {
        let world = try World()
        world.kms.caller = EntryData.Identity(account: account, arn: arn, userID: "A")
        #expect(try world.ended { try world.execute(world.createKey()) } == .refused(code, .notPermitted))
        #expect(world.kms.seen.isEmpty)
        #expect(try refusals(world) == [code])
        try world.expectCleanAudit()
    }

    @Test func `an endpoint that no trust root lists is refused, for KMS and for STS, before anything is asked`() throws {
        for path in [\FakeKMS.kmsEndpoint, \FakeKMS.stsEndpoint] {
            let world = try World()
            world.kms[keyPath: path] = "https://kms.example.com"
            #expect(try world.ended { try world.execute(world.createKey()) } == .refused("endpoint-not-allowed", .notPermitted))
            #expect(world.kms.reads.isEmpty)
        }
    }

    @Test func `what a resume reads comes from an allowed endpoint too`() throws {
        let world = try World()
        world.kms.faults["CreateKey"] = [.cutAfter]
        _ = try world.ended { try world.execute(world.createKey()) }
        world.kms.kmsEndpoint = "http://127.0.0.1:4000"
        let before = world.kms.reads.count
        #expect(try world.ended { try world.resume() } == .refused("endpoint-not-allowed", .notPermitted))
        #expect(world.kms.reads.count == before)
        try world.expectCleanAudit()
    }

    @Test func `a taken alias, a key with the tag, or a policy that is not the base stops before the first write`() throws {
        let taken = try World()
        taken.kms.model.aliases[Ceremony.alias] = ("11111111-0000-4000-8000-000000000000", World.start)
        let paper = try taken.createKey()
        #expect(try taken.ended { try taken.execute(paper) } == .refused("precondition-differs", .answerIsNo))
        #expect(taken.kms.seen.isEmpty)
        #expect(try taken.story() == ["execution-authorized", "precondition-checked", "precondition-checked", "execution-refused"])
        taken.kms.model.aliases = [:]
        #expect(try taken.ended { try taken.execute(paper) } == .report(.completed))
        try taken.expectCleanAudit()

        let other = try World()
        let put = try other.putPolicy(base: Ceremony.otherPolicy)
        #expect(try other.ended { try other.execute(put) } == .refused("precondition-differs", .answerIsNo))
        #expect(other.kms.seen.isEmpty)
        try other.expectCleanAudit()
    }

    @Test func `a ledger whose past is another than the bundle names does not run it`() throws {
        let world = try World()
        let other = try World()
        let paper = try world.ceremony.paper(Ceremony.createKey, ledger: Checkpoint(origin: world.head.origin, size: 1, root: other.genesis))
        #expect(try world.ended { try world.execute(paper) } == .refused("ledger-other", .notPermitted))
        #expect(
            try world.ended {
                try world.execute(
                    world.ceremony.paper(Ceremony.createKey, ledger: Checkpoint(origin: world.head.origin, size: 9, root: other.genesis)))
            } == .refused("ledger-shorter", .notPermitted))
        #expect(world.kms.reads.isEmpty)
        try world.expectCleanAudit()
    }

    @Test func `a reject that is handed in stops the bundle for good`() throws {
        let world = try World()
        let paper = try world.createKey()
        let veto = Ceremony.Paper(bundle: paper.bundle, approvals: paper.approvals + [try world.ceremony.decide(.reject, paper.bundle, "carol")])
        #expect(try world.ended { try world.execute(veto) } == .refused("vetoed", .notPermitted))
        #expect(try world.ended { try world.execute(paper) } == .refused("vetoed", .notPermitted))
        #expect(world.kms.seen.isEmpty)
        try world.expectCleanAudit()
    }

    @Test func `newer trust roots are recorded first, and what they take away counts`() throws {
        let world = try World()
        let root = try world.ceremony.nextRoot(approvers: ["alice", "carol"])
        #expect(try world.ended { try world.execute(world.createKey(), trust: [root]) } == .refused("approval-role", .notPermitted))
        #expect(try world.entries().map(\.type).contains(.trustUpdated))
        #expect(try world.ended { try world.execute(world.createKey(by: ["alice", "carol"])) } == .report(.completed))
        try world.expectCleanAudit()
    }
}
