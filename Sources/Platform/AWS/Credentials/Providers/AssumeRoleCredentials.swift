// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// A profile with `role_arn`: AssumeRole with what `source_profile` or `credential_source` gives
/// ("Assume role credential provider", AWS SDKs and Tools Reference Guide).
struct AssumeRoleCredentials: CredentialsProvider {
    let profile: SharedProfile
    let context: CredentialsContext
    /// The profiles on the way here, this one last: none may come again.
    let visited: [String]

    func find() throws(Refusal) -> AWSCredentials? {
        guard profile.assumesRole else { return nil }
        return try RoleSession(profile: profile, context: context).assume(with: try source())
    }

    private func source() throws(Refusal) -> AWSCredentials {
        switch (profile.text("source_profile"), profile.text("credential_source")) {
        case (.some, .some):
            throw profile.refusal(
                "credentials-contradict", "has both source_profile and credential_source", at: "credential_source", hint: "keep one of them")
        case (nil, nil):
            throw profile.refusal(
                "credentials-incomplete", "has role_arn, but neither source_profile nor credential_source", at: "role_arn",
                hint: "say which credentials may assume the role: source_profile = NAME")
        case (.some(let name), nil): return try credentials(ofProfile: name)
        case (nil, .some(let name)): return try credentials(ofSource: name)
        }
    }

    private func credentials(ofSource name: String) throws(Refusal) -> AWSCredentials {
        let provider: any CredentialsProvider
        switch name {
        case "Environment": provider = EnvironmentCredentials(environment: context.environment)
        case "EcsContainer": provider = ContainerCredentials(context: context)
        case "Ec2InstanceMetadata": provider = InstanceCredentials(context: context)
        default:
            throw profile.refusal(
                "credentials-source", "names the credential_source \"\(SafeText.escaped(name))\", which there is not", at: "credential_source",
                hint: "it is Environment, EcsContainer or Ec2InstanceMetadata")
        }
        guard let found = try provider.find() else {
            throw profile.refusal(
                "credentials-missing", "gets its credentials from credential_source = \(name), and there are none", at: "credential_source")
        }
        return found
    }

    private func credentials(ofProfile name: String) throws(Refusal) -> AWSCredentials {
        guard let source = context.settings.files.profile(name) else {
            throw profile.refusal(
                "profile-missing", "has source_profile = \(SafeText.escaped(name)), and there is no such profile", at: "source_profile",
                hint: Suggestion.nearest(to: name, among: context.settings.files.profileNames).map { "did you mean \"\(SafeText.escaped($0))\"?" })
        }
        // A profile may name itself as its source: then its own keys are meant (botocore).
        let isItself = name.hasSameBytes(as: profile.name)
        if visited.contains(where: { $0.hasSameBytes(as: name) }), !(isItself && source.hasKeys) {
            let way = (visited + [name]).map { "\"\(SafeText.escaped($0))\"" }.joined(separator: " → ")
            throw profile.refusal(
                "profile-loop", "leads back to where it came from: \(way)", at: "source_profile", hint: "let the last profile have credentials")
        }
        if source.assumesRole, !source.hasKeys {
            if let found = try AssumeRoleCredentials(profile: source, context: context, visited: visited + [name]).find() { return found }
        } else {
            let web = WebIdentityCredentials(profile: source, usesEnvironment: false, context: context)
            for provider in [web] + CredentialsChain.ofProfile(source, context) {
                if let found = try provider.find() { return found }
            }
        }
        throw profile.refusal(
            "credentials-missing", "has source_profile = \(SafeText.escaped(name)), and that profile has no credentials", at: "source_profile")
    }
}
