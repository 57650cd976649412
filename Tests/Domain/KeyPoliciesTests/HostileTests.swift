// SPDX-License-Identifier: Apache-2.0
import StrictFormats
import Testing

@testable import KeyPolicies

/// Input made to hurt: nothing crashes, hangs or grows.
@Suite struct HostileTests {
    @Test(.timeLimit(.minutes(1))) func `a pattern of thousands of stars is matched in quadratic time`() {
        let pattern = String(repeating: "*a", count: 2_000) + "b"
        let text = String(repeating: "a", count: 4_000)
        #expect(!TextPattern.matches(pattern, text))
        #expect(TextPattern.matches(String(repeating: "*a", count: 2_000) + "*", text))
        #expect(!TextPattern.matches(String(repeating: "?*", count: 2_001), String(repeating: "a", count: 2_000)))
    }

    @Test(.timeLimit(.minutes(1))) func `a policy full of wildcards is answered and checked`() throws {
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

    @Test(.timeLimit(.minutes(1))) func `hundreds of statements are checked, worded and compared`() throws {
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
}
