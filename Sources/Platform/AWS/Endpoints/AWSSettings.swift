// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// The environment and the profile that a command runs with, as botocore reads them: a variable goes before the profile's setting.
public struct AWSSettings: Sendable {
    public let environment: [String: String]
    /// The profile's name: `--profile`, else `AWS_DEFAULT_PROFILE` or `AWS_PROFILE` (botocore's order), else `default`.
    public let profileName: String
    /// What named the profile; nil for `default`, which nobody named and which may be absent.
    public let profileNamedBy: String?
    let files: SharedConfiguration

    /// Reads the shared files. A profile that is missing is refused when credentials are asked for.
    /// - Parameter profile: `--profile`.
    /// - Throws: `profile-file-invalid`, or what reading a file throws.
    public init(profile: String?, environment: [String: String]) throws(Refusal) {
        self.environment = environment
        files = try SharedConfiguration(environment: environment)
        let named: (String, String)? =
            profile.map { ($0, "--profile") }
            ?? ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].lazy.compactMap { name in
                environment[name].flatMap { $0.isEmpty ? nil : ($0, name) }
            }.first
        profileName = named?.0 ?? "default"
        profileNamedBy = named?.1
    }

    var isProfileOption: Bool { profileNamedBy == "--profile" }
    var profile: SharedProfile? { files.profile(profileName) }

    /// A variable, where it is not empty, else the profile's setting; and where it stood.
    func value(_ variable: String?, _ setting: String) -> (text: String, origin: String)? {
        if let variable, let text = environment[variable], !text.isEmpty { return (text, variable) }
        guard let profile, let text = profile.text(setting) else { return nil }
        return (text, "\(setting) of \(profile.shown)")
    }

    /// `true` in any case is on; everything else is off (botocore).
    func flag(_ variable: String, _ setting: String) -> Bool { value(variable, setting)?.text.asciiLowercased == "true" }

    /// - Throws: `setting-invalid` unless it is a whole number of the range.
    func number(_ variable: String, _ setting: String, in range: ClosedRange<Int>, default fallback: Int) throws(Refusal) -> Int {
        guard let (text, origin) = value(variable, setting) else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw Refusal("setting-invalid", .configuration, "\(origin) is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The Region that is set, and what set it: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's `region`.
    public var region: (name: String, origin: String)? {
        if let text = environment["AWS_REGION"], !text.isEmpty { return (text, "AWS_REGION") }
        return value("AWS_DEFAULT_REGION", "region").map { ($0.text, $0.origin) }
    }

    /// A warning where another Region is set than the one that a file names; the file's is used.
    public func regionWarning(used: String) -> String? {
        guard let region, !region.name.hasSameBytes(as: used) else { return nil }
        return "\(region.origin) says Region \(SafeText.escaped(region.name)); \(SafeText.escaped(used)) is used, which this command is about"
    }

    /// How to transfer: `AWS_CA_BUNDLE` or `ca_bundle`, and the environment's proxy.
    public var transfer: TransportSettings {
        var result = TransportSettings(environment: environment)
        if result.certificateBundle == nil, let text = profile?.text("ca_bundle") { result.certificateBundle = text }
        return result
    }
}
