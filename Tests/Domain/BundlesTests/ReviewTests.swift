// SPDX-License-Identifier: Apache-2.0
// The review shows every field, fits its width, holds nothing that could act on a screen, and is a pure function.
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Bundles

/// A review without its fingerprint section, which changes with any byte.
func body(of review: Review) throws -> String {
    let parts = review.text.split(separator: "\nFINGERPRINT OF THIS BUNDLE\n", maxSplits: 1).map(String.init)
    try #require(parts.count == 2)
    return parts[0]
}

/// The payload that follows from changed JSON: requests, expectations and digests derived again.
func derived(_ json: JSONValue) throws -> BundlePayload {
    let target = try Target(json: try #require(json["target"]))
    func text(_ pointer: String) throws -> String { try #require(json.at(pointer)?.stringValue) }
    func digest(_ pointer: String) throws -> Digest { try Digest(json: try #require(json.at(pointer))) }
    var policy: PolicyPart?
    if let part = json["policy"] {
        policy = try PolicyPart(json: part.with("/digest", Digest(ofText: try text("/policy/document")).json))
    }
    return BundlePayload(
        id: try text("/id"), title: try text("/title"), ticket: try text("/ticket"), backout: json["backout"]?.stringValue,
        preparerOwner: try text("/preparer/owner"), preparerKey: try digest("/preparer/keyid"), created: date(try text("/created")),
        notBefore: date(try text("/notBefore")), expires: date(try text("/expires")), trust: try TrustReference(json: try #require(json["trust"])),
        ledger: LedgerState(
            origin: try text("/ledger/origin"), size: try #require(json.at("/ledger/size")?.integerValue), root: try digest("/ledger/root")),
        target: target, change: try Change(json: try #require(json["change"]), target: target), policy: policy,
        base: json["base"] == nil ? nil : BasePolicy(document: try text("/base/document")),
        waivers: try #require(json["waivers"]?.arrayValue).map { try Waiver(json: $0) })
}

@Suite struct ReviewFieldTests {
    static let root = TrustFixture.first

    /// As of a verified bundle: the root's digest is the one that the payload names.
    static func review(_ payload: BundlePayload, root: TrustRoot = root.root, version: Int = Review.currentVersion) throws -> Review {
        try Review(
            of: payload, digest: Digest(of: JSONWriter.canonical(payload.json)), root: root, rootDigest: payload.trust.digest, version: version)
    }

    /// A create-key bundle with every optional member.
    static let full: JSONValue = {
        let plain = BundleFixture.payload(waivers: [Waiver(rule: "KP033", pointer: "/Statement/0", reason: "agreed")]).json
        return plain.with([
            ("/backout", "Put it back"), ("/change/tags/owner", "security"),
            ("/policy/template", .object([("name", "org-cloudtrail-key"), ("digest", BundleFixture.ledgerRoot.json)])),
            (
                "/policy/parameters",
                .object([
                    ("managementAccount", "281474976710"), ("readers", ["a", "b"]), ("strict", true), ("days", 7),
                    ("nested", .object([("x", ["y"])])), ("none", []),
                    ("lists", [["a"], ["b"]]),
                ])
            ),
        ])
    }()

    static let put = BundleFixture.payload(.putKeyPolicy(key: BundleFixture.keyARN), base: BundleFixture.policy("Old")).json

    static let others: [JSONValue] = [
        .setRotation(key: BundleFixture.keyARN, rotationDays: 365), .addAlias(alias: "alias/a", key: BundleFixture.keyARN),
        .moveAlias(alias: "alias/a", fromKey: BundleFixture.keyARN.replacing("ded25d8b", with: "00000000"), key: BundleFixture.keyARN),
        .setTags(key: BundleFixture.keyARN, tags: [Tag(key: "a", value: "1"), Tag(key: "b", value: "2")], removed: ["c", "d"]),
        .setDescription(key: BundleFixture.keyARN, description: "d"),
        .attachTrail(key: BundleFixture.keyARN, trail: "arn:aws:cloudtrail:us-east-1:604183725190:trail/org-trail"),
        .disableKey(key: BundleFixture.keyARN),
        .enableKey(key: BundleFixture.keyARN), .scheduleDeletion(key: BundleFixture.keyARN, days: 30, reason: "old"),
        .cancelDeletion(key: BundleFixture.keyARN),
        .revokeGrant(key: BundleFixture.keyARN, grantID: "0c237476b39f8bc44e45212e08498fbe3151305030726c0590dd8d3e9f3d6a60"),
        .acknowledge(events: [BundleFixture.id], reason: "an emergency"),
    ].map { (change: Change) in BundleFixture.payload(change).json }

    /// Another value of the same kind that the format accepts at that place.
    static func other(than value: JSONValue, at pointer: String) -> JSONValue? {
        switch value.content {
        case .integer(let number): return .integer(Int(number) == 365 ? 366 : Int(number) + (number == 30 ? -1 : 1))
        case .bool(let flag): return .bool(!flag)
        case .string(let text):
            if pointer == "/policy/digest" || pointer == "/base/digest" { return nil }
            if Digest(text: text) != nil { return Digest(ofText: text).json }
            if let time = Instant(text) { return .string((time + 60).text) }
            switch pointer {
            case "/type", "/change/kind", "/target/partition": return nil
            case "/id", "/change/events/0": return .string(BundleFixture.otherID)
            case "/target/region": return nil
            case "/policy/document", "/base/document": return .string(BundleFixture.policy("Changed"))
            case "/ledger/origin", "/preparer/owner": return .string(text + "x")
            case "/target/account": return nil
            case "/policy/parameters/managementAccount": return "281474976711"
            default:
                if text.hasPrefix("arn:aws:kms:") { return .string(text.replacing("8d3ae3", with: "8d3ae4")) }
                return .string(text + "x")
            }
        default: return nil
        }
    }

    @Test(arguments: [full, put] + others, [1, 2, 3]) func `every field changes the review, apart from the fingerprint`(json: JSONValue, version: Int)
        throws
    {
        let before = try body(of: Self.review(derived(json), version: version))
        var seen: Set<String> = [before]
        var changed = 0
        for (pointer, value) in json.leaves() where !pointer.hasPrefix("/requests") && !pointer.hasPrefix("/expectations") {
            if pointer.hasPrefix("/change/key"), json.at("/change/key") == nil { continue }
            if case .array(let list) = value.content {
                // A list with one element fewer (where the change allows it) and, of texts, with one more.
                if list.count > 1 || (list.count == 1 && pointer != "/change/events") {
                    let shorter = try body(of: Self.review(derived(json.with(pointer, .array(Array(list.dropLast())))), version: version))
                    #expect(seen.insert(shorter).inserted, "shorter \(pointer)")
                }
                continue
            }
            guard let new = Self.other(than: value, at: pointer) else { continue }
            let after = try body(of: Self.review(derived(json.with(pointer, new)), version: version))
            #expect(seen.insert(after).inserted, "\(pointer)")
            changed += 1
        }
        #expect(changed > 10)
        // The account, the Region and the partition, with everything that names them.
        for (old, new) in [("604183725190", "604183725191"), ("us-east-1", "us-east-2"), ("aws", "aws-cn")] {
            let target = try #require(json["target"])
            let moved = target.with([
                ("/account", .string(try #require(target["account"]?.stringValue).replacing(old, with: new))),
                ("/region", .string(try #require(target["region"]?.stringValue).replacing(old, with: new))),
                ("/partition", .string(old == "aws" ? new : "aws")),
                (
                    "/executor",
                    .string(
                        try #require(target["executor"]?.stringValue).replacing(
                            old == "aws" ? "arn:aws:" : old, with: old == "aws" ? "arn:aws-cn:" : new))
                ),
            ])
            var all = json.with("/target", moved)
            for name in ["key", "fromKey", "trail"] {
                if let arn = json.at("/change/\(name)")?.stringValue {
                    all = all.with(
                        "/change/\(name)", .string(arn.replacing(old == "aws" ? "arn:aws:" : old, with: old == "aws" ? "arn:aws-cn:" : new)))
                }
            }
            #expect(seen.insert(try body(of: Self.review(derived(all), version: version))).inserted, "\(old)")
        }
    }

    @Test func `what is absent differs from anything that could be stated`() throws {
        let json = Self.full
        var seen: Set<String> = [try body(of: Self.review(derived(json)))]
        for edits: [(String, JSONValue?)] in [
            [("/backout", nil)], [("/backout", "(none stated)")], [("/policy/template", nil)], [("/policy/parameters", nil)],
            [("/policy/parameters", .object([]))],
            [("/policy/parameters/none", ["an empty list"])], [("/policy/parameters/none", "an empty list")],
            [("/policy/parameters/lists", ["a", "b"])],
            [("/policy/parameters/lists", [["a", "b"]])], [("/policy/parameters/readers", ["a\", \"b"])], [("/policy/parameters/readers", "a, b")],
            [("/policy/parameters/strict", "true")], [("/policy/parameters/days", "7")], [("/waivers", [])],
            [("/policy/parameters/readers", ["a", "b "])], [("/policy/parameters/readers", ["a", " b"])],
        ] {
            let text = try body(of: Self.review(derived(json.with(edits))))
            if edits[0].0 == "/policy/parameters", edits[0].1 != nil { continue }
            #expect(seen.insert(text).inserted, "\(edits)")
        }
    }

    @Test func `no text can pass for another, whatever its spaces, quotes and separators`() throws {
        let texts = [
            "a b", "a  b", "a   b", " a b", "a b ", "a\\b", "a\\\\b", "a\"b", "a\\\"b", "a\\u{20}b", "a; b = \"1", "\u{430} b", "\\u{430} b",
            "a\u{A0}b", "é", "e\u{301}",
        ]
        for pointer in [
            "/title", "/ticket", "/backout", "/change/description", "/change/tags/owner", "/waivers/0/reason", "/waivers/0/pointer",
            "/waivers/0/rule", "/policy/parameters/x",
        ] {
            var seen: [String: String] = [:]
            for text in texts {
                let shown = try body(of: Self.review(derived(Self.full.with(pointer, .string(text)))))
                #expect(seen.updateValue(text, forKey: shown) == nil, "\(pointer): \(text)")
            }
        }
        // One tag whose value imitates another, and the two tags that it imitates.
        func words(_ tags: [Bundles.Tag]) throws -> String {
            let change = Change.setTags(key: BundleFixture.keyARN, tags: tags, removed: [])
            return try body(of: Self.review(BundleFixture.payload(change))).split(separator: "\n").filter { $0.contains("sets tags:") }.joined()
        }
        #expect(try words([Tag(key: "a", value: "1\"; b = \"2")]) != words([Tag(key: "a", value: "1"), Tag(key: "b", value: "2")]))
        #expect(try words([Tag(key: "a = \"1\"; b", value: "2")]) != words([Tag(key: "a", value: "1"), Tag(key: "b", value: "2")]))
    }

    @Test func `a waiver's parts cannot run into each other`() throws {
        func text(_ rule: String, _ pointer: String) throws -> String {
            try body(of: Self.review(BundleFixture.payload(waivers: [Waiver(rule: rule, pointer: pointer, reason: "r")])))
        }
        #expect(try text("KP033 at /x", "/y") != text("KP033", "/x at /y"))
    }

    @Test func `what it shows of the trust root changes it`() throws {
        let payload = try derived(Self.put)
        var seen: Set<String> = []
        let bob = "/keys/\(Keys.bob.id.text)/owner"
        for edits in [
            [], [("/origin", "example.com/other")], [("/roles/approver/threshold", 3)],
            [("/roles/approver/keys", .strings([Keys.alice.id.text, Keys.bob.id.text]))],
            [(bob, "robert")], [(bob, "release-engineering")], [(bob, "release-engineering"), ("/limits/executorMayApprove", true)],
        ] as [[(String, JSONValue?)]] {
            let root = try VerifiedTrustRoot.verify(
                try sealed(.trustRoot, TrustFixture.payload().with(edits), by: Keys.alice, Keys.carol), previous: nil)
            // The same digest for all: what differs is what is shown.
            #expect(seen.insert(try body(of: Self.review(payload, root: root.root))).inserted, "\(edits)")
        }
        let approvers = seen.filter { $0.contains("different people of: alice, carol.") }
        #expect(approvers.count == 1, "the owner of the ledger's key is no approver")
    }
}

@Suite struct ReviewFormTests {
    static let hostile = "\u{430}\u{300}\u{FF41} \u{AD5C} \u{2028}"

    @Test(arguments: [ReviewFieldTests.full, ReviewFieldTests.put] + ReviewFieldTests.others, [1, 2, 3])
    func `lines have at most 78 columns of characters that are safe to show`(json: JSONValue, version: Int) throws {
        var json = json
        let long = String(repeating: "W", count: 190)
        for (pointer, text) in [
            ("/title", long), ("/ticket", "\u{430}\u{3bf}\u{FF21} \u{E9} \u{4E2D}"), ("/backout", String(repeating: "\\ ", count: 300)),
        ] { json = json.with(pointer, .string(text)) }
        let review = try ReviewFieldTests.review(derived(json), version: version)
        for line in review.text.split(separator: "\n", omittingEmptySubsequences: false) {
            #expect(line.count <= 78 && line.unicodeScalars.count <= 78, "\(line)")
            for scalar in line.unicodeScalars {
                #expect((0x20...0x7E).contains(scalar.value) || (0xA1...0x24F).contains(scalar.value), "U+\(String(scalar.value, radix: 16))")
            }
            #expect(!line.hasSuffix(" "))
        }
        #expect(review.text.hasSuffix("\n"))
        #expect(review.text.contains("\\u{430}\\u{3bf}\\u{ff21}"))
    }

    @Test func `a word that is cut cannot be taken for two words`() throws {
        // A backslash is doubled; a cut between the halves would look like a doubled backslash at the end of a line.
        for length in 40..<80 {
            let cut = String(repeating: "x", count: length) + "\\" + "u{430}" + String(repeating: "y", count: 80)
            let two = String(repeating: "x", count: length) + "\\" + " \u{430}" + String(repeating: "y", count: 80)
            for (a, b) in [(cut, two)] {
                let first = try ReviewFieldTests.review(derived(ReviewFieldTests.full.with("/title", .string(a))))
                let second = try ReviewFieldTests.review(derived(ReviewFieldTests.full.with("/title", .string(b))))
                #expect(try body(of: first) != body(of: second), "\(length)")
            }
        }
    }

    @Test func `it is the same in every rendering, and no unknown version can be had`() throws {
        let bundle = try BundleFixture.verified()
        let review = try Review(of: bundle)
        #expect(try Review(of: bundle).text == review.text)
        #expect(review.reference == ReviewReference(version: 3, digest: Digest(ofText: review.text)))
        for version in [-1, 0, 4, Int.max] {
            let refusal = try #require(throws: Refusal.self) { try Review(of: bundle, version: version) }
            #expect(refusal.code == "review-version-unknown")
            #expect(refusal.category == .notPermitted)
        }
        // Whatever else is known: a newer root changes nothing.
        let newer = try VerifiedBundle.verify(UnverifiedBundle(bundle.envelope), in: TrustFixture.chain([("/limits/executorMayApprove", true)]))
        #expect(try Review(of: newer).text == review.text)
    }
}

/// The whole text of version 1 for the two reference bundles. Version 1 is fixed for ever: an approval that names it must
/// render the same in every later release, and everything that it prints (ReviewV1, ChangeWords, ReviewText, TextBlock, SafeText,
/// Span, and the words of KeyPolicies for statements and differences) is frozen with it. If this test fails, do not renew the
/// files: put the words back, and make the change a version beside the others. The same holds for version 2 and what it adds (ReviewV2,
/// RightsWords, WitnessWords, and which examples the prover picks).
@Suite(.enabled(if: SharedVectors.areHere)) struct ReviewGoldenTests {
    @Test(arguments: ["create-key", "put-key-policy"], [1, 2, 3]) func `the review of the reference bundles is the text that it always was`(
        name: String, version: Int
    ) throws {
        let bundle = try VerifiedBundle.verify(UnverifiedBundle(SharedVectors.bytes("reference/\(name).bundle.json")), in: ReferenceFiles.chain())
        let golden = try Golden.text("\(name).review-\(version).txt")
        let text = try Review(of: bundle, version: version).text
        if text != golden { try Golden.keep(text, "\(name).review-\(version).txt") }
        #expect(text == golden)
    }
}
