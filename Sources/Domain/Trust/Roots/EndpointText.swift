// SPDX-License-Identifier: Apache-2.0

/// The written form of an endpoint in a trust root's limits (formats.md §3).
public enum EndpointText {
    /// `https://host[:port]`, or `http://` to a loopback address; no user, path, query or fragment.
    public static func isAcceptable(_ text: String) -> Bool {
        let secure = text.hasPrefix("https://")
        guard secure || text.hasPrefix("http://") else { return false }
        let rest = text.dropFirst(secure ? 8 : 7)
        var host = rest
        var port: Substring?
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return false }
            host = rest[rest.index(after: rest.startIndex)..<end]
            let tail = rest[rest.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { return false }
            port = tail.isEmpty ? nil : tail.dropFirst()
            guard host.utf8.allSatisfy({ Names.isLowerHex($0) || $0 == UInt8(ascii: ":") }) else { return false }
        } else {
            if let colon = rest.firstIndex(of: ":") {
                host = rest[..<colon]
                port = rest[rest.index(after: colon)...]
            }
            guard host.utf8.allSatisfy({ Names.isLowerOrDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }) else { return false }
        }
        guard !host.isEmpty, host.utf8.count <= 253 else { return false }
        if let port {
            guard let number = UInt16(port), number > 0, "\(number)" == port else { return false }
        }
        return secure || isLoopback(host)
    }

    private static func isLoopback(_ host: Substring) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { part in UInt8(part).map { "\($0)" == part } ?? false }
    }
}
