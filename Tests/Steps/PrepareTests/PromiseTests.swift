// SPDX-License-Identifier: Apache-2.0
// A policy that breaks what its template asserts, or what no policy may break, never becomes a bundle.
import Bundles
import DomainFixtures
import KeyPolicies
import StrictFormats
import Testing

@testable import Prepare

@Suite struct PromiseTests {
    static func desk() throws -> Desk {
        var desk = try Desk()
        desk.files["base.json"] = try desk.prepare(Desk.create).bundle.payload.policy?.document ?? ""
        return desk
    }

    static func put(_ more: String) -> String {
        Desk.put.replacing("trailName: org-trail }", with: "trailName: org-trail, \(more) }")
    }

    @Test func `a reader of a stranger's account is refused by the assertion, with a request that shows it and what to do`() throws {
        let refusal = try Self.desk().refusal(Self.put(#"readerRoles: ["arn:aws:iam::990011223344:role/auditor"]"#))
        #expect(refusal.code == "assertion-failed" && refusal.category == .answerIsNo && refusal.place.file == "change.yaml")
        #expect(refusal.message.contains("\"nobody outside of the named accounts can decrypt\""))
        #expect(
            refusal.details.first
                == "nobody outside of the named accounts can decrypt: example: arn:aws:iam::990011223344:role/auditor may, if IAM there allows it too, decrypt CloudTrail's logs (Decrypt) in a request about what a trail wrote, with kms:EncryptionContext:aws:cloudtrail:arn = \"example\""
        )
        #expect(refusal.hint?.contains("state it openly in the template's parameters") == true)
    }

    @Test func `the same reader may be stated openly, and then stands in the review`() throws {
        let prepared = try Self.desk().prepare(
            Self.put(#"readerRoles: ["arn:aws:iam::990011223344:role/auditor"], trustedAccounts: ["990011223344"], readers: named"#))
        let review = try Review(of: prepared.bundle)
        #expect(review.evidence?.promises.voucher == .template("org-cloudtrail-key"))
        #expect(review.evidence?.keepsPromises == true)
        #expect(review.text.contains("trustedAccounts = the list of \"990011223344\""))
        #expect(
            review.text.contains(
                "- arn:aws:iam::990011223344:role/auditor\n      may now, if IAM of that account allows it too, decrypt CloudTrail's logs"))
    }

    @Test func `an administrator who would read is refused`() throws {
        let refusal = try Self.desk().refusal(Self.put(#"readerRoles: ["arn:aws:iam::604183725190:role/cloudtrail-key-admin"]"#))
        #expect(refusal.code == "assertion-failed" && refusal.message.contains("\"no administrator can decrypt\""))
    }

    @Test func `a policy by hand under which the executor could not read back is refused`() throws {
        var desk = try Self.desk()
        let text = try #require(desk.files["base.json"])
        desk.files["p.json"] = text.replacing(
            #"{"Action":["kms:CancelKeyDeletion","kms:Describe*""#,
            with:
                #"{"Action":"kms:ListGrants","Effect":"Deny","Principal":"*","Resource":"*","Sid":"No"},{"Action":["kms:CancelKeyDeletion","kms:Describe*""#
        )
        let refusal = try desk.refusal(
            Desk.put.split(separator: "\n").dropLast().joined(separator: "\n") + "\npolicy: { document: p.json }")
        #expect(refusal.code == "assertion-failed")
        #expect(refusal.message.contains("\"the executor can change the policy and read back what was done\""))
    }

    @Test func `what cannot be proven is refused`() throws {
        var desk = try Self.desk()
        let text = try #require(desk.files["base.json"])
        desk.files["p.json"] = text.replacing(
            #""Null":{"kms:EncryptionContext:aws:cloudtrail:arn":"false"}"#,
            with: #""Null":{"kms:EncryptionContext:aws:cloudtrail:arn":"false"},"StringEquals":{"aws:PrincipalTag/team":"x-${aws:username}"}"#)
        let refusal = try desk.refusal(
            Desk.put.split(separator: "\n").dropLast().joined(separator: "\n") + "\npolicy: { document: p.json }")
        #expect(refusal.code == "proof-incomplete" && refusal.category == .badData && !refusal.details.isEmpty)
    }
}
