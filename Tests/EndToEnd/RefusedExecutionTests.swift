// SPDX-License-Identifier: Apache-2.0
// Executions that are refused before anything leaves: approvals, windows, ledgers, trust, limits. Each leaves a trace.

import Foundation
import StrictFormats
import TestSupport
import Testing
import Trust

@Suite(.enabled(if: TestServers.areInstalled), .timeLimit(.minutes(10))) struct RefusedExecutionTests {
    static let golden = Golden("executions")

    static let approvals: [BadInput] = [
        BadInput("no approval", 77) { try $0.execution(approvals: []) },
        BadInput("one approval", 77) { try $0.execution(approvals: ["alice"]) },
        BadInput("one approval twice", 77) { try $0.execution(approvals: ["alice", "alice"]) },
        BadInput("one owner twice", 77) {
            try $0.approve("bundle", by: "alice-2", more: ["--reason", "with her other key"])
            return try $0.execution(approvals: ["alice", "alice-2"])
        },
        BadInput("the preparer's own approval", 77) {
            try $0.forge("bundle.alice.json", into: "bundle.dana.json", by: "dana") { $0.set("predicate", "approver", to: "dana") }
            return try $0.execution(approvals: ["alice", "dana"])
        },
        BadInput("an approval in another's name", 77) {
            try $0.forge("bundle.alice.json", into: "bundle.bob.json", by: "alice") { $0.set("predicate", "approver", to: "bob") }
            return try $0.execution(approvals: ["alice", "bob"])
        },
        BadInput("an approval by a key of nobody", 77) {
            try $0.forge("bundle.alice.json", into: "bundle.mallory.json", by: "mallory") { $0.set("predicate", "approver", to: "mallory") }
            return try $0.execution(approvals: ["alice", "mallory"])
        },
        BadInput("an approval by the other preparer", 77) {
            try $0.forge("bundle.alice.json", into: "bundle.erin.json", by: "erin") { $0.set("predicate", "approver", to: "erin") }
            return try $0.execution(approvals: ["alice", "erin"])
        },
        BadInput("an approval by the release engineers", 77) {
            try $0.forge("bundle.alice.json", into: "bundle.release.json", by: "release") {
                $0.set("predicate", "approver", to: "release-engineering")
            }
            return try $0.execution(approvals: ["alice", "release"])
        },
        BadInput("an approval for another bundle", 77) {
            try $0.prepare("other", change: $0.createKey(alias: "another-key"))
            try $0.approve("other", by: "carol")
            return try $0.execution(approvals: ["alice"], more: ["--approval", "other.carol.json"])
        },
        BadInput("an approval that outlives its bundle", 77) {
            try $0.forge("bundle.carol.json", into: "bundle.long.json", by: "carol") { $0.set("predicate", "expires", to: "2098-01-01T00:00:00Z") }
            return try $0.execution(approvals: ["alice", "long"])
        },
        BadInput("an approval that is over", 77) {
            try $0.forge("bundle.carol.json", into: "bundle.short.json", by: "carol") { $0.set("predicate", "expires", to: "2026-02-01T00:00:00Z") }
            return try $0.execution(approvals: ["alice", "short"])
        },
        BadInput("an approval of another review", 77) {
            try $0.forge("bundle.carol.json", into: "bundle.other.json", by: "carol") { $0.flip("predicate", "review", "sha256") }
            return try $0.execution(approvals: ["alice", "other"])
        },
        BadInput("both approvals of another review", 77) {
            for owner in ["alice", "carol"] {
                try $0.forge("bundle.\(owner).json", into: "bundle.\(owner)-2.json", by: owner) {
                    $0.set("predicate", "review", "sha256", to: "sha256:0000000000000000000000000000000000000000000000000000000000000000")
                }
            }
            return try $0.execution(approvals: ["alice-2", "carol-2"])
        },
        BadInput("an approval under another trust root", 77) {
            try $0.forge("bundle.carol.json", into: "bundle.other.json", by: "carol") { $0.flip("predicate", "trust", "digest") }
            return try $0.execution(approvals: ["alice", "other"])
        },
        BadInput("a reject beside two approvals", 77) {
            try $0.must([
                "reject", "bundle.json", "--trust", "trust.json", "--key", "bob", "--expect", $0.digest("bundle"), "--reason", "not on a Friday",
                "--out", "bundle.bob.json",
            ])
            return try $0.execution(approvals: ["alice", "carol", "bob"])
        },
        BadInput("a reject that was recorded before", 77) {
            try $0.must([
                "reject", "bundle.json", "--trust", "trust.json", "--key", "bob", "--expect", $0.digest("bundle"), "--reason", "not on a Friday",
                "--out", "bundle.bob.json",
            ])
            try $0.must(["ledger", "record", "ledger.sqlite", "bundle.json", "bundle.bob.json", "--key", "ledger-key"])
            return try $0.execution()
        },
    ]

    static let bundles: [BadInput] = [
        BadInput("the window is over", 77) {
            let window = "notBefore: 2026-01-02T00:00:00Z\nexpires: 2026-01-03T00:00:00Z"
            try $0.prepare("late", change: $0.createKey(alias: "late", window: window), more: ["--created", "2026-01-01T12:00:00Z"])
            try $0.approve("late", by: "alice", "carol", more: ["--now", "2026-01-02T12:00:00Z"])
            return try $0.execution(of: "late")
        },
        BadInput("the window is not open yet", 77) {
            let window = "notBefore: 2098-01-02T00:00:00Z\nexpires: 2098-01-03T00:00:00Z"
            try $0.prepare("early", change: $0.createKey(alias: "early", window: window))
            try $0.approve("early", by: "alice", "carol", more: ["--now", "2098-01-02T12:00:00Z"])
            return try $0.execution(of: "early")
        },
        BadInput("signed again by another preparer", 77) {
            try $0.forge("bundle.json", into: "forged.json", by: "erin")
            return try $0.execution(of: "forged", approvals: [])
        },
        BadInput("requests that do not follow from the change", 65) {
            try $0.forge("bundle.json", into: "forged.json", by: "dana") {
                let body = $0["requests"]!.arrayValue![1]["body"]!.stringValue!
                $0.set("requests", "1", "body", to: .string(body.replacingOccurrences(of: "365", with: "2560")))
            }
            return try $0.execution(of: "forged", approvals: [])
        },
        BadInput("an id that the ledger knows with another digest", 77) {
            try $0.must(["ledger", "record", "ledger.sqlite", "bundle.json", "--key", "ledger-key"])
            try $0.forge("bundle.json", into: "forged.json", by: "dana") { $0.set("title", to: "Another title") }
            return try $0.execution(of: "forged", approvals: [])
        },
        BadInput("another ledger of the same origin", 77) {
            try $0.must(["ledger", "create", "other.sqlite", "--trust", "trust.json", "--key", "ledger-key"])
            return try $0.execution(ledger: "other.sqlite")
        },
        BadInput("a ledger of another origin", 77) {
            try $0.must(["ledger", "create", "other.sqlite", "--trust", "trust.json", "--key", "ledger-key", "--origin", "example.com/other"])
            return try $0.execution(ledger: "other.sqlite")
        },
        BadInput("a ledger whose past is shorter than the bundle's", 77) {
            try FileManager.default.copyItem(atPath: $0.scratch.file("ledger.sqlite"), toPath: $0.scratch.file("old.sqlite"))
            try $0.must(["ledger", "record", "ledger.sqlite", "bundle.json", "--key", "ledger-key"])
            try $0.write("checkpoint.note", try $0.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
            try $0.prepare("later", change: $0.createKey(alias: "later"))
            return try $0.execution(of: "later", approvals: [], ledger: "old.sqlite")
        },
        BadInput("a checkpoint that the ledger does not lead to", 77) {
            try $0.must(["ledger", "create", "other.sqlite", "--trust", "trust.json", "--key", "ledger-key"])
            try $0.write("other.note", try $0.must(["ledger", "checkpoint", "other.sqlite"]).out)
            return try $0.execution(more: ["--since", "other.note"])
        },
        BadInput("an endpoint that the trust root does not list", 77) {
            try $0.execution().map { $0.hasPrefix("http://") ? "http://127.0.0.1:9" : $0 }
        },
        BadInput("plain HTTP beyond this machine", 64) { try $0.execution().map { $0.hasPrefix("http://") ? "http://kms.example.com" : $0 } },
        BadInput("another key than the ledger's", 77) { try $0.execution().map { $0 == "ledger-key" ? "release" : $0 } },
        BadInput("a trust root that the ledger's did not sign", 77) {
            try $0.rotate()
            try $0.seizure(into: "other.json")
            return try $0.execution(more: ["--trust", "other.json"])
        },
        BadInput("a trust root with a gap before it", 77) {
            try $0.rotate()
            try $0.forge("trust-2.json", into: "other.json", by: "alice", "carol") { $0.set("version", to: 3) }
            return try $0.execution(more: ["--trust", "other.json"])
        },
        BadInput("an approver whom a newer trust root no longer lists", 77) {
            try $0.rotate(approvers: "[alice, bob, dana]")
            return try $0.execution(more: ["--trust", "trust-2.json"])
        },
        BadInput("an account that a newer trust root no longer lists", 77) {
            try $0.rotate(limits: "{ accounts: [\"604183725190\"], regions: [us-east-1], operations: [create-key, put-key-policy] }")
            return try $0.execution(more: ["--trust", "trust-2.json"])
        },
        BadInput("the same trust root under another name changes nothing, one approval stays one", 77) {
            try $0.execution(approvals: ["alice"], more: ["--trust", "trust.json"])
        },
    ]

    static let places: [BadInput] = [
        BadInput("a profile that is not there", 78) { try $0.execution(profile: "executer") },
        BadInput("a ledger that is held by another", 75) { try $0.execution() }.under(["flock", "ledger.sqlite.lock"]),
        BadInput("a ledger that may only be read", 74) {
            chmod($0.scratch.file("ledger.sqlite"), 0o444)
            return try $0.execution()
        }.under(getuid() == 0 ? BadFileTests.withoutOverride : []),
        BadInput("a ledger in a folder that may only be read", 73) {
            try FileManager.default.createDirectory(atPath: $0.scratch.file("closed"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: $0.scratch.file("ledger.sqlite"), toPath: $0.scratch.file("closed/ledger.sqlite"))
            chmod($0.scratch.file("closed"), 0o555)
            return try $0.execution(ledger: "closed/ledger.sqlite")
        }.under(getuid() == 0 ? BadFileTests.withoutOverride : []),
        BadInput("recording a bundle twice changes nothing", 0) {
            try $0.must(["ledger", "record", "ledger.sqlite", "bundle.json", "--key", "ledger-key"])
            return ["ledger", "record", "ledger.sqlite", "bundle.json", "--key", "ledger-key"]
        },
        BadInput("recording an approval before its bundle", 77) { _ in
            ["ledger", "record", "ledger.sqlite", "bundle.alice.json", "--key", "ledger-key"]
        },
        BadInput("recording what is none of ours", 65) { _ in ["ledger", "record", "ledger.sqlite", "trust.yaml", "--key", "ledger-key"] },
        BadInput("resume where nothing was begun", 1) { _ in ["resume", "ledger.sqlite", "--key", "ledger-key"] },
        BadInput("abandon where nothing was begun", 1) { _ in ["resume", "ledger.sqlite", "--key", "ledger-key", "--abandon"] },
        BadInput("the story of a bundle that is not there", 1) { ["audit", "show", "ledger.sqlite", "--bundle", $0.digest("trust")] },
        BadInput("an audit without an anchor", 1) { _ in ["audit", "verify", "ledger.sqlite"] },
        BadInput("an audit with another genesis", 1) { ["audit", "verify", "ledger.sqlite", "--genesis", $0.digest("bundle")] },
        BadInput("an audit with a digest that is none", 64) { _ in ["audit", "verify", "ledger.sqlite", "--genesis", "abc"] },
    ]

    @Test(arguments: approvals) func `an execution without two people's approval is refused, on record`(_ input: BadInput) throws {
        try input.check(against: Self.golden)
    }

    @Test(arguments: bundles) func `an execution of the wrong bundle, in the wrong place or time, is refused, on record`(_ input: BadInput) throws {
        try input.check(against: Self.golden)
    }

    @Test(arguments: places) func `a ledger is opened only by who may write to it, and says what is wrong`(_ input: BadInput) throws {
        try input.check(against: Self.golden)
    }
}
