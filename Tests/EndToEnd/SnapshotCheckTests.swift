// SPDX-License-Identifier: Apache-2.0
// A signed snapshot, checked without a network: whose signature, and what it says.

import Bundles
import Cryptography
import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct SnapshotCheckTests {
    static let key = "arn:aws:kms:us-east-1:123456789012:key/0b7d3a32-6e3f-4c0f-9c5f-2b1de6f3a111"
    static let trail = "arn:aws:cloudtrail:us-east-1:123456789012:trail/org-trail"

    /// A snapshot with a trail, signed by one of the ceremony's people.
    static func write(_ name: String, signedBy person: String, in ceremony: Ceremony) throws {
        let signer = try KeyFile.read(ceremony.scratch.file(person)) { _ throws(Refusal) in SecretBytes([]) }
        try ceremony.scratch.write(name, try SignedSnapshot.bytes(snapshot, signedBy: signer))
    }

    private static let snapshot = Snapshot(
        key: key, taken: Instant(secondsSince1970: 1_780_000_000), policy: BasePolicy(document: "{}"), policyNames: ["default"], state: "Enabled",
        description: "",
        details: SnapshotDetails(
            readBy: "arn:aws:iam::123456789012:user/reader", keySpec: "SYMMETRIC_DEFAULT", keyUsage: "ENCRYPT_DECRYPT", origin: "AWS_KMS",
            multiRegion: false, rotates: true, rotationDays: 365, aliases: [], grants: [], tags: [], ramPolicy: nil,
            trail: SnapshotDetails.Trail(arn: trail, key: key)))

    private func check(_ ceremony: Ceremony, _ more: [String] = []) throws -> Ended {
        try ceremony.run(["audit", "check-snapshot", "signed.json", "--trust", "trust.json"] + more, program: Built.airgap)
    }

    private func code(_ ended: Ended) throws -> String? {
        try JSONDocument(Array(ended.err.utf8), rules: .authored).root["error"]?["code"]?.stringValue
    }

    @Test func `it says who signed, when, who read, and what the trail names`() throws {
        let ceremony = try Ceremony()
        try Self.write("signed.json", signedBy: "dana", in: ceremony)
        let ended = try check(ceremony)
        #expect(ended.exit == 0, Comment(rawValue: ended.err))
        #expect(
            ceremony.plain(ended.out) == """
                signed: the snapshot of arn:aws:kms:us-east-1:123456789012:key/{id}
                  by dana (preparer, approver), key {dana}, under trust root version 1
                  taken {time}, read by arn:aws:iam::123456789012:user/reader
                  state Enabled, policy sha256:…
                  trail \(Self.trail) names the key arn:aws:kms:us-east-1:123456789012:key/{id}
                """)
        let json = try JSONDocument(Array(try check(ceremony, ["--format", "json"]).out.utf8), rules: .authored).root
        #expect(json["signer"]?["owner"]?.stringValue == "dana")
        #expect(json["signer"]?["keyid"]?.stringValue == ceremony.digest("dana"))
        #expect(json["taken"]?.stringValue == "2026-05-28T20:26:40Z")
        #expect(json["policy"]?.stringValue == Digest(ofText: "{}").text)
    }

    @Test func `a signature of nobody, none, or over other bytes is refused`() throws {
        let ceremony = try Ceremony()
        try Self.write("signed.json", signedBy: "mallory", in: ceremony)
        let stranger = try check(ceremony, ["--format", "json"])
        #expect(stranger.exit == 77)
        #expect(try code(stranger) == "snapshot-signer-unknown")

        try ceremony.scratch.write("signed.json", Self.snapshot.bytes)
        let bare = try check(ceremony, ["--format", "json"])
        #expect(bare.exit == 77)
        #expect(try code(bare) == "snapshot-unsigned")

        try Self.write("signed.json", signedBy: "dana", in: ceremony)
        let envelope = try JSONDocument(try ceremony.bytes("signed.json"), rules: .authored).root
        let payload = try #require(envelope["payload"]?.stringValue)
        let inside = String(decoding: try #require(Base64.decode(payload, urlSafe: false)), as: UTF8.self)
        #expect(inside.contains("Enabled"))
        let changed = Base64.encode(Array(inside.replacingOccurrences(of: "Enabled", with: "Removed").utf8))
        try ceremony.write("signed.json", try ceremony.text("signed.json").replacingOccurrences(of: payload, with: changed))
        let tampered = try check(ceremony, ["--format", "json"])
        #expect(tampered.exit == 77)
        #expect(try code(tampered) == "snapshot-signer-unknown")
    }
}
