// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_CREDENTIAL_EXPIRATION`. An empty variable is none.
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
        var expiration: Instant?
        if let text = value("AWS_CREDENTIAL_EXPIRATION") {
            expiration = try AWSTime.instant(text, of: "AWS_CREDENTIAL_EXPIRATION in the environment")
        }
        // botocore reads the older name first.
        let token = value("AWS_SECURITY_TOKEN") ?? value("AWS_SESSION_TOKEN")
        return try AWSCredentials(
            accessKeyID: key, secretKey: SecretBytes(secret.utf8), sessionToken: token.map { SecretBytes($0.utf8) },
            method: .environment, source: "the environment", expiration: expiration)
    }
}
