// SPDX-License-Identifier: Apache-2.0
import Bundles
import Cryptography
import DomainFixtures
import StrictFormats
import Testing
import Trust

@Suite struct SnapshotTests {
    private let snapshot = Snapshot(
        key: BundleFixture.keyARN, taken: Instant(secondsSince1970: 1_800_000_000), policy: BasePolicy(document: "{}"),
        policyNames: ["AWS_RAM", "default"], state: "Enabled", description: "d",
        details: SnapshotDetails(
            readBy: "arn:aws:iam::604183725190:user/reader", keySpec: "SYMMETRIC_DEFAULT", keyUsage: "ENCRYPT_DECRYPT", origin: "AWS_KMS",
            multiRegion: false, rotates: true, rotationDays: nil, aliases: ["alias/b", "alias/a"],
            grants: [SnapshotDetails.Grant(id: "g", grantee: "arn:aws:iam::604183725190:role/r", operations: ["Decrypt"], constraints: "{}")],
            tags: [Tag(key: "k", value: "v")], ramPolicy: BasePolicy(document: "{\"Id\":\"ram\"}"),
            trail: SnapshotDetails.Trail(
                arn: "arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail", key: "arn:aws:kms:us-east-1:604183725190:key/k")))

    @Test func `a full snapshot is read as it was written`() throws {
        let read = try JSONDocument(snapshot.bytes, rules: .authored).decode(Snapshot.init(json:))
        #expect(read == snapshot)
        #expect(read.details?.aliases == ["alias/a", "alias/b"])
    }

    @Test func `a signed snapshot is believed for its signer's key alone, whole`() throws {
        let bytes = try SignedSnapshot.bytes(snapshot, signedBy: Keys.dana)
        #expect(try SignedSnapshot.verify(bytes, by: Keys.dana.publicKey) == snapshot)
        let stranger = try #require(throws: Refusal.self) { try SignedSnapshot.verify(bytes, by: Keys.stranger.publicKey) }
        #expect(stranger.code == "signature-invalid")
        // Another payload under the same signature.
        let other = try SignedSnapshot.bytes(
            Snapshot(
                key: snapshot.key, taken: snapshot.taken, policy: snapshot.policy, policyNames: ["default"], state: "Disabled", description: ""),
            signedBy: Keys.dana)
        let mine = try JSONDocument(bytes, rules: .authored).root
        let theirs = try JSONDocument(other, rules: .authored).root
        let mixed = JSONWriter.canonical(
            .object([("payload", theirs["payload"]), ("payloadType", mine["payloadType"]), ("signatures", mine["signatures"])]))
        #expect(try #require(throws: Refusal.self) { try SignedSnapshot.verify(mixed, by: Keys.dana.publicKey) }.code == "signature-invalid")
        // A snapshot is no payload type of a ledger.
        #expect(try #require(throws: Refusal.self) { try Envelope(bytes) }.place.pointer == "/payloadType")
    }
}
