// SPDX-License-Identifier: Apache-2.0

import Glibc
public import StrictFormats

/// `HOST:PORT` to listen on: an IPv4 address, or an IPv6 address in brackets. No name: a name may be another machine's tomorrow.
public struct ListenAddress: Sendable {
    public let text: String
    let family: Int32
    /// sockaddr_in or sockaddr_in6.
    let bytes: [UInt8]

    /// - Throws: `listen-address` (usage).
    public init(_ text: String) throws(Refusal) {
        self.text = text
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), !text.utf8.contains(0), !text.contains("+")
        else {
            throw Self.refused(text)
        }
        let host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            guard inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &address.sin6_addr) == 1 else { throw Self.refused(text) }
            family = AF_INET6
            bytes = withUnsafeBytes(of: address) { Array($0) }
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw Self.refused(text) }
            family = AF_INET
            bytes = withUnsafeBytes(of: address) { Array($0) }
        }
    }

    private static func refused(_ text: String) -> Refusal {
        Refusal(
            "listen-address", .usage, "--listen \(SafeText.escaped(text)) is no IP address and port",
            hint: "for example 127.0.0.1:8080, or [::1]:8080")
    }
}
