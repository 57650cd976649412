// SPDX-License-Identifier: Apache-2.0
// What `prepare` makes of a change file.
import Bundles
import Cryptography
import DomainFixtures
import KeyPolicies
import Ledger
import StrictFormats
import TestSupport
import Testing
import Trust
import YAMLInput

@testable import Prepare

@Suite struct PrepareTests {
    @Test func `a new key: everything stated, everything filled in`() throws {
        let prepared = try Desk().prepare(Desk.create)
        let payload = prepared.bundle.payload
        #expect(payload.id == BundleFixture.id)
        #expect(payload.title == "Key for the trail" && payload.ticket == "CHG-1" && payload.backout == nil)
        #expect(payload.preparerOwner == "dana" && payload.preparerKey == Keys.dana.id)
        #expect(payload.created.text == "2026-11-24T10:00:00Z" && payload.notBefore == payload.created && payload.validity == 72 * 3600)
        #expect(payload.trust == TrustFixture.first.reference)
        #expect(payload.ledger == LedgerState(origin: Desk.state.origin, size: 7, root: Desk.state.root))
        #expect(payload.target == BundleFixture.target)
        #expect(
            payload.change
                == .createKey(
                    alias: "alias/cloudtrail-org-key", description: "Encrypts the logs", rotationDays: 365,
                    tags: [Tag(key: "data-class", value: "audit")]))
        #expect(payload.policy?.template?.name == "org-cloudtrail-key")
        #expect(payload.policy?.template?.digest == Digest(of: try Desk.template("org-cloudtrail-key").canonical))
        #expect(payload.policy?.parametersValue?["trailName"]?.stringValue == "org-trail")
        #expect(payload.base == nil && payload.waivers.isEmpty)
        #expect(prepared.inverse == nil)
        #expect(prepared.bundle.envelope.signatures.map(\.keyID) == [Keys.dana.id])
    }

    @Test func `what is left out has a stated default`() throws {
        let short = Desk.create.split(separator: "\n").filter { !["alias", "description", "rotation", "tags"].contains($0.prefix { $0 != ":" }) }
            .joined(separator: "\n")
            .replacing(", region: us-east-1", with: "")
        #expect(
            try Desk().prepare(short).bundle.payload.change
                == .createKey(
                    alias: "alias/cloudtrail-org-key", description: "Encrypts the organization's CloudTrail logs", rotationDays: 365, tags: []))
    }

    @Test func `the same input gives the same bytes, in YAML and in JSON`() throws {
        let yaml = try Desk().prepare(Desk.create).bundle.envelope.bytes
        #expect(try Desk().prepare(Desk.create).bundle.envelope.bytes == yaml)
        let json = JSONWriter.pretty(try YAMLReader.read(Array(Desk.create.utf8), file: nil).root)
        #expect(try Desk().prepare(json).bundle.envelope.bytes == yaml)
        #expect(try Desk().prepare(Desk.create, id: BundleFixture.otherID).bundle.envelope.bytes != yaml)
        #expect(try Desk().prepare(Desk.create, created: "2026-11-24T10:00:01Z").bundle.envelope.bytes != yaml)
    }

    @Test func `a change of policy has its base, and a change file that takes it back`() throws {
        var desk = try Desk()
        let old = try Desk.policy()
        desk.files["base.json"] = old
        let prepared = try desk.prepare(Desk.put.replacing("trailName: org-trail }", with: "trailName: org-trail, bucketKeys: \"true\" }"))
        #expect(prepared.bundle.payload.base?.document == old)
        let inverse = try #require(prepared.inverse)
        #expect(inverse.policy == old)
        #expect(inverse.base == prepared.bundle.payload.policy?.document)
        // The inverse is a change file like any other: prepared, it puts the old policy back.
        desk.files = ["p.json": try #require(inverse.policy), "b.json": try #require(inverse.base)]
        let back = try desk.prepare(inverse.changeFile(policyFile: "p.json", baseFile: "b.json"))
        #expect(back.bundle.payload.policy?.document == old)
        #expect(back.bundle.payload.base?.document == inverse.base)
        #expect(back.bundle.payload.change == .putKeyPolicy(key: BundleFixture.keyARN))
        #expect(back.bundle.payload.title == "Back out: Another policy")
        #expect(back.bundle.payload.validity == 24 * 3600)
        #expect(back.inverse?.policy == inverse.base)
    }

    @Test func `a snapshot is a base, if it is of this key`() throws {
        var desk = try Desk()
        let policy = try Desk.policy()
        func snapshot(_ key: String) -> String {
            String(
                decoding: Snapshot(
                    key: key, taken: date("2026-11-24T09:00:00Z"), policy: BasePolicy(document: policy), policyNames: ["default"], state: "Enabled",
                    description: ""
                ).bytes, as: UTF8.self)
        }
        let change = Desk.put.replacing("{ document: base.json }", with: "{ snapshot: s.json }")
        desk.files["s.json"] = snapshot(BundleFixture.keyARN)
        #expect(try desk.prepare(change).bundle.payload.base?.document == policy)
        desk.files["s.json"] = snapshot(BundleFixture.keyARN.replacing("ded25d8b", with: "00000000"))
        let refusal = try desk.refusal(change)
        #expect(refusal.place.pointer == "/base/snapshot" && refusal.place.line == 8)
        #expect(refusal.message.hasPrefix("this snapshot is of the key arn:aws:kms:us-east-1:604183725190:key/00000000"))
        let whole = try JSONDocument(Array(snapshot(BundleFixture.keyARN).utf8), rules: .authored).decode(Snapshot.init(json:))
        desk.files["s.json"] = String(decoding: try SignedSnapshot.bytes(whole, signedBy: Keys.dana), as: UTF8.self)
        #expect(try desk.prepare(change).bundle.payload.base?.document == policy)
        desk.files["s.json"] = snapshot(BundleFixture.keyARN).replacing("Enabled", with: "Enabled\",\"more\":\"")
        #expect(try desk.refusal(change).place.file == "s.json")
    }

    @Test(.enabled(if: SharedVectors.areHere), arguments: ["create-key", "put-key-policy"])
    func `the reference's change files give the reference's bundles to the byte`(name: String) throws {
        let folder = try TemporaryFolder()
        let key = try KeyFile.read(try folder.write("dana.pem", SharedVectors.bytes("reference/keys/dana.pem"))) { _ throws(Refusal) in
            throw Refusal("x", .usage, "")
        }
        let names: [String] = name == "create-key" ? ["trust-v1.json"] : ["trust-v2.json", "trust-v1.json"]
        let roots = try names.map { try Envelope(SharedVectors.bytes("reference/\($0)"), file: $0) }
        let note = name == "create-key" ? "checkpoint-1.txt" : "checkpoint-22.txt"
        let step = PrepareStep(
            chain: try TrustChain(files: roots) { _ in nil }, checkpoint: (try SharedVectors.bytes("reference/\(note)"), note),
            readFile: { file throws(Refusal) in
                do { return try SharedVectors.bytes("reference/\(file)") } catch { throw Refusal("x", .noInput, file) }
            }, findTemplate: Desk.template)
        let expected = try #require(try JSONDocument(SharedVectors.bytes("reference/expected.json"), rules: .authored).root["bundles"]?[name])
        let prepared = try step.prepare(
            YAMLReader.read(SharedVectors.bytes("reference/\(name).change.yaml"), file: "c.yaml"), key: key,
            id: try #require(expected["id"]?.stringValue),
            created: date(try #require(expected["created"]?.stringValue)))
        #expect(prepared.bundle.envelope.bytes == (try SharedVectors.bytes("reference/\(name).bundle.json")))
    }
}

/// One slip in a change file: what is replaced by what, and what is said, where.
struct Slip: CustomTestStringConvertible, Sendable {
    let old: String
    let new: String
    let code: String
    let pointer: String
    let line: Int
    let message: String
    let hint: String?
    var testDescription: String { "\(old) → \(new)" }

    init(_ old: String, _ new: String, _ code: String, _ pointer: String, line: Int, _ message: String, hint: String? = nil) {
        (self.old, self.new, self.code, self.pointer, self.line, self.message, self.hint) = (old, new, code, pointer, line, message, hint)
    }
}

@Suite struct ChangeFileTests {
    static let slips: [Slip] = [
        Slip(
            "change: create-key", "change: create-keys", "unexpected-value", "/change", line: 1, "\"create-keys\" is none of",
            hint: "did you mean \"create-key\"?"),
        Slip("title: Key", "titel: Key", "missing-member", "", line: 1, "member \"title\" is missing"),
        Slip(
            "ticket: CHG-1", "ticket: CHG-1\ntickets: x", "unknown-member", "/tickets", line: 4, "unknown member \"tickets\"",
            hint: "did you mean \"ticket\"?"),
        Slip("title: Key for the trail", "title: \"\"", "invalid-value", "/title", line: 2, "this text has 0 bytes; 1 to 200 are allowed"),
        Slip(
            "title: Key for the trail", "title: \"a\\u200Bb\"", "unsafe-text", "/title", line: 2,
            "\"a\\u{200b}b\" holds characters that cannot be shown safely", hint: "remove control, formatting, invisible and private characters"),
        Slip("valid: 72h", "valid: 3 days", "invalid-value", "/valid", line: 4, "this is no span of time", hint: "for example 72h, or 3d"),
        Slip("valid: 72h", "valid: -1h", "invalid-value", "/valid", line: 4, "this is no span of time", hint: "for example 72h, or 3d"),
        Slip(
            "valid: 72h", "notBefore: 2026-11-24T12:00:00Z", "change-window", "", line: 1,
            "give either \"valid\" (such as 72h) or \"expires\" (a time)"),
        Slip(
            "valid: 72h", "valid: 72h\nexpires: 2026-11-25T12:00:00Z", "change-window", "", line: 1,
            "give either \"valid\" (such as 72h) or \"expires\" (a time)"),
        Slip(
            "valid: 72h", "expires: 2026-11-25", "invalid-value", "/expires", line: 4, "\"2026-11-25\" is no time",
            hint: "times are YYYY-MM-DDThh:mm:ssZ, for example 2026-11-24T12:00:00Z"),
        Slip(
            "\"604183725190\"", "60418372519", "invalid-value", "/target/account", line: 5, "\"60418372519\" is no account",
            hint: "an AWS account is 12 digits, in quotes"),
        Slip("us-east-1", "us-east", "invalid-value", "/target/region", line: 5, "\"us-east\" is no AWS Region", hint: "for example us-east-1"),
        Slip(
            "role/cloudtrail-key-executor", "cloudtrail-key-executor", "invalid-value", "/target/executor", line: 5,
            "\"cloudtrail-key-executor\" is no role or user of account 604183725190",
            hint: "for example arn:aws:iam::604183725190:role/cloudtrail-key-executor"),
        Slip(
            "alias: cloudtrail-org-key", "alias: aws/cloudtrail", "invalid-value", "/alias", line: 6,
            "\"alias/aws/cloudtrail\" is no alias that can be made",
            hint: "alias/ and 1 to 250 of a–z, A–Z, 0–9, '/', '_', '-'; alias/aws/ belongs to AWS"),
        Slip(
            "description: Encrypts the logs", "description: \"for {{keyId}}\"", "invalid-value", "/description", line: 7,
            "this text contains \"{{\", which is kept for bindings", hint: "take the double brace out"),
        Slip("rotation: 365", "rotation: 89", "invalid-value", "/rotation", line: 8, "89 is not between 90 and 2560"),
        Slip("rotation: 365", "rotation: 1e3", "invalid-value", "/rotation", line: 8, "\"1e3\" is no whole number"),
        Slip(
            "data-class: audit", "countersign:change: x", "invalid-value", "/tags/countersign:change", line: 9,
            "tags that begin with aws: or countersign: are not for changes to set"),
        Slip("data-class: audit", "data-class: \"{{\"", "invalid-value", "/tags/data-class", line: 9, "this text contains \"{{\""),
        Slip(
            "template: org-cloudtrail-key", "template: org-trail", "template-missing", "/policy/template", line: 11,
            "there is no template \"org-trail\""),
        Slip(
            "template: org-cloudtrail-key", "document: p.json", "invalid-value", "/policy/parameters", line: 13,
            "parameters go with a template, not with a document"),
        Slip(
            "template: org-cloudtrail-key", "template: org-cloudtrail-key\n  document: p.json", "invalid-value", "/policy", line: 11,
            "give either \"template\" or \"document\""),
        Slip(
            "trailName: org-trail", "trailName: [org-trail]", "template-parameters", "/policy/parameters/trailName", line: 15,
            "a parameter is wrong: trailName must be a text in quotes, not an array"),
        Slip("trailName: org-trail", "trailname: org-trail", "template-parameters", "/policy/parameters", line: 13, ""),
    ]

    @Test(arguments: slips) func `a slip is answered with its place, what is wrong, and what to do`(slip: Slip) throws {
        try #require(Desk.create.contains(slip.old))
        let refusal = try Desk().refusal(Desk.create.replacing(slip.old, with: slip.new))
        if !slip.code.isEmpty { #expect(refusal.code == slip.code) }
        #expect(refusal.message.hasPrefix(slip.message), "\(refusal.message)")
        #expect(refusal.place.file == "change.yaml")
        #expect(refusal.place.pointer == slip.pointer)
        #expect(refusal.place.line == slip.line)
        if let hint = slip.hint { #expect(refusal.hint == hint) }
    }

    @Test func `a base stands in a change of policy only, a key by its whole ARN`() throws {
        #expect(try Desk().refusal(Desk.create + "\nbase: { document: b.json }").code == "unknown-member")
        var desk = try Desk()
        desk.files["base.json"] = try Desk.policy()
        let refusal = try desk.refusal(Desk.put.replacing(BundleFixture.keyARN, with: BundleFixture.keyID))
        #expect(refusal.place.pointer == "/key" && refusal.place.line == 7)
        #expect(refusal.hint == "give the full ARN: arn:aws:kms:us-east-1:604183725190:key/…")
    }

    @Test func `files that a change file names are read, or named when they cannot be`() throws {
        let change = Desk.create.replacing("  template: org-cloudtrail-key\n\(Desk.parameters)", with: "  document: p.json")
        #expect(try Desk().refusal(change).place.file == "p.json")
        var desk = try Desk()
        desk.files["p.json"] = "{\"Statement\":[{\"Efect\":\"Allow\"}]}"
        let refusal = try desk.refusal(change)
        #expect(
            refusal.code == "unknown-member" && refusal.place.file == "p.json" && refusal.place.pointer == "/Statement/0/Efect"
                && refusal.place.line == 1 && refusal.place.column == 16)
        desk.files["p.json"] = try Desk.policy()
        #expect(try desk.prepare(change).bundle.payload.policy?.template == nil)
    }
}

@Suite struct PreparePermissionTests {
    @Test func `only a preparer prepares`() throws {
        var desk = try Desk()
        desk.key = Keys.alice
        let refusal = try desk.refusal(Desk.create)
        #expect(refusal.code == "bundle-preparer" && refusal.category == .notPermitted)
        #expect(refusal.hint == "preparers: dana, erin")
        desk.key = Keys.erin
        #expect(try desk.prepare(Desk.create).bundle.payload.preparerOwner == "erin")
    }

    @Test func `the checkpoint is one that the ledger's key signed`() throws {
        var desk = try Desk()
        for (bytes, code) in [
            (try Desk.state.signed(by: Keys.exec2).bytes, "checkpoint-signature"),
            (try Checkpoint(origin: Desk.state.origin, size: 0, root: Desk.state.root).signed(by: Keys.exec).bytes, "checkpoint-empty"),
            (Array("no note".utf8), "note-malformed"), (try Desk.state.signed(by: Keys.exec).bytes + [0x0A], "note-malformed"),
            (
                Array((Desk.state.text + "more\n\n").utf8)
                    + Array(try Desk.state.signed(by: Keys.exec).bytes.dropFirst(Desk.state.text.utf8.count + 1)), "checkpoint-malformed"
            ),
        ] {
            desk.checkpoint = bytes
            let refusal = try desk.refusal(Desk.create)
            #expect(refusal.code == code)
            #expect(refusal.place.file == "ledger.note")
        }
    }

    @Test func `a ledger of another name than the usual is noted`() throws {
        var desk = try Desk()
        let usual = try desk.prepare(Desk.create).notes
        desk.checkpoint = try Checkpoint(origin: "example.com/other/ledger", size: 7, root: Desk.state.root).signed(by: Keys.exec).bytes
        let prepared = try desk.prepare(Desk.create)
        #expect(prepared.bundle.payload.ledger.origin == "example.com/other/ledger")
        #expect(
            prepared.notes == [
                "the checkpoint is of the ledger example.com/other/ledger, not of \(TrustFixture.origin)/ledger: the bundle can be executed in that one alone"
            ] + usual)
    }

    @Test func `nothing is prepared under a trust root that is not in force`() throws {
        let desk = try Desk()
        let root = TrustFixture.first.root
        for (now, message, hint) in [
            (root.expires, "trust root version 1 expired at \(root.expires)", "the root owners sign a new version first"),
            (
                root.created + -1, "trust root version 1 is dated \(root.created), later than now",
                "this machine's clock says \(root.created + -1); set it if it is wrong, or say the time with --created TIME"
            ),
        ] {
            let refusal = try #require(throws: Refusal.self) { try desk.prepare(Desk.create, created: now.text) }
            #expect(refusal.code == "trust-expired" && refusal.category == .notPermitted)
            #expect(refusal.message == message)
            #expect(refusal.hint == hint)
        }
        #expect(try desk.prepare(Desk.create, created: root.created.text).bundle.payload.created == root.created)
    }

    @Test func `limits of the newest root bind, and are named`() throws {
        var desk = try Desk()
        for (edits, message) in [
            ([("/limits/accounts", ["111111111111"])], "account 604183725190 is outside the limits of trust root version 2: 111111111111"),
            ([("/limits/regions", [])], "Region us-east-1 is outside the limits of trust root version 2: none"),
            ([("/limits/operations", ["put-key-policy"])], "operation create-key is outside"),
            ([("/limits/maxValiditySeconds", 259_199)], "a window of 3 days is outside the limits of trust root version 2: at most 2 days 23 hours"),
        ] as [([(String, JSONValue?)], String)] {
            desk.chain = try TrustFixture.chain(edits)
            let refusal = try desk.refusal(Desk.create)
            #expect(refusal.code == "bundle-limits" && refusal.category == .notPermitted)
            #expect(refusal.message.hasPrefix(message))
            #expect(refusal.place.file == "change.yaml")
        }
    }

    @Test func `a window that closes before it opens is refused`() throws {
        let refusal = try Desk().refusal(Desk.create.replacing("valid: 72h", with: "notBefore: 2026-11-25T12:00:00Z\nexpires: 2026-11-25T12:00:00Z"))
        #expect(refusal.code == "bundle-window")
    }
}
