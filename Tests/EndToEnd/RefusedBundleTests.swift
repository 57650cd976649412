// SPDX-License-Identifier: Apache-2.0
// Bundles that are not made, and bundles that nobody should have made: limits, derivation, preparers, outputs.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct RefusedBundleTests {
    static let golden = Golden("bundles")

    static func prepare(_ change: String = "change.yaml", by key: String = "dana", _ more: String...) -> [String] {
        ["prepare", change, "--trust", "trust.json", "--checkpoint", "checkpoint.note", "--key", key, "--out", "out.json"] + more
            + ["--policies", PackageFolder.path + "/policies"]
    }

    /// A change file with one line replaced.
    static func change(_ ceremony: Ceremony, _ old: String, _ new: String) throws -> [String] {
        let text = ceremony.createKey(alias: "cloudtrail-org-key")
        try #require(text.contains(old))
        try ceremony.write("change.yaml", text.replacingOccurrences(of: old, with: new))
        return prepare()
    }

    static let prepared: [BadInput] = [
        BadInput("an account outside the limits", 77) { try change($0, Ceremony.account, "999999999999") },
        BadInput("a Region outside the limits", 77) { try change($0, "us-east-1", "eu-central-1") },
        BadInput("a partition outside the limits", 77) { try change($0, "target: {", "target: { partition: aws-us-gov,") },
        BadInput("a window longer than the limits", 77) { try change($0, "72h", "8d") },
        BadInput("a kind of change whose members are missing", 65) { try change($0, "change: create-key", "change: disable-key") },
        BadInput("an operation that is none", 65) { try change($0, "change: create-key", "change: create-keys") },
        BadInput("an unknown member", 65) { try change($0, "description:", "descripton:") },
        BadInput("a member twice", 65) { try change($0, "ticket:", "title: another\nticket:") },
        BadInput("an alias of AWS's own", 65) { try change($0, "alias: cloudtrail-org-key", "alias: alias/aws/cloudtrail") },
        BadInput("an alias with a space", 65) { try change($0, "alias: cloudtrail-org-key", "alias: my key") },
        BadInput("a rotation of a day", 65) { try change($0, "rotation: 365", "rotation: 1") },
        BadInput("a tag of AWS's own", 65) { try change($0, "data-class", "\"aws:data-class\"") },
        BadInput("a tag of our own", 65) { try change($0, "data-class", "\"countersign:change\"") },
        BadInput("a placeholder in the description", 65) { try change($0, "Encrypts", "\"{{keyId}} encrypts\" #") },
        BadInput("hidden characters in the title", 65) { try change($0, "Key for", "\"Key \\u202Efor\" #") },
        BadInput("an account that is no account", 65) { try change($0, Ceremony.account, "12345678901") },
        BadInput("an executor of another account", 65) { try change($0, Ceremony.executor, "arn:aws:iam::604183725190:role/executor") },
        BadInput("a window in two ways", 65) { try change($0, "valid: 72h", "valid: 72h\nexpires: 2027-01-01T00:00:00Z") },
        BadInput("no window", 65) { try change($0, "valid: 72h", "") },
        BadInput("a template that is not there", 66) { try change($0, "org-cloudtrail-key", "org-cloudtrail") },
        BadInput("a template's parameter missing", 65) { try change($0, "    trailName: org-trail\n", "") },
        BadInput("a template's parameter malformed", 65) { try change($0, "\"281474976710\"", "management") },
        BadInput("an anchor and an alias of YAML", 65) { try change($0, "title: Key", "title: &a Key") },
        BadInput("a policy file that is not there", 66) { try change($0, Ceremony.policy, "policy: { document: nowhere.json }\n") },
        BadInput("a policy that is no policy", 65) {
            try $0.write("mine.json", "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Efect\":\"Allow\"}]}")
            return try change($0, Ceremony.policy, "policy: { document: mine.json }\n")
        },
        BadInput("a policy that would do harm", 65) {
            try $0.write(
                "mine.json",
                "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Open\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"
            )
            return try change($0, Ceremony.policy, "policy: { document: mine.json }\n")
        },
        BadInput("an approver prepares", 77) {
            try $0.write("change.yaml", $0.createKey(alias: "cloudtrail-org-key"))
            return prepare(by: "alice")
        },
        BadInput("nobody prepares", 77) {
            try $0.write("change.yaml", $0.createKey(alias: "cloudtrail-org-key"))
            return prepare(by: "mallory")
        },
        BadInput("a checkpoint that was changed", 77) {
            try $0.write("checkpoint.note", try $0.text("checkpoint.note").replacingOccurrences(of: "\n1\n", with: "\n2\n"))
            try $0.write("change.yaml", $0.createKey(alias: "cloudtrail-org-key"))
            return prepare()
        },
        BadInput("an id that is none", 64) { _ in prepare("bundle.yaml", "--id", "7F0C") },
        BadInput("the bundle is there already", 73) {
            try $0.write("out.json", "mine")
            return prepare("bundle.yaml")
        },
        BadInput("a full disk", 74) { _ in prepare("bundle.yaml").map { $0 == "out.json" ? "/dev/full" : $0 } },
    ]

    /// Bundles that were signed all the same.
    static let forged: [BadInput] = [
        BadInput("signed again by another preparer", 77) {
            try $0.forge("bundle.json", into: "forged.json", by: "erin")
            return review
        },
        BadInput("another preparer's name in it", 77) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") { $0.set("preparer", "owner", to: "erin") }
            return review
        },
        BadInput("signed by an approver in her own name", 77) {
            let alice = $0.digest("alice")
            try $0.forge("bundle.json", into: "forged.json", by: "alice") { $0.set("preparer", to: ["owner": "alice", "keyid": .string(alice)]) }
            return review
        },
        BadInput("signed by two preparers", 65) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana", "erin")
            return review
        },
        BadInput("a request that does not follow from the change", 65) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") {
                let body = $0["requests"]!.arrayValue![0]["body"]!.stringValue!
                $0.set("requests", "0", "body", to: .string(body.replacingOccurrences(of: "\"MultiRegion\":false", with: "\"MultiRegion\":true")))
            }
            return review
        },
        BadInput("a request more than follows from the change", 65) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") {
                let last = $0["requests"]!.arrayValue![2]
                $0.set("requests", "3", to: last)
            }
            return review
        },
        BadInput("a request less than follows from the change", 65) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") { $0.set("requests", "2", to: nil) }
            return review
        },
        BadInput("requests in another order", 65) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") {
                let requests = $0["requests"]!.arrayValue!
                $0.set("requests", to: .array([requests[0], requests[2], requests[1]]))
            }
            return review
        },
        BadInput("an expectation less", 65) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") { $0.set("expectations", "2", to: nil) }
            return review
        },
        BadInput("another policy than its digest says", 65) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") {
                let document = $0["policy"]!["document"]!.stringValue!
                $0.set("policy", "document", to: .string(document.replacingOccurrences(of: "281474976710", with: "281474976711")))
            }
            return review
        },
        BadInput("an account outside the limits, signed", 77) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") {
                let text = JSONWriter.canonicalText($0).replacingOccurrences(of: Ceremony.account, with: "999999999999")
                $0 = try JSONDocument(Array(text.utf8), rules: .signed).root
                try rederive(&$0)
            }
            return review
        },
        BadInput("an operation outside the limits, signed", 77) {
            let key = "arn:aws:kms:us-east-1:\(Ceremony.account):key/0b7d3a32-6e3f-4c0f-9c5f-2b1de6f3a111"
            try $0.forge("bundle.json", into: "forged.json", by: "dana") {
                $0.set("change", to: ["kind": "set-rotation", "key": .string(key), "rotationDays": 365])
                $0.set("policy", to: nil)
                try rederive(&$0)
            }
            return review
        },
        BadInput("a window longer than the limits, signed", 77) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") {
                $0.set("notBefore", to: "2026-12-01T00:00:00Z")
                $0.set("expires", to: "2026-12-08T00:00:01Z")
            }
            return review
        },
        BadInput("a trust root that is not given", 77) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") { $0.flip("trust", "digest") }
            return review
        },
        BadInput("hidden characters in the title, signed", 65) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") { $0.set("title", to: "Key \u{202E}for the organization") }
            return review
        },
    ]

    static let review = ["review", "forged.json", "--trust", "trust.json"]

    @Test(arguments: prepared) func `a bundle that would be refused is not made`(_ input: BadInput) throws { try input.check(against: Self.golden) }

    @Test(arguments: forged) func `a bundle that was signed all the same is refused`(_ input: BadInput) throws {
        try input.check(against: Self.golden)
    }
}
