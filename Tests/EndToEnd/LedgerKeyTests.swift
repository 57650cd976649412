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
        #expect(again.err.contains("this ledger is written with the key sha256:"))

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
}
