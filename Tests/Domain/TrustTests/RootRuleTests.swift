// SPDX-License-Identifier: Apache-2.0
// Every rule of formats.md §3, broken one by one in a root that is signed as it should be.
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing
import Trust

/// One broken rule: what is changed, and what is said about it.
struct BrokenRoot: CustomTestStringConvertible, Sendable {
    let what: String
    let edits: [(String, JSONValue?)]
    let code: String
    let pointer: String
    var testDescription: String { what }

    init(_ what: String, _ edits: [(String, JSONValue?)], _ code: String, _ pointer: String) {
        (self.what, self.edits, self.code, self.pointer) = (what, edits, code, pointer)
    }
}

@Suite struct RootRuleTests {
    static let alice = Keys.alice.id.text
    static let exec = Keys.exec.id.text
    static let stranger = Keys.stranger.id.text

    /// P-256 with a compressed point: the same key in another form.
    static var compressed: JSONValue {
        var der = Keys.carol.publicKey.der
        let odd = der[der.count - 1] & 1
        der = Array(der[..<26]) + [2 + odd] + der[27..<59]
        der[1] -= 32
        der[24] -= 32
        return .string(Base64.encode(der))
    }

    static let rules: [BrokenRoot] = [
        BrokenRoot("another type", [("/type", "countersign/trust/v2")], "unexpected-value", "/type"),
        BrokenRoot("an unknown member", [("/more", 1)], "unknown-member", "/more"),
        BrokenRoot("an unknown limit", [("/limits/more", 1)], "unknown-member", "/limits/more"),
        BrokenRoot("an unknown role", [("/roles/auditor", TrustFixture.role(0))], "unknown-member", "/roles/auditor"),
        BrokenRoot("a missing role", [("/roles/witness", nil)], "missing-member", "/roles"),
        BrokenRoot("a missing limit", [("/limits/endpoints", nil)], "missing-member", "/limits"),
        BrokenRoot("a null comment", [("/keys/\(alice)/comment", JSONValue(.null))], "wrong-type", "/keys/\(alice)/comment"),
        BrokenRoot("version 0", [("/version", 0)], "invalid-value", "/version"),
        BrokenRoot("a version that is true", [("/version", true)], "wrong-type", "/version"),
        BrokenRoot(
            "version 1 with a previous", [("/previous", .string("sha256:" + String(repeating: "0", count: 64)))], "trust-previous", "/previous"),
        BrokenRoot("version 2 without a previous", [("/version", 2)], "trust-previous", ""),
        BrokenRoot("an origin in capitals", [("/origin", "Example.com")], "invalid-value", "/origin"),
        BrokenRoot("an empty origin", [("/origin", "")], "invalid-value", "/origin"),
        BrokenRoot("an origin of 256 bytes", [("/origin", .string(String(repeating: "a", count: 256)))], "invalid-value", "/origin"),
        BrokenRoot("a time with a fraction", [("/created", "2026-11-01T00:00:00.0Z")], "invalid-value", "/created"),
        BrokenRoot("a time with an offset", [("/expires", "2027-11-01T00:00:00+00:00")], "invalid-value", "/expires"),
        BrokenRoot("a day that is not", [("/created", "2026-02-29T00:00:00Z")], "invalid-value", "/created"),
        BrokenRoot("it ends when it begins", [("/expires", "2026-11-01T00:00:00Z")], "trust-window", "/expires"),
        BrokenRoot("an owner in capitals", [("/keys/\(alice)/owner", "Alice")], "invalid-value", "/keys/\(alice)/owner"),
        BrokenRoot("an owner that begins with a dot", [("/keys/\(alice)/owner", ".alice")], "invalid-value", "/keys/\(alice)/owner"),
        BrokenRoot(
            "an owner of 65 bytes", [("/keys/\(alice)/owner", .string(String(repeating: "a", count: 65)))], "invalid-value", "/keys/\(alice)/owner"),
        BrokenRoot("a comment that turns the writing", [("/keys/\(alice)/comment", "a\u{202E}b")], "unsafe-text", "/keys/\(alice)/comment"),
        BrokenRoot("a comment with a line feed", [("/keys/\(alice)/comment", "a\nb")], "unsafe-text", "/keys/\(alice)/comment"),
        BrokenRoot("a key of another type than it says", [("/keys/\(alice)/type", "ecdsa-p256")], "invalid-value", "/keys/\(alice)/type"),
        BrokenRoot("a type of key that is not", [("/keys/\(alice)/type", "rsa")], "unexpected-value", "/keys/\(alice)/type"),
        BrokenRoot("a key without padding", [("/keys/\(alice)/public", "AAA")], "invalid-value", "/keys/\(alice)/public"),
        BrokenRoot("a key in the URL-safe alphabet", [("/keys/\(alice)/public", "-_-_")], "invalid-value", "/keys/\(alice)/public"),
        BrokenRoot("bytes that are no key", [("/keys/\(alice)/public", "AAAA")], "key-malformed", "/keys/\(alice)/public"),
        BrokenRoot("a compressed point", [("/keys/\(Keys.carol.id.text)/public", compressed)], "key-malformed", "/keys/\(Keys.carol.id.text)/public"),
        BrokenRoot(
            "an id that is not the hash", [("/keys/\(stranger)", TrustFixture.key(Keys.alice, "mallory").1)], "key-id-mismatch", "/keys/\(stranger)"),
        BrokenRoot("a key in no role", [("/keys/\(stranger)", TrustFixture.key(Keys.stranger, "mallory").1)], "trust-key-unused", "/keys"),
        BrokenRoot("a role with a key that is not there", [("/roles/approver/keys/3", .string(stranger))], "trust-role-key", "/roles"),
        BrokenRoot("a key twice in a role", [("/roles/approver/keys/3", .string(alice))], "invalid-value", "/roles/approver/keys/3"),
        BrokenRoot("root threshold 1", [("/roles/root/threshold", 1)], "trust-threshold", "/roles"),
        BrokenRoot("approver threshold 1", [("/roles/approver/threshold", 1)], "trust-threshold", "/roles"),
        BrokenRoot("approver threshold 4 of 3", [("/roles/approver/threshold", 4)], "trust-threshold", "/roles"),
        BrokenRoot("preparer threshold 2", [("/roles/preparer/threshold", 2)], "trust-threshold", "/roles"),
        BrokenRoot("ledger threshold 0", [("/roles/ledger/threshold", 0)], "trust-threshold", "/roles"),
        BrokenRoot("a negative threshold", [("/roles/witness/threshold", -1)], "invalid-value", "/roles/witness/threshold"),
        BrokenRoot(
            "three keys of two owners, threshold 3", [("/keys/\(Keys.bob.id.text)/owner", "alice"), ("/roles/approver/threshold", 3)],
            "trust-threshold", "/roles"),
        BrokenRoot("a ledger key that approves", [("/roles/approver/keys/3", .string(exec))], "trust-key-roles", "/roles"),
        BrokenRoot(
            "a ledger key on P-256",
            [("/roles/ledger/keys/1", .string(Keys.erin.id.text)), ("/roles/preparer/keys", .strings([Keys.dana.id.text]))], "trust-key-type", "/keys"
        ),
        BrokenRoot("an account of 11 digits", [("/limits/accounts", ["60418372519"])], "invalid-value", "/limits/accounts/0"),
        BrokenRoot("an account as a number", [("/limits/accounts", [604_183_725_190])], "wrong-type", "/limits/accounts/0"),
        BrokenRoot("an account twice", [("/limits/accounts", ["604183725190", "604183725190"])], "invalid-value", "/limits/accounts/1"),
        BrokenRoot("a Region twice", [("/limits/regions", ["us-east-1", "us-east-1"])], "invalid-value", "/limits/regions/1"),
        BrokenRoot("no Region at all", [("/limits/regions", ["nowhere"])], "invalid-value", "/limits/regions/0"),
        BrokenRoot("an unknown operation", [("/limits/operations", ["delete-key"])], "unexpected-value", "/limits/operations/0"),
        BrokenRoot("a partition that is not", [("/limits/partition", "aws-iso")], "invalid-value", "/limits/partition"),
        BrokenRoot("a validity of 0", [("/limits/maxValiditySeconds", 0)], "invalid-value", "/limits/maxValiditySeconds"),
        BrokenRoot("a switch that is 1", [("/limits/executorMayApprove", 1)], "wrong-type", "/limits/executorMayApprove"),
    ]

    @Test(arguments: rules) func `a broken rule is refused with its code and its place`(rule: BrokenRoot) throws {
        let envelope = try sealed(.trustRoot, TrustFixture.payload().with(rule.edits), by: Keys.alice, Keys.carol)
        let refusal = try #require(throws: Refusal.self) { try VerifiedTrustRoot.verify(envelope, previous: nil) }
        #expect(refusal.code == rule.code)
        #expect(refusal.place.pointer == rule.pointer)
        #expect(refusal.category == .badData)
        #expect(refusal.message.hasPrefix("in the payload: "))
    }

    @Test(arguments: [
        ("https://kms.example.com", true), ("https://kms.example.com:8443", true), ("http://127.0.0.1:5000", true), ("http://localhost", true),
        ("http://[::1]:5000", true), ("http://kms.example.com", false), ("https://user@kms.example.com", false), ("https://kms.example.com/", false),
        ("https://kms.example.com:0", false), ("https://kms.example.com:080", false), ("https://kms.example.com:65536", false),
        ("https://KMS.example.com", false), ("https://", false), ("http://127.0.0.1.example.com", false), ("ftp://localhost", false),
        ("https://kms.example.com?x", false), ("http://127.0.0.01", false),
    ]) func `endpoints are https, or http to this machine, with nothing behind the port`(text: String, isGood: Bool) throws {
        let envelope = try sealed(.trustRoot, TrustFixture.payload().with("/limits/endpoints", [.string(text)]), by: Keys.alice, Keys.carol)
        if isGood {
            #expect(try VerifiedTrustRoot.verify(envelope, previous: nil).root.limits.endpoints == [text])
        } else {
            let refusal = try #require(throws: Refusal.self) { try VerifiedTrustRoot.verify(envelope, previous: nil) }
            #expect(refusal.place.pointer == "/limits/endpoints/0")
        }
    }

    @Test func `the untouched root verifies and writes back to the byte`() throws {
        let root = TrustFixture.first
        #expect(root.notes.isEmpty)
        #expect(JSONWriter.canonical(root.root.json) == root.envelope.payload)
        #expect(root.root.owners(of: .approver) == ["alice", "bob", "carol"])
    }

    static func witness(_ name: String?) -> JSONValue? { TrustFixture.key(Keys.stranger, "w1").1?.with("/name", name.map { .string($0) }) }

    /// The fixture with one witness, signed as it should be, and more edits.
    static func witnessed(_ edits: [(String, JSONValue?)]) throws -> Envelope {
        let payload = TrustFixture.payload().with(
            [
                ("/keys/\(stranger)", witness("witness.example.com/w1")), ("/roles/witness/keys", .strings([stranger])),
                ("/roles/witness/threshold", 1), ("/limits/witnessBeforeSend", true),
            ] + edits)
        return try sealed(.trustRoot, payload, by: Keys.alice, Keys.carol)
    }

    @Test func `witnesses, and that they are asked before a request leaves, are accepted`() throws {
        let root = try VerifiedTrustRoot.verify(Self.witnessed([]), previous: nil).root
        #expect(root.limits.witnessBeforeSend)
        #expect(root.role(.witness).keys == [Keys.stranger.id])
        #expect(root.role(.witness).threshold == 1)
        #expect(root.key(Keys.stranger.id)?.name == "witness.example.com/w1")
        _ = try VerifiedTrustRoot.verify(Self.witnessed([("/limits/witnessBeforeSend", false), ("/roles/witness/threshold", 0)]), previous: nil)
    }

    static let wrongWitnesses: [BrokenRoot] = [
        BrokenRoot("no name", [("/keys/\(stranger)", witness(nil))], "trust-witness-name", "/keys"),
        BrokenRoot("an empty name", [("/keys/\(stranger)", witness(""))], "trust-witness-name", "/keys"),
        BrokenRoot("a name with a space", [("/keys/\(stranger)", witness("a witness"))], "trust-witness-name", "/keys"),
        BrokenRoot("a name with a plus", [("/keys/\(stranger)", witness("a+b"))], "trust-witness-name", "/keys"),
        BrokenRoot("a name too long", [("/keys/\(stranger)", witness(String(repeating: "w", count: 256)))], "trust-witness-name", "/keys"),
        BrokenRoot("a quorum of none before a send", [("/roles/witness/threshold", 0)], "trust-witnesses", "/limits"),
        BrokenRoot("more owners than there are", [("/roles/witness/threshold", 2)], "trust-threshold", "/roles"),
        BrokenRoot(
            "a witness that is the ledger", [("/roles/witness/keys", .strings([stranger, exec])), ("/keys/\(exec)/name", "l.example.com")],
            "trust-key-roles", "/roles"),
        BrokenRoot(
            "two of one name",
            [
                ("/keys/\(Keys.exec2.id.text)", TrustFixture.key(Keys.exec2, "w2").1?.with("/name", "witness.example.com/w1")),
                ("/roles/witness/keys", .strings([stranger, Keys.exec2.id.text])),
            ], "trust-witness-name", "/keys"),
    ]

    @Test(arguments: wrongWitnesses) func `a witness that cannot be one is refused`(broken: BrokenRoot) throws {
        let envelope = try Self.witnessed(broken.edits)
        let refusal = try #require(throws: Refusal.self) { try VerifiedTrustRoot.verify(envelope, previous: nil) }
        #expect([refusal.code, refusal.place.pointer] == [broken.code, broken.pointer])
        #expect(refusal.category == .badData)
    }

    @Test(.enabled(if: SharedVectors.areHere)) func `the reference's root with witnesses is accepted`() throws {
        let root = try VerifiedTrustRoot.verify(Envelope(SharedVectors.bytes("reference/witnessed/trust.json"), expecting: .trustRoot), previous: nil)
            .root
        #expect(root.role(.witness).keys.count == 2)
        #expect(root.limits.witnessBeforeSend)
    }

    @Test(.enabled(if: SharedVectors.areHere))
    func `the reference's root with ssh keys is refused by a clear word`() throws {
        let envelope = try Envelope(SharedVectors.bytes("reference/ssh-trust.json"), expecting: .trustRoot)
        let refusal = try #require(throws: Refusal.self) { try VerifiedTrustRoot.verify(envelope, previous: nil) }
        #expect(refusal.code == "trust-ssh-keys")
        #expect(refusal.category == .notPermitted)
    }
}
