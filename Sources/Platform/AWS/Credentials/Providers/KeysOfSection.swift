// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// Keys that stand in a profile's section of the credentials file or of the config file.
struct KeysOfSection: CredentialsProvider {
    let profile: SharedProfile
    let section: INISection?
    let method: CredentialsMethod

    func find() throws(Refusal) -> AWSCredentials? {
        guard let section else { return nil }
        let key = section.value(of: "aws_access_key_id")
        let secret = section.value(of: "aws_secret_access_key")
        if key == nil, secret == nil { return nil }
        guard let key, let secret else {
            let (has, lacks) = key == nil ? ("aws_secret_access_key", "aws_access_key_id") : ("aws_access_key_id", "aws_secret_access_key")
            throw Refusal(
                "credentials-incomplete", .configuration, "\(profile.shown) has \(has), but no \(lacks)",
                at: section.place(of: has) ?? section.place, hint: "give both, or neither")
        }
        do throws(Refusal) {
            return try AWSCredentials(
                accessKeyID: key.text, secretKey: secret,
                sessionToken: section.value(of: "aws_security_token") ?? section.value(of: "aws_session_token"),
                method: method, source: "profile \"\(profile.name)\" of \(section.file)")
        } catch {
            var placed = error
            placed.place = section.place
            throw placed
        }
    }
}

/// `login_session` (`aws login`): its refresh asks for a proof of possession that is not built here. Passing it over would mean
/// acting as somebody else.
struct LoginSession: CredentialsProvider {
    let profile: SharedProfile

    func find() throws(Refusal) -> AWSCredentials? {
        guard profile.has("login_session") else { return nil }
        throw profile.refusal(
            "credentials-unsupported", "gets its credentials by login_session, which is not supported", at: "login_session",
            hint: "let the AWS CLI give them: credential_process = aws configure export-credentials --format process --profile …")
    }
}
