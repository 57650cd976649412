// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What the sources of credentials need of the world; tests put their own in.
public struct CredentialsContext: Sendable {
    public let settings: AWSSettings
    /// STS of the command's Region: roles are assumed there, as botocore does. Nil where no Region is known.
    public let sts: (endpoint: AWSEndpoint, region: String)?
    public let transport: @Sendable (TransportSettings) -> any Transport
    public let clock: @Sendable () -> Instant
    public let pace: Pace
    /// Asks a person for the code of an MFA device.
    public let askTokenCode: @Sendable (_ serial: String) throws(Refusal) -> String
    /// Seconds that a `credential_process` may take.
    public let processSeconds: Int

    public init(
        settings: AWSSettings, sts: (endpoint: AWSEndpoint, region: String)?, transport: @escaping @Sendable (TransportSettings) -> any Transport,
        clock: @escaping @Sendable () -> Instant, pace: Pace = .system,
        askTokenCode: @escaping @Sendable (_ serial: String) throws(Refusal) -> String, processSeconds: Int = 120
    ) {
        self.settings = settings
        self.sts = sts
        self.transport = transport
        self.clock = clock
        self.pace = pace
        self.askTokenCode = askTokenCode
        self.processSeconds = processSeconds
    }

    var environment: [String: String] { settings.environment }

    /// - Throws: `region-missing`.
    func requiredSTS() throws(Refusal) -> (endpoint: AWSEndpoint, region: String) {
        guard let sts else {
            throw Refusal(
                "region-missing", .configuration, "a role is to be assumed, and no Region says at which STS",
                hint: "set AWS_REGION, or region in the profile")
        }
        return sts
    }

    /// A variable of the environment; an empty one is none.
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// `~/…` with the home folder put in.
    func expanded(_ path: String) -> String {
        guard path.utf8.starts(with: "~/".utf8), let home = variable("HOME") else { return path }
        return home + path.dropFirst()
    }
}
