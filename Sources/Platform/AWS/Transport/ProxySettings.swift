// SPDX-License-Identifier: Apache-2.0

/// The proxy of the environment (libcurl's own rules: ENVIRONMENT of curl(1)), read from a value and not from the process.
public struct ProxySettings: Sendable, Hashable {
    let secure: String?
    let exceptions: String

    public static let none = ProxySettings(environment: [:])

    public init(environment: [String: String]) {
        func first(_ names: [String]) -> String? { names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } }
        secure = first(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
        exceptions = first(["no_proxy", "NO_PROXY"]) ?? ""
    }

    /// Plain HTTP goes to this machine or its network card only, and never through a proxy.
    func proxy(for endpoint: AWSEndpoint) -> String? {
        endpoint.isLoopback || endpoint.scheme == .http ? nil : secure
    }
}

/// A proxy's URL may hold a password.
extension ProxySettings: CustomStringConvertible, CustomReflectable {
    public var description: String { secure == nil ? "no proxy" : "a proxy" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
