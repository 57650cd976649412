// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// Credentials in a JSON object that a program or a server gave. No error repeats any part of it.
struct CredentialsAnswer {
    private let root: JSONValue
    /// Who gave it, for an error: `credential_process of profile "deploy"`.
    private let name: String

    init(_ bytes: [UInt8], of name: String) throws(Refusal) {
        self.name = name
        guard let document = try? JSONDocument(bytes, rules: .general), document.root.objectValue != nil else {
            throw Refusal("credentials-unreadable", .configuration, "what \(name) gave is no JSON object")
        }
        root = document.root
    }

    func text(_ member: String) -> String? { root[member]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
    func integer(_ member: String) -> Int? { root[member]?.integerValue }
    func object(_ member: String) -> CredentialsAnswer? { root[member].map { CredentialsAnswer(root: $0, name: name) } }

    func required(_ member: String) throws(Refusal) -> String {
        guard let found = text(member) else { throw Refusal("credentials-unreadable", .configuration, "what \(name) gave has no \(member)") }
        return found
    }

    /// The credentials in members named so.
    func credentials(
        _ key: String, _ secret: String, _ token: String, expiration: Instant?, method: CredentialsMethod, source: String, now: Instant
    ) throws(Refusal) -> AWSCredentials {
        if let expiration, expiration <= now {
            throw Refusal("credentials-expired", .configuration, "the credentials that \(name) gave ended at \(expiration)")
        }
        return try AWSCredentials(
            accessKeyID: try required(key), secretKey: SecretBytes(try required(secret).utf8), sessionToken: text(token).map { SecretBytes($0.utf8) },
            method: method, source: source, expiration: expiration)
    }

    /// The time in a member, where there is one.
    func time(_ member: String) throws(Refusal) -> Instant? {
        guard let text = text(member) else { return nil }
        return try AWSTime.instant(text, of: "\(member) in what \(name) gave")
    }

    private init(root: JSONValue, name: String) {
        self.root = root
        self.name = name
    }
}
