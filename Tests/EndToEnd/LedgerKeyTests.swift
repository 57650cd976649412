// SPDX-License-Identifier: Apache-2.0
// The ledger's key is changed by a trust root, and an auditor follows.

import Foundation
import StrictFormats
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct LedgerKeyTests {
    @Test func `a trust root gives the ledger to another key, and the audit follows`() throws {
        let ceremony = try Ceremony()
        try ceremony.prepare("before", change: ceremony.createKey(alias: "alias/rotated"))
        try ceremony.must(["key", "generate", "--type", "ed25519", "--out", "ledger-key-2", "--no-passphrase"])
        try ceremony.write("trust-2.yaml", ceremony.trustConfig().replacingOccurrences(of: "file: ledger-key.pub", with: "file: ledger-key-2.pub"))
        try ceremony.must(["trust", "create", "trust-2.yaml", "--previous", "trust.json", "--out", "trust-2.json"])
        for owner in ["alice", "carol"] { try ceremony.must(["trust", "sign", "trust-2.json", "--previous", "trust.json", "--key", owner]) }
        let first = try ceremony.must(["ledger", "vkey", "ledger.sqlite"]).out

        // The old key writes the root, and nothing after it.
        let old = try ceremony.run(["ledger", "record", "ledger.sqlite", "trust-2.json", "before.json", "--key", "ledger-key"])
        #expect(old.exit == 77)
        #expect(old.err.contains("version 2 of the trust root gave this ledger to the key sha256:"))
        #expect(try ceremony.entries().map(\.type) == ["genesis", "trust-updated"])
        let again = try ceremony.run(["ledger", "record", "ledger.sqlite", "before.json", "--key", "ledger-key"])
        #expect(again.exit == 77)
        #expect(again.err.contains("version 2 of the trust root gave this ledger to the key sha256:"))

        // The new key goes on; whoever holds a note of before, or none, verifies the whole.
        try ceremony.must(["ledger", "record", "ledger.sqlite", "before.json", "--key", "ledger-key-2"])
        #expect(try ceremony.entries().map(\.type) == ["genesis", "trust-updated", "bundle-received"])
        let audit = ["audit", "verify", "ledger.sqlite", "--genesis", ceremony.digest("genesis"), "--since", "checkpoint.note"]
        #expect(try ceremony.must(audit, program: Built.airgap).out.contains("VERIFIED"))
        try ceremony.write("newest.note", ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
        let consistency = ["audit", "consistency", "checkpoint.note", "newest.note", "--ledger", "ledger.sqlite"]
        #expect(try ceremony.must(consistency, program: Built.airgap).out.hasPrefix("consistent: the 3 entries begin with the 1"))
        let second = try ceremony.must(["ledger", "vkey", "ledger.sqlite"]).out
        #expect(second != first)
        let all = try ceremony.must(["ledger", "vkey", "ledger.sqlite", "--all"]).out
        #expect(all == first + second)

        // Without the ledger: two notes across the change need both keys, as one file or as two options.
        for (name, text) in [("first.vkey", first), ("second.vkey", second), ("all.vkey", all)] { try ceremony.write(name, text) }
        try ceremony.must(["ledger", "witness-request", "ledger.sqlite", "--old", "1", "--out", "request"])
        let compare = ["audit", "consistency", "checkpoint.note", "newest.note", "--proof", "request"]
        for keys in [["all.vkey"], ["second.vkey", "first.vkey"]] {
            let ended = try ceremony.must(compare + keys.flatMap { ["--log-key", $0] }, program: Built.airgap)
            #expect(ended.out.hasPrefix("consistent: the 3 entries begin with the 1"))
        }
        #expect(try ceremony.run(compare + ["--log-key", "second.vkey"]).exit == 77)
        try ceremony.must(["audit", "prove", "ledger.sqlite", "--entry", "0", "--out", "old.tlog-proof", "--size", "1"])
        let check = ["audit", "check-proof", "old.tlog-proof", "--entry-file", "old.json", "--log-key"]
        try ceremony.must(check + ["all.vkey"], program: Built.airgap)
        #expect(try ceremony.run(check + ["second.vkey"]).exit == 1)
        try ceremony.must(["key", "generate", "--out", "w1", "--no-passphrase"])
        let cosign = ["witness", "cosign", "request", "--key", "w1", "--name", "w1.example.com", "--state", "w1-state", "--log-key"]
        #expect(try ceremony.run(cosign + ["first.vkey"]).exit == 77)
        try ceremony.must(["ledger", "witness-request", "ledger.sqlite", "--old", "0", "--out", "request", "--force"])
        try ceremony.must(cosign + ["all.vkey"], program: Built.airgap)
        try ceremony.write("empty.vkey", "\n")
        #expect(try ceremony.run(check + ["empty.vkey"]).exit == 65)
    }

    /// A trust root of version 2, which gives the ledger to `ledger-key-2`, recorded by the old key.
    private func rotated() throws -> Ceremony {
        let ceremony = try Ceremony()
        try ceremony.must(["key", "generate", "--type", "ed25519", "--out", "ledger-key-2", "--no-passphrase"])
        try ceremony.write("trust-2.yaml", ceremony.trustConfig().replacingOccurrences(of: "file: ledger-key.pub", with: "file: ledger-key-2.pub"))
        try ceremony.must(["trust", "create", "trust-2.yaml", "--previous", "trust.json", "--out", "trust-2.json"])
        for owner in ["alice", "carol"] { try ceremony.must(["trust", "sign", "trust-2.json", "--previous", "trust.json", "--key", owner]) }
        try ceremony.must(["ledger", "record", "ledger.sqlite", "trust-2.json", "--key", "ledger-key"])
        try ceremony.write("newest.note", ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
        return ceremony
    }

    @Test func `every command of the page is pasted as it stands`() throws {
        let ceremony = try Ceremony()
        try ceremony.write("change.yaml", ceremony.createKey(alias: "alias/rotated"))
        try ceremony.write("genesis.txt", ceremony.digest("genesis") + "\n")
        try FileManager.default.createSymbolicLink(atPath: ceremony.scratch.file("policies"), withDestinationPath: PackageFolder.path + "/policies")
        let page = try String(contentsOfFile: PackageFolder.path + "/docs/ledger-key.md", encoding: .utf8)
        let blocks = page.components(separatedBy: "```sh\n").dropFirst().map { $0.components(separatedBy: "```\n")[0] }
        let said = [
            "verified: version 2", "consistent: the 2 entries begin with the 1\n", "", "VERIFIED: ", "recorded: 1 new entry; the ledger has 3",
        ]
        #expect(blocks.count == said.count)
        let folder = (Built.countersign as NSString).deletingLastPathComponent
        for (block, word) in zip(blocks, said) {
            let ended = try ceremony.run(["-euc", "PATH=\(folder):$PATH\n" + block], program: "bash")
            #expect(ended.exit == 0, "\(block)\n\(ended.err)")
            #expect(ended.out.contains(word) || word.isEmpty, "\(block)\n\(ended.out)")
        }
        #expect(try ceremony.text("all.vkey").hasSuffix(ceremony.text("log.vkey")))
        #expect(try ceremony.run(["ledger", "record", "ledger.sqlite", "bundle.json", "--key", "ledger-key"]).exit == 77)
    }

    private let both = ["--trust", "trust.json", "--trust", "trust-2.json"]

    @Test(.enabled(if: TestServers.areInstalled)) func `right after the change a bundle is prepared, approved and executed`() throws {
        let ceremony = try rotated()
        try ceremony.write("after.yaml", ceremony.createKey(alias: freshAlias("rotated")))
        // The newest checkpoint is of the old key: it wrote down the root that took the ledger from it.
        let prepared = try ceremony.must(
            ["prepare", "after.yaml"] + both + ["--checkpoint", "newest.note", "--key", "dana", "--out", "after.json"]
                + ["--policies", PackageFolder.path + "/policies", "--format", "json"])
        let digest = try #require(JSONDocument(Array(prepared.out.utf8), rules: .authored).root["bundle"]?.stringValue)
        for person in ["alice", "carol"] {
            try ceremony.must(
                ["approve", "after.json"] + both + ["--key", person, "--expect", digest, "--out", "after.\(person).json"], program: Built.airgap)
        }
        let line = try ceremony.execution(of: "after", more: ["--since", "newest.note"])
        #expect(try ceremony.run(line).err.contains("version 2 of the trust root gave this ledger to the key sha256:"))
        let ended = try ceremony.must(line.map { $0 == "ledger-key" ? "ledger-key-2" : $0 })
        #expect(ended.out.hasPrefix("completed: create-key, enable-key-rotation, create-alias\n"))
        let audit = ["audit", "verify", "ledger.sqlite", "--genesis", ceremony.digest("genesis"), "--since", "newest.note"]
        #expect(try ceremony.must(audit, program: Built.airgap).out.hasPrefix("VERIFIED"))
    }

    @Test func `a checkpoint is of a key that the given roots ever gave the ledger, and of no other`() throws {
        let ceremony = try rotated()
        try ceremony.write("after.yaml", ceremony.createKey(alias: "alias/rotated"))
        let prepare = ["prepare", "after.yaml", "--checkpoint", "newest.note", "--key", "dana", "--out", "after.json", "--force"]
        let end = ["--policies", PackageFolder.path + "/policies"]
        try ceremony.must(["ledger", "record", "ledger.sqlite", "bundle.json", "--key", "ledger-key-2"])
        try ceremony.write("newest.note", ceremony.must(["ledger", "checkpoint", "ledger.sqlite"]).out)
        try ceremony.must(prepare + both + end)
        // Whoever has the old root alone knows nothing of the new key.
        let old = try ceremony.run(prepare + ["--trust", "trust.json"] + end)
        #expect(old.exit == 77)
        #expect(old.err.contains("newest.note: no key that the trust roots ever gave the ledger signed this checkpoint\n"), "\(old.err)")
    }
}
