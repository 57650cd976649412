// SPDX-License-Identifier: Apache-2.0

/// Where requests go: a scheme, a host and a port, and nothing else.
public struct AWSEndpoint: Sendable, Hashable {
    public enum Scheme: String, Sendable, Hashable {
        case http
        case https

        var port: Int { self == .http ? 80 : 443 }
    }

    public let scheme: Scheme
    /// Lower case; an IPv6 address stands without its brackets.
    public let host: String
    public let port: Int

    init(scheme: Scheme, host: String, port: Int? = nil) {
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.port
    }

    /// What stands in the `Host` header and is signed: the scheme's own port is left out (RFC 9110 §7.2).
    public var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == scheme.port ? name : "\(name):\(port)"
    }

    /// `https://kms.us-east-1.amazonaws.com`: the form of bundles, trust roots and ledgers.
    public var text: String { "\(scheme.rawValue)://\(authority)" }

    /// Whether requests cannot leave this machine.
    public var isLoopback: Bool { HostName.isLoopback(host) }
}

extension AWSEndpoint: CustomStringConvertible {
    public var description: String { text }
}
