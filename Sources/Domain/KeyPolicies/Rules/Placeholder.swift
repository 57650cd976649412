// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// Both kinds of placeholders that published policies leave behind: marked ones (`[AccountID]`, `${x}`, `<x>`, `{{x}}`) and bare
/// words in an ARN (`account_ID`, `key_ID`, `trailName`).
enum Placeholder {
    static let accountKeys = ["kms:CallerAccount", "aws:PrincipalAccount", "aws:SourceAccount", "aws:ResourceAccount"]

    /// The placeholder in a text, where there is one.
    static func find(in text: String) -> String? { marked(text) ?? variable(text) ?? ARN(text).flatMap(bareWord) }

    /// A whole text that is only a word for what should stand there: `trailName`.
    static func word(_ text: String) -> String? { isPlaceholderWord(text) ? Quoted.text(text) : nil }

    private static func marked(_ text: String) -> String? {
        guard text.utf8.contains(where: { "]>}".utf8.contains($0) }) else { return nil }
        for (open, close) in [("[", "]"), ("<", ">"), ("{{", "}}")] {
            guard let start = text.firstRange(of: open), let end = text[start.upperBound...].firstRange(of: close) else { continue }
            let inside = text[start.upperBound..<end.lowerBound]
            if inside.utf8.contains(where: { (0x61...0x7A).contains($0 | 0x20) }) { return Quoted.text("\(open)\(inside)\(close)") }
        }
        return nil
    }

    /// `${…}` that is no policy variable.
    private static func variable(_ text: String) -> String? {
        guard text.hasVariable else { return nil }
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { return Quoted.text(String(rest[start.lowerBound...])) }
            let inside = String(rest[start.upperBound..<end])
            if PolicyVariables.variable(inside) == nil { return Quoted.text("${\(inside)}") }
            rest = rest[rest.index(after: end)...]
        }
        return nil
    }

    private static func bareWord(_ arn: ARN) -> String? {
        if !arn.account.isEmpty, !AccountID.isValid(arn.account), !arn.account.hasWildcard, !arn.account.hasVariable,
            !["aws", "cloudfront"].contains(where: { $0.hasSameBytes(as: arn.account) })
        {
            return "the account \(Quoted.text(arn.account))"
        }
        if !arn.region.isEmpty, !isRegion(arn.region), !arn.region.hasWildcard, !arn.region.hasVariable {
            return "the Region \(Quoted.text(arn.region))"
        }
        let parts = arn.resource.split(whereSeparator: { $0 == "/" || $0 == ":" })
        return parts.first { isPlaceholderWord(String($0)) }.map { Quoted.text(String($0)) }
    }

    /// Lower-case words joined by hyphens, a digit last: `us-gov-east-1`.
    private static func isRegion(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count >= 3, let last = parts.last, last.allSatisfy({ (0x30...0x39).contains($0) }), !last.isEmpty else { return false }
        return parts.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x61...0x7A).contains($0) } }
    }

    private static func isPlaceholderWord(_ text: String) -> Bool {
        let words = [
            "key_id", "key-id", "keyid", "trailname", "trail_name", "account_id", "account-id", "rolename", "role_name", "username",
        ]
        let lower = text.asciiLowercased
        return words.contains { $0.hasSameBytes(as: lower) } || lower.after("your-") != nil || lower.after("your_") != nil
    }

    /// Account ids that AWS's documentation uses for nobody.
    private static let examples = ["123456789012", "111122223333", "444455556666", "777788889999", "999988887777", "000000000000"]

    static func exampleAccounts(in text: String) -> [String] {
        let digits = text.utf8.split(whereSeparator: { !(0x30...0x39).contains($0) }).filter { $0.count == 12 }
        return digits.map { String(decoding: $0, as: UTF8.self) }.filter { run in examples.contains { $0.hasSameBytes(as: run) } }
    }
}
