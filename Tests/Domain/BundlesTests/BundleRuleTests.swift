// SPDX-License-Identifier: Apache-2.0
// Every rule of formats.md §4, broken one by one in a bundle that its preparer signed.
import Cryptography
import DomainFixtures
import StrictFormats
import Testing
import Trust

@testable import Bundles

struct BrokenBundle: CustomTestStringConvertible, Sendable {
    let what: String
    let payload: JSONValue
    let code: String
    let pointer: String?
    var testDescription: String { what }

    /// A create-key bundle, or another, changed.
    init(_ what: String, _ edits: [(String, JSONValue?)], _ code: String, _ pointer: String?, of payload: JSONValue = BundleFixture.payload().json) {
        (self.what, self.code, self.pointer) = (what, code, pointer)
        self.payload = payload.with(edits)
    }
}

@Suite struct BundleRuleTests {
    static let put = BundleFixture.payload(.putKeyPolicy(key: BundleFixture.keyARN), base: BundleFixture.policy("Old")).json
    static func of(_ change: Change) -> JSONValue { BundleFixture.payload(change).json }
    static let text201 = JSONValue.string(String(repeating: "x", count: 201))

    static let forms: [BrokenBundle] = [
        BrokenBundle("another version", [("/type", "countersign/bundle/v2")], "unexpected-value", "/type"),
        BrokenBundle("an unknown member", [("/note", "x")], "unknown-member", "/note"),
        BrokenBundle("a missing member", [("/waivers", nil)], "missing-member", ""),
        BrokenBundle("a null back-out", [("/backout", JSONValue(.null))], "wrong-type", "/backout"),
        BrokenBundle("an id in capitals", [("/id", "108ED254-C8A1-4F44-A587-5F4859B89B87")], "invalid-value", "/id"),
        BrokenBundle("an id with a mark after its dash", [("/id", "108ed254-\u{301}c8a1-4f44-a587-5f4859b89b87")], "invalid-value", "/id"),
        BrokenBundle("an empty title", [("/title", "")], "invalid-value", "/title"),
        BrokenBundle("a title of 201 bytes", [("/title", text201)], "invalid-value", "/title"),
        BrokenBundle("a title with a zero-width space", [("/title", "a\u{200B}b")], "unsafe-text", "/title"),
        BrokenBundle("a ticket with a variation selector", [("/ticket", "a\u{FE0F}")], "unsafe-text", "/ticket"),
        BrokenBundle("a back-out with a private-use character", [("/backout", "\u{E000}")], "unsafe-text", "/backout"),
        BrokenBundle("a preparer who is no owner", [("/preparer/owner", "Dana")], "invalid-value", "/preparer/owner"),
        BrokenBundle("it closes when it opens", [("/expires", "2026-11-24T11:00:00Z")], "bundle-window", "/expires"),
        BrokenBundle("a trust version 0", [("/trust/version", 0)], "invalid-value", "/trust/version"),
        BrokenBundle("an empty ledger", [("/ledger/size", 0)], "invalid-value", "/ledger/size"),
        BrokenBundle("a ledger of 2^53 entries", [("/ledger/size", 9_007_199_254_740_992)], "json-number-range", nil),
        BrokenBundle("a ledger origin in capitals", [("/ledger/origin", "Example")], "invalid-value", "/ledger/origin"),
        BrokenBundle(
            "an executor of another account", [("/target/executor", "arn:aws:iam::604183725191:role/x")], "invalid-value", "/target/executor"),
        BrokenBundle("an executor that is a group", [("/target/executor", "arn:aws:iam::604183725190:group/x")], "invalid-value", "/target/executor"),
        BrokenBundle("an executor without a name", [("/target/executor", "arn:aws:iam::604183725190:role/")], "invalid-value", "/target/executor"),
        BrokenBundle(
            "an executor with a mark after the slash", [("/target/executor", "arn:aws:iam::604183725190:role/\u{301}x")], "invalid-value",
            "/target/executor"),
        BrokenBundle(
            "an executor name of 65", [("/target/executor", .string("arn:aws:iam::604183725190:role/" + String(repeating: "x", count: 65)))],
            "invalid-value", "/target/executor"),
        BrokenBundle("an unknown kind", [("/change/kind", "delete-key")], "unexpected-value", "/change/kind"),
        BrokenBundle("a member of another kind", [("/change/key", .string(BundleFixture.keyARN))], "unknown-member", "/change/key"),
        BrokenBundle("an alias of AWS", [("/change/alias", "alias/aws/x")], "invalid-value", "/change/alias"),
        BrokenBundle("an alias with a mark after the slash", [("/change/alias", "alias/\u{301}cloudtrail")], "invalid-value", "/change/alias"),
        BrokenBundle("an alias with a joiner after the slash", [("/change/alias", "alias/\u{200D}cloudtrail")], "invalid-value", "/change/alias"),
        BrokenBundle("an alias with a colon", [("/change/alias", "alias/a:b")], "invalid-value", "/change/alias"),
        BrokenBundle("a rotation of 89 days", [("/change/rotationDays", 89)], "invalid-value", "/change/rotationDays"),
        BrokenBundle("a rotation of 2561 days", [("/change/rotationDays", 2561)], "invalid-value", "/change/rotationDays"),
        BrokenBundle("a description with {{", [("/change/description", "a {{keyId}}")], "invalid-value", "/change/description"),
        BrokenBundle("a description with {{ and a mark", [("/change/description", "{{\u{301}")], "invalid-value", "/change/description"),
        BrokenBundle("a tag with {{", [("/change/tags/x", "{{")], "invalid-value", "/change/tags/x"),
        BrokenBundle("a tag name with {{", [("/change/tags/a{{", "x")], "invalid-value", "/change/tags/a{{"),
        BrokenBundle("a tag of AWS", [("/change/tags/aws:x", "x")], "invalid-value", "/change/tags/aws:x"),
        BrokenBundle("a tag of ours", [("/change/tags/countersign:change", "x")], "invalid-value", "/change/tags/countersign:change"),
        BrokenBundle("a tag of ours with a mark", [("/change/tags/countersign:\u{301}x", "x")], "invalid-value", "/change/tags/countersign:\u{301}x"),
        BrokenBundle("no policy for a new key", [("/policy", nil)], "bundle-policy", ""),
        BrokenBundle("a base for a new key", [("/base", put["base"])], "bundle-base", "/base"),
        BrokenBundle(
            "a policy for a rotation", [("/policy", put["policy"])], "bundle-policy", "/policy",
            of: of(.setRotation(key: BundleFixture.keyARN, rotationDays: 365))),
        BrokenBundle("another digest of the policy", [("/policy/digest", BundleFixture.ledgerRoot.json)], "policy-digest", "/policy/digest"),
        BrokenBundle("another digest of the base", [("/base/digest", BundleFixture.ledgerRoot.json)], "policy-digest", "/base/digest", of: put),
        BrokenBundle("parameters that are a list", [("/policy/parameters", [])], "wrong-type", "/policy/parameters"),
        BrokenBundle(
            "a parameter with a hidden character", [("/policy/parameters", .object([("x", "a\u{200B}")]))], "unsafe-text", "/policy/parameters/x"),
        BrokenBundle(
            "a waiver without a reason", [("/waivers", [.object([("rule", "KP033"), ("pointer", ""), ("reason", "")])])], "invalid-value",
            "/waivers/0/reason"),
        BrokenBundle(
            "a key of another Region", [("/change/key", .string(BundleFixture.keyARN.replacing("us-east-1", with: "us-east-2")))], "invalid-value",
            "/change/key", of: put),
        BrokenBundle("a key by its id alone", [("/change/key", .string(BundleFixture.keyID))], "invalid-value", "/change/key", of: put),
        BrokenBundle(
            "a key ARN with a joiner after the slash", [("/change/key", .string(BundleFixture.keyARN.replacing("key/", with: "key/\u{200D}")))],
            "invalid-value", "/change/key", of: put),
        BrokenBundle(
            "a deletion in 6 days", [("/change/days", 6)], "invalid-value", "/change/days",
            of: of(.scheduleDeletion(key: BundleFixture.keyARN, days: 7, reason: "x"))),
        BrokenBundle(
            "a tag removed twice", [("/change/removed", ["a", "a"])], "invalid-value", "/change/removed/1",
            of: of(.setTags(key: BundleFixture.keyARN, tags: [], removed: ["a"]))),
        BrokenBundle(
            "a tag set and removed", [("/change/tags", .object([("a", "1")]))], "invalid-value", "/change/removed",
            of: of(.setTags(key: BundleFixture.keyARN, tags: [], removed: ["a"]))),
        BrokenBundle(
            "nothing set and nothing removed", [("/change/removed", [])], "invalid-value", "/change/removed",
            of: of(.setTags(key: BundleFixture.keyARN, tags: [], removed: ["a"]))),
        BrokenBundle(
            "a trail of another account", [("/change/trail", "arn:aws:cloudtrail:us-east-1:281474976710:trail/org-trail")], "invalid-value",
            "/change/trail", of: of(.attachTrail(key: BundleFixture.keyARN, trail: "arn:aws:cloudtrail:us-east-1:604183725190:trail/org-trail"))),
        BrokenBundle(
            "a trail with a mark after the slash", [("/change/trail", "arn:aws:cloudtrail:us-east-1:604183725190:trail/\u{301}org")], "invalid-value",
            "/change/trail", of: of(.attachTrail(key: BundleFixture.keyARN, trail: "arn:aws:cloudtrail:us-east-1:604183725190:trail/org-trail"))),
    ]

    /// Signed by the right key, but what would be sent does not follow from what is stated.
    static let derivations: [BrokenBundle] = [
        BrokenBundle(
            "another body", [("/requests/1/body", #"{"KeyId":"{{keyId}}","RotationPeriodInDays":90}"#)], "derivation-differs", "/requests/1"),
        BrokenBundle("another pin", [("/requests/0/sha256", BundleFixture.ledgerRoot.json)], "derivation-differs", "/requests/0"),
        BrokenBundle("another target", [("/requests/2/target", "TrentService.DeleteAlias")], "derivation-differs", "/requests/2"),
        BrokenBundle("another service", [("/requests/0/service", "sts")], "derivation-differs", "/requests/0"),
        BrokenBundle("another name", [("/requests/0/name", "create-keys")], "derivation-differs", "/requests/0"),
        BrokenBundle("no binding", [("/requests/0/binds", [])], "derivation-differs", "/requests/0"),
        BrokenBundle("more members", [("/requests/0/more", 1)], "derivation-differs", "/requests/0"),
        BrokenBundle("one request fewer", [("/requests/2", nil)], "derivation-differs", "/requests"),
        BrokenBundle(
            "one request more", [("/requests/3", BundleFixture.payload().json["requests"]?.arrayValue?[2])], "derivation-differs", "/requests/3"),
        BrokenBundle(
            "another order",
            [
                ("/requests/0", BundleFixture.payload().json["requests"]?.arrayValue?[1]),
                ("/requests/1", BundleFixture.payload().json["requests"]?.arrayValue?[0]),
            ], "derivation-differs", "/requests/0"),
        BrokenBundle("one expectation fewer", [("/expectations/3", nil)], "derivation-differs", "/expectations"),
        BrokenBundle("another expectation", [("/expectations/2/days", 366)], "derivation-differs", "/expectations/2"),
        BrokenBundle("another description than sent", [("/change/description", "something else")], "derivation-differs", "/requests/0"),
        BrokenBundle("another id than the tag's", [("/id", .string(BundleFixture.otherID))], "derivation-differs", "/requests/0"),
        BrokenBundle(
            "another policy than sent",
            [("/policy/document", .string(BundleFixture.policy("Other"))), ("/policy/digest", Digest(ofText: BundleFixture.policy("Other")).json)],
            "derivation-differs", "/requests/0"),
    ]

    @Test(arguments: forms + derivations) func `a broken rule is refused with its code and its place`(rule: BrokenBundle) throws {
        let envelope = try sealed(.bundle, rule.payload, by: Keys.dana)
        let refusal = try #require(throws: Refusal.self) { try VerifiedBundle.verify(UnverifiedBundle(envelope), in: TrustChain(TrustFixture.first)) }
        #expect(refusal.code == rule.code)
        if let pointer = rule.pointer { #expect(refusal.place.pointer == pointer) }
        #expect(refusal.category == .badData)
    }

    @Test(arguments: ["{", "[]", "{}", #"{"Version":"2012-10-17"}"#, #"{"Statement":[{"Efect":"Allow"}]}"#])
    func `a policy that cannot be read is not carried, whether new or base`(document: String) throws {
        let part = JSONValue.object([("digest", Digest(ofText: document).json), ("document", .string(document))])
        for (payload, pointer) in [(BundleFixture.payload().json, "/policy"), (Self.put, "/base")] {
            let envelope = try sealed(.bundle, payload.with(pointer, part), by: Keys.dana)
            let refusal = try #require(throws: Refusal.self) {
                try VerifiedBundle.verify(UnverifiedBundle(envelope), in: TrustChain(TrustFixture.first))
            }
            #expect(refusal.place.pointer == pointer + "/document")
            #expect(refusal.message.hasPrefix("in the payload: the policy is not well formed"))
        }
    }

    @Test func `a policy from a template is canonical`() throws {
        let spaced = BundleFixture.policy().replacing(",", with: ", ")
        let template = PolicyPart.TemplateReference(name: "org-cloudtrail-key", digest: BundleFixture.ledgerRoot)
        func payload(_ document: String, _ template: PolicyPart.TemplateReference?) -> BundlePayload {
            let plain = BundleFixture.payload()
            return BundlePayload(
                id: plain.id, title: plain.title, ticket: plain.ticket, backout: nil, preparerOwner: "dana", preparerKey: Keys.dana.id,
                created: plain.created,
                notBefore: plain.notBefore, expires: plain.expires, trust: plain.trust, ledger: plain.ledger, target: plain.target,
                change: plain.change,
                policy: PolicyPart(template: template, parameters: nil, document: document), base: nil, waivers: [])
        }
        _ = try BundleFixture.verified(payload(spaced, nil))
        _ = try BundleFixture.verified(payload(BundleFixture.policy(), template))
        let refusal = try #require(throws: Refusal.self) { try BundleFixture.verified(payload(spaced, template)) }
        #expect(refusal.code == "policy-not-canonical")
        #expect(refusal.place.pointer == "/policy/document")
    }

    @Test func `tags that Swift takes for equal are two tags, in UTF-16 order`() throws {
        let composed = Tag(key: "\u{E9}", value: "1")
        let decomposed = Tag(key: "e\u{301}", value: "1")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        let stated = JSONValue.object([
            ("kind", "set-tags"), ("key", .string(BundleFixture.keyARN)), ("tags", .object([])),
            ("removed", ["\u{FF61}", "\u{E9}", "\u{10000}", "e\u{301}"]),
        ])
        let change = try Change(json: stated, target: BundleFixture.target)
        let bundle = try BundleFixture.verified(BundleFixture.payload(change))
        #expect(bundle.payload.derivation.requests[0].body.hasSuffix(#""TagKeys":["e"# + "\u{301}\",\"\u{E9}\",\"\u{10000}\",\"\u{FF61}\"]}"))
    }
}
