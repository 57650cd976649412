// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Files
import StrictFormats

/// AssumeRoleWithWebIdentity with a token from a file: `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`,
/// each else the profile's `web_identity_token_file`, `role_arn`, `role_session_name`.
struct WebIdentityCredentials: CredentialsProvider {
    let profile: SharedProfile?
    /// Not with `--profile`, and not for a source profile (botocore).
    let usesEnvironment: Bool
    let context: CredentialsContext

    func find() throws(Refusal) -> AWSCredentials? {
        guard let file = value("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") else { return nil }
        guard let role = value("AWS_ROLE_ARN", "role_arn") else {
            throw Refusal(
                "credentials-incomplete", .configuration, "\(file.origin) is set, and nothing says which role to assume with it", at: file.place,
                hint: "set \(file.place == Place() ? "AWS_ROLE_ARN" : "role_arn beside it")")
        }
        var token: [UInt8]
        do throws(Refusal) {
            token = try FileReader.read(context.expanded(file.text), limit: 64 << 10)
        } catch {
            var told = error
            told.category = .configuration
            told.message = "the web identity token (\(file.origin)) cannot be read: \(error.message)"
            throw told
        }
        defer { SecretBytes.wipe(&token) }
        let text = String(decoding: token, as: UTF8.self).filter { !$0.isWhitespace }
        guard !text.isEmpty else {
            throw Refusal("credentials-invalid", .configuration, "the web identity token file is empty", at: Place(file: file.text))
        }
        let session = RoleSessionRequest(
            role: role.text, sessionName: value("AWS_ROLE_SESSION_NAME", "role_session_name")?.text ?? RoleSessionRequest.defaultName(context.clock())
        )
        return try STSSessions(context: context).assume(
            session, webIdentityToken: text, source: "role \(role.text) with the web identity token of \(file.text)", place: role.place)
    }

    private func value(_ variable: String, _ setting: String) -> (text: String, origin: String, place: Place)? {
        if usesEnvironment, let text = context.variable(variable) { return (text, variable, Place()) }
        guard let profile, let text = profile.text(setting) else { return nil }
        return (text, "\(setting) of \(profile.shown)", profile.place(of: setting))
    }
}
