// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import KeyPolicies

@Suite struct BytePatternTests {
    @Test func `patterns on bytes answer as patterns on characters do`() {
        var dice = Dice(1)
        let pieces = ["a", "b", ":", "*", "?", "ü", "€", "𝄞", "arn:", "ab", ""]
        var matched = 0
        for _ in 0..<20_000 {
            let pattern = (0..<Int(dice.next() % 7)).map { _ in dice.pick(pieces) }.joined()
            let text = (0..<Int(dice.next() % 7)).map { _ in dice.pick(pieces) }.joined()
            let expected = TextPattern.matches(pattern, text)
            #expect(BytePattern.matches(pattern, text) == expected, "\(pattern) \(text)")
            if expected { matched += 1 }
        }
        #expect(matched > 500)
    }

    @Test func `ARN patterns on bytes answer as those on characters do`() {
        var dice = Dice(2)
        let parts = ["arn", "aws", "*", "a*", "?", "iam", "", "123456789012", "role/x:y", "ü"]
        var matched = 0
        for _ in 0..<20_000 {
            func arn() -> String { (["arn"] + (0..<Int(4 + dice.next() % 3)).map { _ in dice.pick(parts) }).joined(separator: ":") }
            let pattern = dice.chance(5) ? "*" : arn()
            let text = dice.chance(30) ? pattern.replacing("*", with: "x") : arn()
            let expected = TextPattern.matchesARN(TextPattern.wildcards(pattern), text)
            #expect(BytePattern.matchesARN(pattern, text) == expected, "\(pattern) \(text)")
            if expected { matched += 1 }
        }
        #expect(matched > 500)
    }
}
