// SPDX-License-Identifier: Apache-2.0
import StrictFormats

extension PolicyRule {
    static let kp047 = PolicyRule(
        id: "KP047", severity: .medium,
        reason: "names of statements stand in CloudTrail's logs in plain text, for everyone who may read them",
        source: "KMS API, PutKeyPolicy: do not include confidential or sensitive information",
        fix: "name the statement after what it is for"
    ) { document, _ in
        let users = document.statements.flatMap(\.principals.entries).compactMap { entry -> String? in
            if case .user(_, let name) = entry.pattern { name.lastComponent } else { nil }
        }
        return ([document.id] + document.statements.map(\.sid)).compactMap(\.self).compactMap { string in
            SensitiveWord.find(in: string.text, users: users).map { Hit(string, "\(Quoted.text(string.text)) holds \($0)") }
        }
    }
}

/// What does not belong into a text that everybody reads.
enum SensitiveWord {
    /// What it is, in words; nil for an innocent text.
    /// - Parameter users: names of IAM users that the same policy names.
    static func find(in text: String, users: [String] = []) -> String? {
        let lower = text.asciiLowercased
        if let user = users.first(where: { $0.utf8.count >= 3 && lower.firstRange(of: $0.asciiLowercased) != nil }) {
            return "the name of the user \(Quoted.word(user))"
        }
        if lower.utf8.starts(with: "-----begin ".utf8) { return "a key or certificate" }
        for word in text.split(whereSeparator: { " \t\r\n,;()\"'<>".contains($0) }) {
            if isAddress(word) { return "a mail address" }
            if isAccessKey(word) { return "an access key's id" }
            if isSecret(word) { return "what looks like a secret" }
        }
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else { return nil }
        for label in ["password", "passwd", "secret", "token", "apikey", "api-key", "api_key"] where hasValue(lower, after: label) {
            return "what looks like a secret"
        }
        return nil
    }

    /// `somebody@example.com`.
    private static func isAddress(_ word: Substring) -> Bool {
        let parts = word.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return false }
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty }
    }

    /// IAM User Guide, "IAM identifiers": `AKIA` and `ASIA` begin the ids of access keys.
    private static func isAccessKey(_ word: Substring) -> Bool {
        let bytes = Array(word.utf8)
        return bytes.count == 20 && ["AKIA", "ASIA"].contains { bytes.starts(with: $0.utf8) } && bytes.allSatisfy { isUpper($0) || isDigit($0) }
    }

    /// Thirty-two characters or more of base64 in which small and capital letters and digits are mixed.
    private static func isSecret(_ word: Substring) -> Bool {
        let bytes = Array(word.utf8)
        guard bytes.count >= 32, bytes.allSatisfy({ isUpper($0) || isUpper($0 & 0xDF) || isDigit($0) || "+/=_-".utf8.contains($0) }) else {
            return false
        }
        let changes = zip(bytes, bytes.dropFirst()).count { isDigit($0) != isDigit($1) }
        return changes >= 6 && bytes.contains(where: isUpper) && bytes.contains { isUpper($0 & 0xDF) && !isUpper($0) }
    }

    /// `password=…`, `token: …`.
    private static func hasValue(_ text: String, after label: String) -> Bool {
        guard let range = text.firstRange(of: label) else { return false }
        let rest = text[range.upperBound...].drop { $0 == " " }
        guard let sign = rest.first, sign == "=" || sign == ":" else { return false }
        return rest.dropFirst().contains { $0 != " " }
    }

    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
