// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. An empty variable is none.
struct EnvironmentCredentials: CredentialsProvider {
    let environment: [String: String]

    func find() throws(Refusal) -> AWSCredentials? {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let key = value("AWS_ACCESS_KEY_ID")
        let secret = value("AWS_SECRET_ACCESS_KEY")
        if key == nil, secret == nil { return nil }
        guard let key, let secret else {
            let (has, lacks) = key == nil ? ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID") : ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
            throw Refusal(
                "credentials-incomplete", .configuration, "\(has) is set in the environment, but \(lacks) is not", hint: "set both, or unset both")
        }
        return try AWSCredentials(
            accessKeyID: key, secretKey: SecretBytes(secret.utf8), sessionToken: value("AWS_SESSION_TOKEN").map { SecretBytes($0.utf8) },
            source: "the environment")
    }
}

/// A source that the environment asks for and that cannot be used: passing it over would mean acting as somebody else.
struct UnsupportedSource: CredentialsProvider {
    let environment: [String: String]
    let variables: [String]

    func find() throws(Refusal) -> AWSCredentials? {
        guard let name = variables.first(where: { environment[$0]?.isEmpty == false }) else { return nil }
        throw Refusal(
            "credentials-unsupported", .configuration, "\(name) is set, and this source of credentials is not supported",
            hint: "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN instead")
    }
}
