// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// Where credentials come from, in botocore's order; docs/credentials.md has it as a table.
///
/// With `--profile` the environment's keys and web identity are passed over; with `AWS_PROFILE` they are not (formats.md §9).
public struct CredentialsChain: Sendable {
    let context: CredentialsContext

    public init(_ context: CredentialsContext) { self.context = context }

    /// - Throws: `credentials-…`, `profile-…`, `region-missing`, `setting-invalid`, `sso-…`, `imds-…`, or what a server answered.
    public func resolve() throws(Refusal) -> AWSCredentials {
        let settings = context.settings
        let profile = settings.profile
        if profile == nil, let namedBy = settings.profileNamedBy { throw missing(namedBy) }
        for provider in providers(profile) {
            if let found = try provider.find() { return found }
        }
        throw Refusal(
            "credentials-missing", .configuration,
            "there are no AWS credentials: none \(settings.isProfileOption ? "" : "in the environment, none ")"
                + "in profile \"\(SafeText.escaped(settings.profileName))\", and no container or instance gives any",
            at: profile?.place ?? Place(), hint: "say --profile NAME, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    }

    private func missing(_ namedBy: String) -> Refusal {
        let settings = context.settings
        return Refusal(
            "profile-missing", .configuration,
            "there is no profile \"\(SafeText.escaped(settings.profileName))\" (\(namedBy)) in \(settings.files.names)",
            hint: Suggestion.nearest(to: settings.profileName, among: settings.files.profileNames).map { "did you mean \"\(SafeText.escaped($0))\"?" }
        )
    }

    private func providers(_ profile: SharedProfile?) -> [any CredentialsProvider] {
        let usesEnvironment = !context.settings.isProfileOption
        var result: [any CredentialsProvider] = usesEnvironment ? [EnvironmentCredentials(environment: context.environment)] : []
        if let profile { result.append(AssumeRoleCredentials(profile: profile, context: context, visited: [profile.name])) }
        result.append(WebIdentityCredentials(profile: profile, usesEnvironment: usesEnvironment, context: context))
        if let profile { result += Self.ofProfile(profile, context) }
        return result + [ContainerCredentials(context: context), InstanceCredentials(context: context)]
    }

    /// A profile's own sources besides a role, in order.
    static func ofProfile(_ profile: SharedProfile, _ context: CredentialsContext) -> [any CredentialsProvider] {
        [
            IdentityCenterCredentials(profile: profile, context: context),
            KeysOfSection(profile: profile, section: profile.credentials, method: .sharedCredentialsFile),
            LoginSession(profile: profile),
            ProcessCredentials(profile: profile, context: context),
            KeysOfSection(profile: profile, section: profile.config, method: .configFile),
        ]
    }
}
