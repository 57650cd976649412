// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// Where credentials come from, in order ("Credential provider chain", AWS SDKs and Tools Reference Guide).
public enum CredentialsChain {
    /// - Parameters:
    ///   - profile: `--profile`, which takes precedence over keys in the environment; `AWS_PROFILE` does not (formats.md §9).
    /// - Throws: `credentials-missing`, `credentials-incomplete`, `credentials-invalid`, `credentials-unsupported`,
    ///   `profile-missing`, `profile-file-invalid`, or what reading a file throws.
    public static func resolve(profile: String?, environment: [String: String]) throws(Refusal) -> AWSCredentials {
        for provider in try providers(profile: profile, environment: environment) {
            if let found = try provider.find() { return found }
        }
        throw Refusal(
            "credentials-missing", .configuration, "there are no AWS credentials: none in the environment, and none in profile \"default\"",
            hint: "say --profile NAME, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    }

    private static func providers(profile: String?, environment: [String: String]) throws(Refusal) -> [any CredentialsProvider] {
        if let profile { return [ProfileCredentials(name: profile, namedBy: "--profile", environment: environment)] }
        let chosen = environment["AWS_PROFILE"].flatMap { $0.isEmpty ? nil : $0 }
        return [
            EnvironmentCredentials(environment: environment),
            UnsupportedSource(environment: environment, variables: ["AWS_WEB_IDENTITY_TOKEN_FILE"]),
            ProfileCredentials(name: chosen ?? "default", namedBy: chosen == nil ? nil : "AWS_PROFILE", environment: environment),
            UnsupportedSource(
                environment: environment, variables: ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]),
        ]
    }
}
