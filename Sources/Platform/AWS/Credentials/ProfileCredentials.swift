// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// Keys of a profile of the shared files. A profile that gets its credentials in another way is refused by that setting's name.
struct ProfileCredentials: CredentialsProvider {
    let name: String
    /// What named the profile; nil for the profile `default` that nobody named, which may be absent.
    let namedBy: String?
    let environment: [String: String]

    /// Settings that come before keys, whichever file they stand in.
    private static let first = [
        "role_arn", "web_identity_token_file", "sso_session", "sso_start_url", "sso_account_id", "sso_role_name", "login_session",
    ]

    func find() throws(Refusal) -> AWSCredentials? {
        let files = try ProfileFiles(environment: environment)
        let sections = files.sections(of: name)
        if sections.isEmpty {
            guard let namedBy else { return nil }
            throw Refusal(
                "profile-missing", .configuration, "there is no profile \"\(SafeText.escaped(name))\" (\(namedBy)) in \(files.names)",
                hint: Suggestion.nearest(to: name, among: files.profileNames).map { "did you mean \"\(SafeText.escaped($0))\"?" })
        }
        for setting in Self.first {
            if let place = sections.lazy.compactMap({ $0.place(of: setting) }).first { throw unsupported(setting, place) }
        }
        // The process stands between the keys of the credentials file and those of the config file, as in the AWS SDKs.
        if let section = files.credentialsSection(of: name), let found = try keys(section) { return found }
        if let place = sections.lazy.compactMap({ $0.place(of: "credential_process") }).first { throw unsupported("credential_process", place) }
        if let section = files.configSection(of: name), let found = try keys(section) { return found }
        guard namedBy != nil else { return nil }
        throw Refusal(
            "credentials-missing", .configuration, "profile \"\(SafeText.escaped(name))\" has no aws_access_key_id",
            at: sections[0].place, hint: "give the profile keys, or name another one")
    }

    private func keys(_ section: INISection) throws(Refusal) -> AWSCredentials? {
        let key = section.value(of: "aws_access_key_id")
        let secret = section.value(of: "aws_secret_access_key")
        if key == nil, secret == nil { return nil }
        guard let key, let secret else {
            let (has, lacks) = key == nil ? ("aws_secret_access_key", "aws_access_key_id") : ("aws_access_key_id", "aws_secret_access_key")
            throw Refusal(
                "credentials-incomplete", .configuration, "profile \"\(SafeText.escaped(name))\" has \(has), but no \(lacks)",
                at: section.place(of: has) ?? section.place)
        }
        do throws(Refusal) {
            return try AWSCredentials(
                accessKeyID: key.withBytes { String(decoding: $0, as: UTF8.self) }, secretKey: secret,
                sessionToken: section.value(of: "aws_session_token"), source: "profile \"\(name)\" of \(section.file)")
        } catch {
            var placed = error
            placed.place = section.place
            throw placed
        }
    }

    private func unsupported(_ setting: String, _ place: Place) -> Refusal {
        Refusal(
            "credentials-unsupported", .configuration,
            "profile \"\(SafeText.escaped(name))\" gets its credentials by \(setting), which is not supported", at: place,
            hint: "put keys into the profile, or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN")
    }
}
