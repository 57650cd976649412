// SPDX-License-Identifier: Apache-2.0
// Version 2 says what is proven: gains, losses, rights, promises; and what breaks a promise is nobody's to approve.
import Cryptography
import DomainFixtures
import KeyPolicies
import StrictFormats
import Testing
import Trust

@testable import Bundles

@Suite struct ReviewProofTests {
    static let reader = "arn:aws:iam::339712745831:role/security-analyst"
    static let stranger = "arn:aws:iam::990011223344:role/auditor"

    /// The whole account, and who decrypts.
    static func policy(_ readers: [String], condition: String = #""Null":{"kms:EncryptionContext:aws:cloudtrail:arn":"false"}"#) -> String {
        let list = readers.map { #""\#($0)""# }.joined(separator: ",")
        let statement =
            #"{"Action":"kms:Decrypt","Condition":{\#(condition)},"Effect":"Allow","Principal":{"AWS":[\#(list)]},"Resource":"*","Sid":"Readers"},"#
        return BundleFixture.policy().replacing(#""Statement":["#, with: #""Statement":[\#(readers.isEmpty ? "" : statement)"#)
    }

    static func put(_ new: String, base: String) -> BundlePayload {
        BundleFixture.payload(.putKeyPolicy(key: BundleFixture.keyARN), base: base, policy: new)
    }

    static func text(_ payload: BundlePayload) throws -> String { try ReviewFieldTests.review(payload).text }

    static func section(_ title: String, _ text: String) throws -> String {
        let rest = try #require(text.split(separator: "\n\(title)\n", maxSplits: 1).last)
        return String(try #require(rest.split(separator: "\n\n").first))
    }

    @Test func `a reader who is added is all that is newly allowed`() throws {
        let text = try Self.text(Self.put(Self.policy([Self.reader]), base: Self.policy([])))
        #expect(text.contains("Newly allowed: 1 thing. No longer allowed: nothing. Proven for every caller\n  and every request."))
        #expect(
            try Self.section("NEWLY ALLOWED", text)
                == """
                  - \(Self.reader)
                      may now, if IAM of that account allows it too, decrypt CloudTrail's logs
                          (Decrypt)
                      in a request about what a trail wrote, with
                          kms:EncryptionContext:aws:cloudtrail:arn = "example"
                      for example \(Self.reader)
                      by the statement "Readers" (/Statement/0)
                """)
        #expect(try Self.section("NO LONGER ALLOWED", text) == "  nothing, proven")
        #expect(
            text.contains(
                "  \(Self.reader)\n    before      no        no        no        no        no        no\n    after       no        no        no        +IAM*     no        no\n"
            ))
    }

    // What version 3 has, and version 2 had not (decision record 0026).

    @Test func `every caller who gains is named, each with what its own account is said to be`() throws {
        let readers = ["a", "b", "c", "d"].map { "arn:aws:iam::339712745831:role/\($0)" } + ["arn:aws:iam::666666666666:role/mallory"]
        let payload = Self.put(Self.policy(readers), base: Self.policy([]))
        let section = try Self.section("NEWLY ALLOWED", Self.text(payload))
        for reader in readers { #expect(section.contains("  - \(reader)\n") || section.contains("  - \(reader) (")) }
        #expect(!section.contains("more kinds of caller"))
        let names = ["339712745831": "stated to be the log archive account"]
        let witness = try #require(try PolicyEvidence(payload)?.gained)
        let lines = WitnessWords.groups(witness).flatMap { WitnessWords.lines($0, names: names, eachCaller: true) }
        #expect(lines.contains("- arn:aws:iam::339712745831:role/a (stated to be the log archive account)"))
        #expect(lines.contains("- arn:aws:iam::666666666666:role/mallory"))
    }

    @Test(arguments: [
        "AROAJQABLZS4A3QDU576Q", "AIDAJQABLZS4A3QDU576Q", "arn:aws:iam::666666666666:group/g", "arn:aws:iam::66666666666:role/short",
    ]) func `somebody who cannot be made out is not decided`(_ principal: String) throws {
        let statement = #"{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"\#(principal)"},"Resource":"*","Sid":"Ghost"},"#
        let policy = BundleFixture.policy().replacing(#""Statement":["#, with: #""Statement":[\#(statement)"#)
        let payload = Self.put(policy, base: BundleFixture.policy())
        let text = try Self.text(payload)
        #expect(text.contains("!!! NOT EVERYTHING COULD BE PROVEN."))
        #expect(text.contains("statement \"Ghost\": it cannot be told who"))
        #expect(!text.contains("The same permissions, proven"))
        #expect(try Self.section("NEWLY ALLOWED", text).hasPrefix("  nothing was found, BUT NOT EVERYTHING COULD BE PROVEN"))
        // Version 2 renders as it always did.
        #expect(try ReviewFieldTests.review(payload, version: 2).text.contains("The same permissions, proven"))
        let refusal = try #require(throws: Refusal.self) {
            try PolicyEvidence(payload)?.demandCompleteness(at: Place(file: "bundle"))
        }
        #expect(refusal.code == "proof-incomplete")
        #expect(refusal.details == [#"statement "Ghost": it cannot be told who "\#(principal)" is"#])
    }

    @Test func `a service under a name that AWS's have not is not decided either`() throws {
        let statement = #"{"Action":"kms:*","Effect":"Allow","Principal":{"Service":"alexa-appkit.amazon.com"},"Resource":"*","Sid":"Ghost"},"#
        let policy = BundleFixture.policy().replacing(#""Statement":["#, with: #""Statement":[\#(statement)"#)
        #expect(try Self.text(Self.put(policy, base: BundleFixture.policy())).contains("!!! NOT EVERYTHING COULD BE PROVEN."))
    }

    @Test func `without a base nothing is known of what is lost`() throws {
        let text = try Self.text(BundleFixture.payload(.putKeyPolicy(key: BundleFixture.keyARN), base: nil, policy: Self.policy([Self.reader])))
        let blind = "  !!! UNKNOWN: no base policy was given. Whatever the key allows now is\n  replaced unseen."
        #expect(try Self.section("NO LONGER ALLOWED", text) == blind)
        #expect(try Self.section("IN SHORT", text).contains(blind))
    }

    @Test func `waivers are what the preparer states`() throws {
        let text = try Self.text(Self.put(Self.policy([Self.reader]), base: Self.policy([])))
        #expect(try Self.section("WARNINGS THAT THE PREPARER STATES TO HAVE ACCEPTED", text) == "  none stated")
    }

    @Test func `the other way round it is all that is lost`() throws {
        let text = try Self.text(Self.put(Self.policy([]), base: Self.policy([Self.reader])))
        #expect(text.contains("Newly allowed: nothing. No longer allowed: 1 thing."))
        #expect(try Self.section("NEWLY ALLOWED", text) == "  nothing, proven")
        #expect(try Self.section("NO LONGER ALLOWED", text).contains("may no longer decrypt CloudTrail's logs (Decrypt)"))
        #expect(text.contains("after       no        no        no        -no       no        no"))
    }

    @Test func `what is only spelled differently is the same, proven`() throws {
        let text = try Self.text(Self.put(Self.policy([Self.reader, Self.stranger]), base: Self.policy([Self.stranger, Self.reader])))
        #expect(text.contains("  The same permissions, proven. Only the words of the policy differ.\n"))
        #expect(!text.contains("    before  "))
    }

    @Test func `what cannot be decided is said loudly, and refused`() throws {
        let payload = Self.put(
            Self.policy([Self.reader], condition: #""StringEquals":{"aws:PrincipalTag/a":"x-${aws:username}"}"#), base: Self.policy([]))
        let text = try Self.text(payload)
        #expect(text.contains("!!! NOT EVERYTHING COULD BE PROVEN."))
        #expect(!text.contains("proven\n\nNO LONGER"))
        let evidence = try #require(try PolicyEvidence(payload))
        let refusal = try #require(throws: Refusal.self) { try evidence.demandCompleteness(at: Place(file: "c.yaml")) }
        #expect(refusal.code == "proof-incomplete" && refusal.place.file == "c.yaml" && !refusal.details.isEmpty)
    }

    @Test func `a policy without a template says so, and promises that nobody is locked out`() throws {
        let text = try Self.text(Self.put(Self.policy([Self.reader]), base: Self.policy([])))
        #expect(text.contains("WHAT MUST BE TRUE OF THE POLICY\n  NO TEMPLATE VOUCHES FOR THIS POLICY: it was written by hand."))
        #expect(text.contains("  What must be true of the policy: all 2 assertions proven.\n"))
    }

    /// A policy that shuts the executor out.
    static let lockout = policy([]).replacing(
        #""Statement":["#, with: #""Statement":[{"Action":"kms:PutKeyPolicy","Effect":"Deny","Principal":"*","Resource":"*","Sid":"No"},"#)

    @Test func `a broken promise shows in the review, with an example, and cannot be counted`() throws {
        let bundle = try BundleFixture.verified(Self.put(Self.lockout, base: Self.policy([])))
        let review = try Review(of: bundle)
        #expect(review.text.contains("  !!! WHAT MUST BE TRUE OF THE POLICY IS NOT: 2 of 2 assertions fail. Reject\n  this.\n"))
        #expect(
            review.text.contains(
                "  - VIOLATED: the root user of the key's account can always change the policy\n      example: arn:aws:iam::604183725190:root may not change this key policy\n          (PutKeyPolicy)\n"
            ))
        let two = try [("alice", Keys.alice), ("carol", Keys.carol)].map { try BundleFixture.approval(.approve, $0.0, $0.1, on: bundle) }
        let refusal = try #require(throws: Refusal.self) {
            try ApprovedBundle.count(try two.map { try VerifiedApproval.verify($0, for: bundle) }, for: bundle, at: date("2026-11-24T12:00:00Z"))
        }
        #expect(refusal.code == "assertion-failed" && refusal.category == .notPermitted)
        #expect(refusal.message.contains("\"the root user of the key's account can always change the policy\""))
        // What was approved under version 1 is not asked for it.
        let old = try Review(of: bundle, version: 1).reference
        let early = try [("alice", Keys.alice), ("carol", Keys.carol)].map {
            try BundleFixture.approval(.approve, $0.0, $0.1, on: bundle, review: old)
        }
        _ = try ApprovedBundle.count(try early.map { try VerifiedApproval.verify($0, for: bundle) }, for: bundle, at: date("2026-11-24T12:00:00Z"))
    }

    @Test func `what takes something away says so first, in capitals`() throws {
        for (json, words) in zip(ReviewFieldTests.others, ReviewFieldTests.others.map { $0.at("/change/kind")?.stringValue ?? "" }) {
            let lines = try Self.text(try derived(json)).split(separator: "\n", omittingEmptySubsequences: false)
            let first = try #require(lines.dropFirst(4).first)
            let isLoud = ["disable-key", "schedule-deletion", "move-alias", "revoke-grant"].contains(words)
            #expect(first.hasPrefix("  !!! THIS ") == isLoud, "\(words): \(first)")
        }
    }
}
