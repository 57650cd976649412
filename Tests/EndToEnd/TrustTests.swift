// SPDX-License-Identifier: Apache-2.0
// Trust roots that are refused: unsigned, unlinked, older than what this machine trusts, half understood.

import Foundation
import StrictFormats
import TestSupport
import Testing

extension Ceremony {
    /// Makes version 2, signed by both thresholds, as `trust-2.json`; `alice-2` and `release` are in it no more.
    func rotate(signedBy owners: [String] = ["alice", "carol"], limits: String? = nil, approvers: String = "[alice, bob, carol]") throws {
        let config = trustConfig(limits: limits, approvers: approvers)
            .replacingOccurrences(of: "\n  alice-2:", with: "\n  #").replacingOccurrences(of: "\n  release:", with: "\n  #")
        try write("trust-2.yaml", config)
        let made = try must(["trust", "create", "trust-2.yaml", "--previous", "trust.json", "--out", "trust-2.json", "--format", "json"])
        let answer = try JSONDocument(Array(made.out.utf8), rules: .authored).root
        remember("trust-2", digest: answer["digest"]?.stringValue ?? "")
        for owner in owners { try must(["trust", "sign", "trust-2.json", "--previous", "trust.json", "--key", owner]) }
    }

    /// A `trust create` with one line of the configuration replaced.
    func config(_ old: String, _ new: String) throws -> [String] {
        let text = trustConfig()
        try #require(text.contains(old))
        try write("other.yaml", text.replacingOccurrences(of: old, with: new))
        return ["trust", "create", "other.yaml", "--out", "out.json"]
    }

    /// A machine that trusts nothing yet.
    func emptyPins() throws -> String {
        try write("pins.json", "{}")
        return "pins.json"
    }
}

@Suite(.timeLimit(.minutes(10))) struct TrustTests {
    static let golden = Golden("trust")

    static let configured: [BadInput] = [
        BadInput("one approver is enough", 65) { try $0.config("release], threshold: 2", "release], threshold: 1") },
        BadInput("one root owner is enough", 65) { try $0.config("bob, carol], threshold: 2", "bob, carol], threshold: 1") },
        BadInput("more approvers than there are people", 65) { try $0.config("[alice, alice-2, bob, carol, dana, release]", "[alice, alice-2]") },
        BadInput("two preparers must sign", 65) { try $0.config("[dana, erin] }", "[dana, erin], threshold: 2 }") },
        BadInput("one key under two names", 65) { try $0.config("file: alice-2.pub", "file: alice.pub") },
        BadInput("a key in no role", 65) { try $0.config("[alice, alice-2, bob", "[alice, bob") },
        BadInput("a role names no key", 65) { try $0.config("[dana, erin]", "[dana, erinn]") },
        BadInput("the ledger's key approves too", 65) { try $0.config("dana, release]", "dana, release, exec]") },
        BadInput("a P-256 key for the ledger", 65) {
            let text = $0.trustConfig()
            try $0.must(["key", "generate", "--type", "ecdsa-p256", "--out", "p256", "--no-passphrase"])
            try $0.write("other.yaml", text.replacingOccurrences(of: "ledger-key.pub", with: "p256.pub"))
            return ["trust", "create", "other.yaml", "--out", "out.json"]
        },
        BadInput("a witness without a name", 65) {
            let text = $0.trustConfig().replacingOccurrences(
                of: "\nroles:", with: "\n  w: { owner: w, file: mallory.pub }\nroles:")
            try $0.write(
                "other.yaml", text.replacingOccurrences(of: "{ keys: [exec] }", with: "{ keys: [exec] }\n  witness: { keys: [w], threshold: 1 }"))
            return ["trust", "create", "other.yaml", "--out", "out.json"]
        },
        BadInput("witnesses before a request leaves, and no quorum", 65) { try $0.config("validity: 7d,", "validity: 7d, witnessBeforeSend: true,") },
        BadInput("an OpenSSH key", 77) {
            try $0.write("ssh.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHKfLyJw8bXqvN0bVq1cVb0cZ0H0q7W8dY7vR2V1s3p4 alice\n")
            return try $0.config("file: bob.pub", "file: ssh.pub")
        },
        BadInput("a private key where a public one belongs", 65) { try $0.config("file: bob.pub", "file: bob") },
        BadInput("a key file that is not there", 66) { try $0.config("file: bob.pub", "file: robert.pub") },
        BadInput("plain HTTP beyond this machine", 65) { try $0.config("endpoints: [", "endpoints: [\"http://kms.example.com\", ") },
        BadInput("an endpoint with a path", 65) { try $0.config("endpoints: [", "endpoints: [\"https://kms.example.com/kms\", ") },
        BadInput("an operation that is none", 65) { try $0.config("put-key-policy]", "put-key-polisy]") },
        BadInput("it is over before it begins", 65) { try $0.config("2099-01-01", "2001-01-01") },
        BadInput("an origin with a scheme", 65) { try $0.config("origin: example.com", "origin: https://example.com") },
        BadInput("a span that is none", 65) { try $0.config("validity: 7d", "validity: a week") },
        BadInput("an unknown limit", 65) { try $0.config("validity: 7d", "maxValidity: 7d") },
    ]

    static let chained: [BadInput] = [
        BadInput("not signed at all", 77) {
            try $0.tamper("trust.json", into: "other.json") { $0.set("signatures", to: []) }
            return ["trust", "verify", "other.json"]
        },
        BadInput("signed by one owner with two keys", 77) {
            try $0.forge("trust.json", into: "other.json", by: "alice", "alice-2")
            return ["trust", "verify", "other.json"]
        },
        BadInput("signed by people who hold no root key", 77) {
            try $0.forge("trust.json", into: "other.json", by: "dana", "erin", "mallory")
            return ["trust", "verify", "other.json"]
        },
        BadInput("another root of the same origin than the pinned one", 77) {
            try $0.forge("trust.json", into: "other.json", by: "alice", "carol") { $0.set("expires", to: "2098-01-01T00:00:00Z") }
            return ["review", "bundle.json", "--trust", "other.json"]
        },
        BadInput("older than what is pinned", 77) {
            try $0.rotate()
            try $0.must(["trust", "pin", "trust-2.json", "--previous", "trust.json", "--digest", $0.digest("trust-2")])
            return ["review", "bundle.json", "--trust", "trust.json"]
        },
        BadInput("a version whose past is not given", 77) {
            try $0.rotate()
            return ["review", "bundle.json", "--trust", "trust-2.json"]
        },
        BadInput("a version that the one before did not sign", 77) {
            try $0.rotate()
            try $0.seizure(into: "other.json")
            return ["trust", "verify", "other.json", "--previous", "trust.json"]
        },
        BadInput("a version that one owner of the one before signed", 77) {
            try $0.rotate(signedBy: ["alice"])
            return ["trust", "verify", "trust-2.json", "--previous", "trust.json"]
        },
        BadInput("a version that follows another one", 77) {
            try $0.rotate()
            try $0.forge("trust-2.json", into: "other.json", by: "alice", "carol") { $0.flip("previous") }
            return ["trust", "verify", "other.json", "--previous", "trust.json"]
        },
        BadInput("a version left out", 77) {
            try $0.rotate()
            try $0.forge("trust-2.json", into: "other.json", by: "alice", "carol") { $0.set("version", to: 3) }
            return ["trust", "verify", "other.json", "--previous", "trust.json"]
        },
        BadInput("signing with a key that counts for nothing", 77) { _ in ["trust", "sign", "trust.json", "--key", "mallory"] },
        BadInput("signing with a key of another role", 77) { _ in ["trust", "sign", "trust.json", "--key", "dana"] },
        BadInput("signing version 2 without version 1", 64) {
            try $0.rotate(signedBy: [])
            return ["trust", "sign", "trust-2.json", "--key", "alice"]
        },
        BadInput("signing version 2, shown against another root of the same origin", 77) {
            try $0.rotate(signedBy: [])
            try $0.forge("trust.json", into: "other.json", by: "alice", "carol") { $0.set("expires", to: "2098-01-01T00:00:00Z") }
            return ["trust", "sign", "trust-2.json", "--previous", "other.json", "--key", "alice", "--pins", try $0.emptyPins()]
        },
        BadInput("the same on a machine that trusts the right one", 77) {
            try $0.rotate(signedBy: [])
            try $0.forge("trust.json", into: "other.json", by: "alice", "carol") { $0.set("expires", to: "2098-01-01T00:00:00Z") }
            return ["trust", "sign", "trust-2.json", "--previous", "other.json", "--key", "alice"]
        },
        BadInput("signing version 2, shown against a root of another origin", 77) {
            try $0.rotate(signedBy: [])
            try $0.forge("trust.json", into: "other.json", by: "alice", "carol") { $0.set("origin", to: "example.com/another") }
            return ["trust", "sign", "trust-2.json", "--previous", "other.json", "--key", "alice"]
        },
        BadInput("signing version 3 against version 1", 77) {
            try $0.rotate()
            try $0.forge("trust-2.json", into: "other.json", by: "alice") { $0.set("version", to: 3) }
            return ["trust", "sign", "other.json", "--previous", "trust.json", "--key", "carol"]
        },
        BadInput("making version 2 of another origin's root", 77) {
            try $0.write("trust-2.yaml", $0.trustConfig(origin: "example.com/another"))
            return ["trust", "create", "trust-2.yaml", "--previous", "trust.json", "--out", "trust-2.json"]
        },
        BadInput("pinning another digest than the file's", 77) { ["trust", "pin", "trust.json", "--digest", $0.digest("bundle")] },
        BadInput("pinning another root of an origin that is pinned", 77) {
            try $0.forge("trust.json", into: "other.json", by: "alice", "carol") { $0.set("expires", to: "2098-01-01T00:00:00Z") }
            return ["trust", "pin", "other.json", "--digest", $0.digest("other.json")]
        },
        BadInput("pinning an older version", 77) {
            try $0.rotate()
            try $0.must(["trust", "pin", "trust-2.json", "--previous", "trust.json", "--digest", $0.digest("trust-2")])
            return ["trust", "pin", "trust.json", "--digest", $0.digest("trust")]
        },
        BadInput("a trust root that is over", 77) {
            try $0.forge("trust.json", into: "other.json", by: "alice", "carol") {
                $0.set("created", to: "2020-01-01T00:00:00Z")
                $0.set("expires", to: "2021-01-01T00:00:00Z")
            }
            return ["ledger", "create", "other.sqlite", "--trust", "other.json", "--key", "ledger-key", "--pins", try $0.emptyPins()]
        },
        BadInput("a ledger with a key that the root does not list", 77) { _ in
            ["ledger", "create", "other.sqlite", "--trust", "trust.json", "--key", "alice"]
        },
        BadInput("a ledger that is there already", 73) { _ in ["ledger", "create", "ledger.sqlite", "--trust", "trust.json", "--key", "ledger-key"] },
        BadInput("a root without a pin says which digest to compare", 0) { ["trust", "verify", "trust.json", "--pins", try $0.emptyPins()] },
    ]

    /// Every name of what changes is on the screen: a key that takes over another role is in the version before already.
    @Test func `who signs a new version sees which role a key takes and loses`() throws {
        let ceremony = try Ceremony()
        try ceremony.rotate()
        try ceremony.write(
            "trust-3.yaml",
            ceremony.trustConfig(approvers: "[alice, dana, carol]").replacingOccurrences(of: "\n  alice-2:", with: "\n  #")
                .replacingOccurrences(of: "\n  release:", with: "\n  #"))
        let before = ["--previous", "trust.json", "--previous", "trust-2.json"]
        let made = try ceremony.must(["trust", "create", "trust-3.yaml", "--out", "trust-3.json"] + before)
        let signed = try ceremony.must(["trust", "sign", "trust-3.json", "--key", "alice"] + before)
        let changes = [
            "-   approver: bob  ed25519  \(ceremony.digest("bob"))", "+   approver: dana  ed25519  \(ceremony.digest("dana"))",
        ]
        for shown in [made.out, signed.out] {
            let lines = shown.split(separator: "\n").map(String.init)
            #expect(lines.filter { ($0.hasPrefix("- ") || $0.hasPrefix("+ ")) && $0.contains(": ") && $0.contains("ed25519") } == changes)
        }
        #expect(made.out.hasSuffix("trust sign trust-3.json --previous trust.json --previous trust-2.json --key KEY\n"))
    }

    @Test func `a trust root that is over is said to be so by every command that goes on with it`() throws {
        let ceremony = try Ceremony()
        let pins = try ceremony.emptyPins()
        try ceremony.rotate()
        for (from, to) in [("trust.json", "over.json"), ("trust-2.json", "over-2.json")] {
            try ceremony.forge(from, into: to, by: "alice", "carol") {
                $0.set("created", to: "2020-01-01T00:00:00Z")
                $0.set("expires", to: "2021-01-01T00:00:00Z")
            }
        }
        func json(_ ended: Ended) throws -> JSONValue { try JSONDocument(Array(ended.out.utf8), rules: .authored).root }
        let words = "trust root version 1 expired at 2021-01-01T00:00:00Z"
        let verify = ["trust", "verify", "over.json", "--pins", pins]
        #expect(
            ceremony.plain(try ceremony.must(verify).out).hasSuffix(
                "\n  NOT IN FORCE: trust root version 1 expired at {time}; this machine's clock says {time}"))
        #expect(try json(ceremony.must(verify + ["--format", "json"]))["inForce"]?.boolValue == false)
        #expect(try json(ceremony.must(["trust", "verify", "trust.json", "--format", "json"]))["inForce"]?.boolValue == true)

        let before = try ceremony.files()
        let prepare = try ceremony.run([
            "prepare", "bundle.yaml", "--trust", "over.json", "--pins", pins, "--checkpoint", "checkpoint.note", "--key", "dana", "--out",
            "none.json",
        ])
        #expect(prepare.exit == 77)
        #expect(prepare.err.hasSuffix("countersign: over.json: \(words)\n  hint: the root owners sign a new version first\n"), "\(prepare.err)")
        #expect(try ceremony.files() == before)

        let review = ["review", "bundle.json", "--trust", "trust.json", "--trust", "over-2.json", "--format", "json"]
        let reviewed = try ceremony.must(review)
        #expect(
            ceremony.plain(reviewed.err)
                == "countersign: warning: trust root version 2 expired at {time}; this machine's clock says {time}: nobody can approve or execute this bundle under it"
        )
        #expect(try json(reviewed)["inForce"]?.boolValue == false)
        #expect(try json(ceremony.must(["review", "bundle.json", "--trust", "trust.json", "--format", "json"]))["inForce"]?.boolValue == true)

        let recorded = try ceremony.must(["ledger", "record", "ledger.sqlite", "over-2.json", "--key", "ledger-key", "--format", "json"])
        #expect(
            ceremony.plain(recorded.err)
                == "countersign: warning: trust root version 2 expired at {time}; this machine's clock says {time}: nothing in this ledger can be approved or executed under it"
        )
        #expect(try json(recorded)["inForce"]?.boolValue == false)
    }

    @Test(arguments: configured) func `a trust root that would be weak or misread is not made`(_ input: BadInput) throws {
        try input.check(against: Self.golden)
    }

    @Test(arguments: chained) func `a trust root that was not earned is refused`(_ input: BadInput) throws { try input.check(against: Self.golden) }
}

extension Ceremony {
    /// mallory and dana make themselves the owners of the next version, and sign it.
    func seizure(into file: String) throws {
        let mallory = digest("mallory")
        let shown = try publicKey("mallory")
        try forge("trust-2.json", into: file, by: "mallory", "dana") { payload in
            payload.set("keys", mallory, to: ["owner": "mallory", "public": .string(shown), "type": "ed25519"])
            payload.set("roles", "root", to: ["keys": [.string(mallory), .string(self.digest("dana"))], "threshold": 2])
        }
    }
}
