// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The names and addresses that a custom endpoint may have.
enum HostName {
    /// The canonical form of a host as written in a URL; nil for what is none.
    static func canonical(_ text: String) -> String? {
        if text.utf8.first == UInt8(ascii: "[") {
            guard text.utf8.last == UInt8(ascii: "]") else { return nil }
            return canonicalIPv6(String(text.dropFirst().dropLast()))
        }
        // Lower case of ASCII only: Unicode's would make a K of a KELVIN SIGN.
        let lower = text.asciiLowercased
        guard isName(lower) else { return nil }
        // A name whose last label is a number is read as an address by some (127.1, 0x7f.1): only the plain form passes.
        let last = lower.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
        if let first = last.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) { return octets(lower) == nil ? nil : lower }
        return lower
    }

    /// 127.0.0.0/8 (RFC 1122 §3.2.1.3), ::1 (RFC 4291 §2.5.3), `localhost` (RFC 6761 §6.3).
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || octets(host)?.first == 127
    }

    /// Labels of letters, digits and inner hyphens (RFC 1123 §2.1).
    private static func isName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { AWSRegion.isWellFormed(String($0)) }
    }

    private static func octets(_ text: String) -> [Int]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in Int(part).flatMap { (0...255).contains($0) && "\($0)" == part ? $0 : nil } }
        return parts.count == 4 && numbers.count == 4 ? numbers : nil
    }

    private static func canonicalIPv6(_ text: String) -> String? {
        var address = in6_addr()
        var output = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_pton(AF_INET6, text, &address) == 1, inet_ntop(AF_INET6, &address, &output, socklen_t(output.count)) != nil else { return nil }
        return String(decoding: output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
