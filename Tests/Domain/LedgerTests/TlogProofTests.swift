// SPDX-License-Identifier: Apache-2.0
import Cryptography
import StrictFormats
import TestSupport
import Testing

@testable import Ledger

@Suite(.enabled(if: SharedVectors.areHere)) struct TlogProofTests {
    private func log() throws -> NoteVerifier {
        try NoteVerifier(text: "example.com/org-cloudtrail/ledger+6bb0aa47+Aby3DJrv3lVARoFrsd7Y0C0+kIl1bVwZqFhafF9lB8Ze")
    }

    @Test func `a proof made from the reference ledger is that of the reference, byte for byte`() throws {
        let reader = try LedgerReader(SharedVectors.path("reference/ledger.sqlite"))
        let note = try SignedNote(#require(try reader.latestCheckpoint()))
        let hashes = try MerkleProof.inclusion(of: 5, in: 26) { try reader.subtree(level: $0, index: $1) }
        #expect(TlogProof(index: 5, hashes: hashes, note: note).bytes == (try SharedVectors.bytes("reference/entry-5.tlog-proof")))
    }

    @Test func `the reference's proof holds for its entry and for no other leaf, place or hash`() throws {
        let proof = try TlogProof(SharedVectors.bytes("reference/entry-5.tlog-proof"))
        let leaf = MerkleHash.leaf(try SharedVectors.bytes("reference/entry-5.json"))
        #expect(try proof.check(leaf: leaf, by: log()).size == 26)
        let other = MerkleHash.leaf(Array("another entry".utf8))
        #expect(try #require(throws: Refusal.self) { try proof.check(leaf: other, by: log()) }.code == "proof-differs")
        let moved = TlogProof(index: 6, hashes: proof.hashes, note: proof.note)
        #expect(try #require(throws: Refusal.self) { try moved.check(leaf: leaf, by: log()) }.code == "proof-differs")
        for position in proof.hashes.indices {
            var hashes = proof.hashes
            hashes[position] = other
            let changed = TlogProof(index: 5, hashes: hashes, note: proof.note)
            #expect(try #require(throws: Refusal.self) { try changed.check(leaf: leaf, by: log()) }.code == "proof-differs")
        }
    }

    @Test func `a checkpoint by another key proves nothing`() throws {
        let proof = try TlogProof(SharedVectors.bytes("reference/entry-5.tlog-proof"))
        let leaf = MerkleHash.leaf(try SharedVectors.bytes("reference/entry-5.json"))
        let stranger = NoteVerifier(name: "example.com/org-cloudtrail/ledger", key: try PrivateKey.generate(.ed25519).publicKey)
        #expect(try #require(throws: Refusal.self) { try proof.check(leaf: leaf, by: stranger) }.code == "proof-signature")
    }

    @Test(arguments: [
        "", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\nindex 05\n\n", "c2sp.org/tlog-proof@v2\nindex 5\n\n",
        "c2sp.org/tlog-proof@v1\nindex 5\nAAAA\n\nexample.com\n1\n", "c2sp.org/tlog-proof@v1\nindex -1\n\nx\n",
    ])
    func `what is no proof is refused`(text: String) throws {
        #expect(try #require(throws: Refusal.self) { try TlogProof(Array(text.utf8)) }.category == .badData)
    }
}
