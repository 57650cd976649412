// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// An access key, with a session token where it is temporary. It prints no secret.
public struct AWSCredentials: Sendable {
    public let accessKeyID: String
    public let secretKey: SecretBytes
    public let sessionToken: SecretBytes?
    /// Where they came from, for people: `profile "deploy" of /home/me/.aws/credentials`.
    public let source: String
    /// When they end, where the source says so.
    public let expiration: Instant?

    /// - Throws: `credentials-invalid` for characters that no key has; the value is never shown.
    public init(
        accessKeyID: String, secretKey: SecretBytes, sessionToken: SecretBytes? = nil, source: String, expiration: Instant? = nil
    ) throws(Refusal) {
        func refuse(_ what: String) -> Refusal {
            Refusal(
                "credentials-invalid", .configuration, "the \(what) from \(SafeText.escaped(source)) is empty or has characters that none has",
                hint: "look for a space, a quotation mark or a line break that was copied along")
        }
        // An identifier with a slash, a comma or `=` would break the Authorization header apart.
        guard (1...128).contains(accessKeyID.utf8.count), accessKeyID.utf8.allSatisfy({ Self.isVisible($0) && !"/,=".utf8.contains($0) }) else {
            throw refuse("access key id")
        }
        guard secretKey.withBytes({ !$0.isEmpty && $0.allSatisfy(Self.isVisible) }) else { throw refuse("secret access key") }
        if let sessionToken, !sessionToken.withBytes({ !$0.isEmpty && $0.allSatisfy(Self.isVisible) }) { throw refuse("session token") }
        self.accessKeyID = accessKeyID
        self.secretKey = secretKey
        self.sessionToken = sessionToken
        self.source = source
        self.expiration = expiration
    }

    /// A key that does not end by itself ("Understanding unique ID prefixes", IAM User Guide).
    public var isLongLived: Bool { accessKeyID.utf8.starts(with: "AKIA".utf8) }

    private static func isVisible(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "'")
    }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(SafeText.escaped(accessKeyID)) from \(SafeText.escaped(source))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID, "source": source]) }
}
