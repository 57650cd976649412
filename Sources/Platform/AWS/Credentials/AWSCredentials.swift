// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// An access key, with a session token where it is temporary. It prints no secret.
public struct AWSCredentials: Sendable {
    public let accessKeyID: String
    public let secretKey: SecretBytes
    public let sessionToken: SecretBytes?
    /// How they were found.
    public let method: CredentialsMethod
    /// Where they came from, for people: `profile "deploy" of /home/me/.aws/credentials`.
    public let source: String
    /// When they end, where the source says so.
    public let expiration: Instant?

    /// - Throws: `credentials-invalid` for characters that no key has; the value is never shown.
    public init(
        accessKeyID: String, secretKey: SecretBytes, sessionToken: SecretBytes? = nil, method: CredentialsMethod = .environment, source: String,
        expiration: Instant? = nil
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
        self.method = method
        self.source = source
        self.expiration = expiration
    }

    /// A key that does not end by itself ("Understanding unique ID prefixes", IAM User Guide).
    public var isLongLived: Bool { accessKeyID.utf8.starts(with: "AKIA".utf8) }

    /// The access key id with its middle left out: enough to recognise it.
    public var abbreviatedKeyID: String {
        accessKeyID.utf8.count > 12 ? "\(accessKeyID.prefix(8))…\(accessKeyID.suffix(4))" : SafeText.escaped(accessKeyID)
    }

    /// Whether they end within that many seconds.
    public func ends(within seconds: Int, of now: Instant) -> Bool { expiration.map { $0 - now <= seconds } ?? false }

    /// Whether both were found in one way at one place: a refresh must not make somebody else of us.
    public func isOfSameSource(as other: AWSCredentials) -> Bool { method == other.method && source.hasSameBytes(as: other.source) }

    private static func isVisible(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "'")
    }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(SafeText.escaped(accessKeyID)) from \(SafeText.escaped(source))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID, "source": source]) }
}
