// SPDX-License-Identifier: Apache-2.0
import Cryptography
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Ledger

@Suite(.enabled(if: SharedVectors.areHere)) struct ReferenceLedgerTests {
    @Test func `every entry of the reference ledger reads and writes back to the byte`() throws {
        let reader = try LedgerReader(SharedVectors.path("reference/ledger.sqlite"))
        var count = 0
        try reader.forEachEntry { seq, bytes throws(Refusal) in
            let entry = try Entry(bytes)
            #expect(entry.bytes == bytes)
            #expect(entry.seq == seq)
            count += 1
        }
        #expect(count == 26)
    }

    @Test func `the reference ledger loads: root, checkpoint, chain of trust, lives`() throws {
        let loaded = try LedgerLoad(LedgerReader(SharedVectors.path("reference/ledger.sqlite")))
        #expect(loaded.genesis.text == "sha256:f0c83ad7a87c32ce28260087e1ce1176b129e1abae9c30c5a5fbe71d03781fc2")
        #expect(loaded.history.chain.newest.reference.version == 2)
        let first = try #require(
            Digest(text: "sha256:020e980c9e3a0178ef05b92780fa143615a8c9c09d5df1da935daeb43a5a79c3").flatMap { loaded.history.lives[$0] })
        #expect(first.done == ["create-key", "enable-key-rotation", "create-alias"])
        #expect(first.ending?.type == .executionCompleted)
        #expect(first.bound == ["keyId": "ded25d8b-061c-4933-9e3e-1a86bb8d3ae3"])
        let second = try #require(
            Digest(text: "sha256:6b888650ccdeb7e3cceef95a6480e7ed9e1f1685c9873e7dabc720af79819b13").flatMap { loaded.history.lives[$0] })
        #expect(!second.isUsedUp)
        #expect(second.refusals == 1)
        #expect(loaded.history.openExecution == nil)
    }

    @Test func `checkpoints and verifier keys of the reference read and write back`() throws {
        let key = try NoteVerifier(text: String(decoding: SharedVectors.bytes("reference/log.vkey"), as: UTF8.self).trimmingSuffix())
        for name in ["checkpoint-1.txt", "checkpoint-22.txt", "checkpoint-last.txt", "cosigned-checkpoint.txt"] {
            let bytes = try SharedVectors.bytes("reference/\(name)")
            let note = try SignedNote(bytes)
            #expect(note.bytes == bytes)
            #expect(key.isSigned(note))
            #expect(try Checkpoint(text: note.text).text == note.text)
        }
        #expect(key.text == "example.com/org-cloudtrail/ledger+6bb0aa47+Aby3DJrv3lVARoFrsd7Y0C0+kIl1bVwZqFhafF9lB8Ze")
    }
}

extension String {
    fileprivate func trimmingSuffix() -> String { hasSuffix("\n") ? String(dropLast()) : self }
}
