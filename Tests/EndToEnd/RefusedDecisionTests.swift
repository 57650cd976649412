// SPDX-License-Identifier: Apache-2.0
// Approvals and rejects that are not signed: wrong roles, wrong passphrases, closed windows, files that are there already.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct RefusedDecisionTests {
    static let golden = Golden("decisions")

    static func approve(_ bundle: String = "bundle.json", by key: String, _ more: String...) -> [String] {
        ["approve", bundle, "--trust", "trust.json", "--key", key, "--out", "out.json"] + more
    }

    static let cases: [BadInput] = [
        BadInput("a preparer's key is no approver's", 77, airgap: true) { approve(by: "erin", "--expect", $0.digest("bundle")) },
        BadInput("the preparer approves", 77, airgap: true) { approve(by: "dana", "--expect", $0.digest("bundle")) },
        BadInput("the preparer rejects", 77, airgap: true) {
            ["reject"] + approve(by: "dana", "--expect", $0.digest("bundle"), "--reason", "mine").dropFirst()
        },
        BadInput("the release engineers approve", 77, airgap: true) { approve(by: "release", "--expect", $0.digest("bundle")) },
        BadInput("the ledger's key approves", 77, airgap: true) { approve(by: "ledger-key", "--expect", $0.digest("bundle")) },
        BadInput("a key of nobody approves", 77, airgap: true) { approve(by: "mallory", "--expect", $0.digest("bundle")) },
        BadInput("a public key instead of a private one", 65, airgap: true) {
            try $0.scratch.write("shown.pem", $0.bytes("alice.pub"))
            return approve(by: "shown.pem", "--expect", $0.digest("bundle"))
        },
        BadInput("a key that others may read", 77, airgap: true) {
            try $0.scratch.write("open", $0.bytes("alice"), mode: 0o644)
            return approve(by: "open", "--expect", $0.digest("bundle"))
        },
        BadInput("a wrong passphrase", 77, airgap: true) {
            try $0.write("right", "correct horse\n")
            try $0.write("wrong", "battery staple\n")
            try $0.must(["key", "generate", "--out", "sealed", "--passphrase-file", "right"])
            return approve(by: "sealed", "--expect", $0.digest("bundle"), "--passphrase-file", "wrong")
        },
        BadInput("a passphrase that nobody can be asked for", 64, airgap: true) {
            try $0.write("right", "correct horse\n")
            try $0.must(["key", "generate", "--out", "sealed", "--passphrase-file", "right"])
            return approve(by: "sealed", "--expect", $0.digest("bundle"))
        },
        BadInput("a passphrase file that others may read", 77, airgap: true) {
            try $0.scratch.write("right", Array("correct horse\n".utf8), mode: 0o640)
            return ["key", "generate", "--out", "sealed", "--passphrase-file", "right"]
        },
        BadInput("no terminal to confirm at", 64, airgap: true) { _ in approve(by: "alice") },
        BadInput("another digest is expected", 77, airgap: true) { approve(by: "alice", "--expect", $0.digest("trust")) },
        BadInput("what is expected is no digest", 64, airgap: true) { _ in approve(by: "alice", "--expect", "lusab-babad") },
        BadInput("the window is over", 77, airgap: true) {
            approve(by: "alice", "--expect", $0.digest("bundle"), "--now", try $0.moment("expires", plus: 0))
        },
        BadInput("the window is not open yet", 77, airgap: true) {
            approve(by: "alice", "--expect", $0.digest("bundle"), "--now", try $0.moment("notBefore", plus: -1))
        },
        BadInput("a time that is none", 64, airgap: true) { approve(by: "alice", "--expect", $0.digest("bundle"), "--now", "tomorrow") },
        BadInput("the approval would outlive the bundle", 64, airgap: true) {
            approve(by: "alice", "--expect", $0.digest("bundle"), "--expires", try $0.moment("expires", plus: 1))
        },
        BadInput("the approval would be over before it is made", 64, airgap: true) {
            approve(by: "alice", "--expect", $0.digest("bundle"), "--expires", try $0.moment("notBefore", plus: 0))
        },
        BadInput("the output is there already", 73, airgap: true) {
            try $0.write("out.json", "mine")
            return approve(by: "alice", "--expect", $0.digest("bundle"))
        },
        BadInput("the output is a directory", 73, airgap: true) {
            try FileManager.default.createDirectory(atPath: $0.scratch.file("out.json"), withIntermediateDirectories: true)
            return approve(by: "alice", "--expect", $0.digest("bundle"))
        },
        BadInput("the output's folder is not there", 73, airgap: true) {
            approve(by: "alice", "--expect", $0.digest("bundle")).map { $0 == "out.json" ? "nowhere/out.json" : $0 }
        },
        BadInput("a reject without a reason", 64, airgap: true) {
            ["reject"] + approve(by: "alice", "--expect", $0.digest("bundle"), "--reason", "").dropFirst()
        },
        BadInput("no trust root", 64, airgap: true) { _ in ["review", "bundle.json"] },
        BadInput("another kind of envelope", 65, airgap: true) { _ in ["review", "bundle.alice.json", "--trust", "trust.json"] },
        BadInput("a bundle as trust root", 65, airgap: true) { _ in ["review", "bundle.json", "--trust", "bundle.json"] },
        BadInput("YAML in the air-gapped program", 65, airgap: true) { _ in ["trust", "create", "trust.yaml", "--out", "out.json"] },
        BadInput("an unknown option", 64, airgap: true) { _ in ["review", "bundle.json", "--turst", "trust.json"] },
        BadInput("an unknown command", 64, airgap: true) { _ in ["execute", "bundle.json"] },
        BadInput("a full disk under the output", 74, airgap: true) {
            approve(by: "alice", "--expect", $0.digest("bundle")).map { $0 == "out.json" ? "/dev/full" : $0 }
        },
        BadInput("a full disk under the standard output", 74, airgap: true) { _ in ["review", "bundle.json", "--trust", "trust.json"] }
            .under(output: "/dev/full"),
        BadInput("a full disk under the help", 74, airgap: true) { _ in ["--help"] }.under(output: "/dev/full"),
    ]

    @Test(arguments: cases) func `a decision that was not earned is not signed`(_ input: BadInput) throws { try input.check(against: Self.golden) }
}
