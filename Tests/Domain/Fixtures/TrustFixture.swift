// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats
public import Trust

/// A trust root of five people and one ledger key.
public enum TrustFixture {
    public static let origin = "example.com/org-cloudtrail"

    public static func key(_ key: PrivateKey, _ owner: String) -> (String, JSONValue?) {
        (
            key.id.text,
            .object([
                ("type", .string(key.publicKey.type.rawValue)), ("public", .string(Base64.encode(key.publicKey.der))), ("owner", .string(owner)),
            ])
        )
    }

    public static func role(_ threshold: Int, _ keys: PrivateKey...) -> JSONValue {
        .object([("keys", .strings(keys.map(\.id.text))), ("threshold", .integer(threshold))])
    }

    public static func payload(version: Int = 1, previous: Digest? = nil) -> JSONValue {
        .object([
            ("type", "countersign/trust/v1"), ("version", .integer(version)), ("origin", .string(origin)), ("previous", previous?.json),
            ("created", "2026-11-01T00:00:00Z"), ("expires", "2027-11-01T00:00:00Z"),
            (
                "keys",
                .object([
                    key(Keys.alice, "alice"), key(Keys.bob, "bob"), key(Keys.carol, "carol"), key(Keys.dana, "dana"), key(Keys.erin, "erin"),
                    key(Keys.exec, "release-engineering"),
                ])
            ),
            (
                "roles",
                .object([
                    ("root", role(2, Keys.alice, Keys.bob, Keys.carol)), ("preparer", role(1, Keys.dana, Keys.erin)),
                    ("approver", role(2, Keys.alice, Keys.bob, Keys.carol)), ("ledger", role(1, Keys.exec)), ("witness", role(0)),
                ])
            ),
            (
                "limits",
                .object([
                    ("partition", "aws"), ("accounts", ["604183725190"]), ("regions", ["us-east-1"]),
                    ("operations", .strings(ChangeKind.allCases.map(\.rawValue))), ("endpoints", []), ("maxValiditySeconds", 604_800),
                    ("executorMayApprove", false), ("witnessBeforeSend", false), ("userVerification", false),
                ])
            ),
        ])
    }

    /// Version 1, signed by alice and carol.
    public static let first: VerifiedTrustRoot = made(payload(), nil)

    /// The next version of a root, with changes, signed by alice and carol.
    public static func next(_ previous: VerifiedTrustRoot, _ edits: [(String, JSONValue?)] = []) throws -> Envelope {
        try sealed(
            .trustRoot, payload(version: previous.root.version + 1, previous: previous.envelope.payloadDigest).with(edits), by: Keys.alice, Keys.carol
        )
    }

    private static func made(_ payload: JSONValue, _ previous: VerifiedTrustRoot?) -> VerifiedTrustRoot {
        do {
            return try VerifiedTrustRoot.verify(try sealed(.trustRoot, payload, by: Keys.alice, Keys.carol), previous: previous)
        } catch { fatalError("\(error)") }
    }

    /// A chain of version 1 and changed next versions.
    public static func chain(_ versions: [(String, JSONValue?)]...) throws -> TrustChain {
        var chain = TrustChain(first)
        for edits in versions { try chain.append(try next(chain.newest, edits)) }
        return chain
    }

    /// A chain whose only version is version 1, changed.
    public static func only(_ edits: [(String, JSONValue?)]) throws -> TrustChain {
        TrustChain(try VerifiedTrustRoot.verify(try sealed(.trustRoot, payload().with(edits), by: Keys.alice, Keys.carol), previous: nil))
    }
}
