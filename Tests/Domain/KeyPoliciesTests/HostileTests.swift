// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

/// Input made to hurt: nothing crashes, hangs or grows.
@Suite struct HostileTests {
    @Test(.timeLimit(.minutes(5))) func `a pattern of thousands of stars is matched in quadratic time`() {
        let pattern = String(repeating: "*a", count: 2_000) + "b"
        let text = String(repeating: "a", count: 4_000)
        #expect(!TextPattern.matches(pattern, text))
        #expect(TextPattern.matches(String(repeating: "*a", count: 2_000) + "*", text))
        #expect(!TextPattern.matches(String(repeating: "?*", count: 2_001), String(repeating: "a", count: 2_000)))
    }

    @Test(.timeLimit(.minutes(5))) func `a policy full of wildcards is answered and checked`() throws {
        let pattern = String(repeating: "*a", count: 14_000)
        let document = try policy(statement(condition: #""StringLike":{"aws:SourceArn":"\#(pattern)"}"#))
        let value = String(repeating: "a", count: 13_999)
        #expect(try word(document, "arn:aws:iam::604183725190:role/r", "kms:Decrypt", [("aws:SourceArn", value)]) == "denied")
        #expect(rules(document).contains("KP010"))
    }

    @Test func `deep nesting is refused, not followed`() throws {
        let text = String(repeating: "[", count: 20_000)
        let refusal = try #require(throws: Refusal.self) { try PolicyDocument(text: text) }
        #expect(refusal.code == "json-too-deep")
    }

    @Test(.timeLimit(.minutes(5))) func `hundreds of statements are checked, worded and compared`() throws {
        let one = #"{"Effect":"Deny","Principal":"*","Action":"k:*","Resource":"*"}"#
        let count = (32_768 - 16) / (one.utf8.count + 1)
        let text = #"{"Statement":[\#(Array(repeating: one, count: count).joined(separator: ","))]}"#
        let document = try PolicyDocument(text: text)
        #expect(document.statements.count == count)
        #expect(!PolicyChecks.run(document, in: PolicyContext(keyAccount: keyAccount)).isEmpty)
        #expect(PolicyWords.lines(document, AccountNames(keyAccount: keyAccount)).count > count)
        #expect(PolicyDifference(from: PolicyDocument.empty, to: document).added.count == count)
    }

    @Test func `an escaped direction mark is found and shown by its number`() throws {
        let document = try policy(statement(#"a\u202eb"#))
        let finding = try #require(PolicyChecks.run(document, in: PolicyContext(keyAccount: keyAccount)).first { $0.rule == "KP002" })
        #expect(finding.severity == .critical && finding.pointer == "/Statement/0/Sid")
        #expect(StatementWords.lines(document.statements[0], AccountNames(keyAccount: keyAccount))[0] == "1. \"a\\u{202e}b\" allows")
    }

    /// Pairs made to be hard, each near 32 KB: decided, or given up by a stated bound that names the statements; never hanging.
    static let pairs: [(name: String, old: [String], new: [String])] = {
        func like(_ values: [String]) -> String {
            statement(condition: "\"StringLike\":{\"k\":[\(values.map { "\"\($0)\"" }.joined(separator: ","))]}")
        }
        let stars = (0..<300).map { index in (0..<35).map { "*\(Character(Unicode.Scalar(UInt8(97 + ($0 + index) % 26))))" }.joined() + "*" }
        let gaps = (0..<150).map { "*a\(String(repeating: "?", count: 20 + $0))b*" }
        let clauses = (0..<180).map { index -> String in
            let tests = [index * 7 % 40, index * 11 % 40 + 40, index * 13 % 40 + 80].map { "\"k\($0)\":\"a\"" }.joined(separator: ",")
            return statement("S\(index)", effect: "Deny", condition: "\"\(index % 2 == 0 ? "StringEquals" : "StringNotEquals")\":{\(tests)}")
        }
        let bounds = (0..<140).map { index in
            statement("S\(index)", condition: "\"NumericLessThan\":{\"n\":\"\(index)\"},\"IpAddress\":{\"aws:SourceIp\":\"10.\(index).0.0/16\"}")
        }
        let callers = (0..<150).map { index in
            statement("S\(index)", condition: "\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::*:role/*a*\(index)*x*b\"}")
        }
        let ties = (0..<100).map { index in
            statement("S\(index)", condition: "\"StringEquals\":{\"aws:PrincipalTag/a\(index)\":\"${aws:PrincipalTag/a\((index + 1) % 100)}\"}")
        }
        let sets = (0..<40).map { index in
            statement("S\(index)", condition: "\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":\"t\(index)\"}")
        }
        return [
            ("stars", [like(stars)], [like(stars.reversed().dropLast() + ["zz"])]), ("gaps", [like(gaps)], [like(gaps.map { $0 + "c" })]),
            ("one long pattern", [like([String(repeating: "*a", count: 15_000)])], [like([String(repeating: "*a", count: 15_000) + "*"])]),
            (
                "clauses", clauses + [statement("A", condition: #""StringEquals":{"z":"a"}"#)],
                clauses + [statement("A", condition: #""StringEquals":{"z":"b"}"#)]
            ),
            ("bounds", bounds, Array(bounds.dropLast())), ("patterns on callers", callers, Array(callers.dropFirst())),
            ("variables in a ring", ties, Array(ties.dropFirst())), ("sets", sets, Array(sets.dropFirst())),
        ]
    }()

    @Test(.timeLimit(.minutes(3)), arguments: pairs.map(\.name)) func `a pair made to be hard is decided, or given up by name`(name: String) throws {
        let pair = try #require(Self.pairs.first { $0.name == name })
        let (old, new) = (try large(pair.old), try large(pair.new))
        let time = ContinuousClock().measure {
            // A fifth of the steps that are allowed: the whole is measured, optimized, by Tests/Benchmarks.
            let proof = PolicyProver.difference(old, new, key: proofKey, budget: ProofBudget(steps: ProofBudget.steps / 5))
            let shown = proof.newlyAllowed.count + proof.noLongerAllowed.count
            #expect(proof.complete || proof.gaps.allSatisfy { !$0.reason.isEmpty && !$0.statement.isEmpty }, "\(shown)")
            // Each pair differs: an answer that is complete must show it.
            #expect(!proof.complete || shown > 0 || name == "patterns on callers", "\(proof)")
            _ = PolicyChecks.run(new, in: PolicyContext(keyAccount: keyAccount))
        }
        print("hard pair \(name): \(time)")
        #expect(time < .seconds(60))
    }

    private func large(_ statements: [String]) throws -> PolicyDocument {
        try PolicyDocument(text: #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#)
    }
}
