// SPDX-License-Identifier: Apache-2.0

/// What a transport needs to know besides the request.
public struct TransportSettings: Sendable, Hashable {
    /// Name resolution, connection and TLS together.
    public var connectMilliseconds = 10_000
    /// From the first look-up to the last byte.
    public var totalMilliseconds = 60_000
    /// Bytes of a body.
    public var answerLimit = 8 << 20
    /// A file of certificates that replaces the system's (`AWS_CA_BUNDLE`).
    public var certificateBundle: String?
    public var proxy: ProxySettings

    public init(environment: [String: String] = [:]) {
        certificateBundle = environment["AWS_CA_BUNDLE"].flatMap { $0.isEmpty ? nil : $0 }
        proxy = ProxySettings(environment: environment)
    }
}
