// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// An Amazon resource name: six components; colons and slashes after the fifth belong to the resource.
public struct ARN: Sendable, Hashable {
    public let partition: String
    public let service: String
    public let region: String
    public let account: String
    public let resource: String

    /// Nil for what does not begin `arn:` or has fewer than six components.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].elementsEqual("arn".utf8) else { return nil }
        let words = parts.map { String(decoding: $0, as: UTF8.self) }
        (partition, service, region, account, resource) = (words[1], words[2], words[3], words[4], words[5])
    }
}

/// An AWS account's id: twelve digits.
public enum AccountID {
    public static func isValid(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension String {
    /// What follows a prefix (same bytes), where the text begins with it and something follows.
    func after(_ prefix: String) -> String? {
        guard utf8.count > prefix.utf8.count, utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    /// The text before and after the first occurrence of one ASCII character.
    func split(at separator: Unicode.Scalar) -> (String, String)? {
        guard let index = utf8.firstIndex(of: UInt8(ascii: separator)) else { return nil }
        return (String(decoding: utf8[..<index], as: UTF8.self), String(decoding: utf8[utf8.index(after: index)...], as: UTF8.self))
    }

    /// Letters A to Z in lower case, nothing else touched: how IAM compares action names and condition keys.
    var asciiLowercased: String {
        guard utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else { return self }
        return String(decoding: utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    func isSameIgnoringASCIICase(as other: String) -> Bool { asciiLowercased.hasSameBytes(as: other.asciiLowercased) }
}
