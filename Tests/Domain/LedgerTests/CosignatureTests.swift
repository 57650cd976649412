// SPDX-License-Identifier: Apache-2.0
// Cosignatures, witness requests and what a ledger takes in. The vectors of others: the C2SP text's own example, and lines that
// Python's cryptography package made (Tests/Interop checks ours with it).
import Cryptography
import DomainFixtures
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Ledger

@Suite struct CosignatureTests {
    /// RFC 8032 §7.1, TEST 1: a public secret. The line was made by Python's cryptography 48.0.0 over the text below.
    static let vkey = "witness.example.com/w1+7e6f4aaa+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
    static let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    @Test func `the key id and the text of a witness's key are those of tlog-cosignature`() throws {
        let key = try Self.key()
        #expect(NoteVerifier(name: "witness.example.com/w1", key: key.publicKey, kind: .cosignature).text == Self.vkey)
        #expect(try NoteVerifier(text: Self.vkey, kind: .cosignature).key == key.publicKey)
        #expect(try #require(throws: Refusal.self) { try NoteVerifier(text: Self.vkey) }.code == "vkey-malformed")
    }

    static func key() throws -> PrivateKey {
        let folder = try TemporaryFolder()
        try folder.write(
            "key",
            Array("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n".utf8))
        return try KeyFile.read(folder.file("key")) { _ throws(Refusal) in SecretBytes([]) }
    }

    static let line =
        "— witness.example.com/w1 fm9KqgAAAABkGFDL+TPmh4BYuAjsYRoqMJCWb/gWJaeRF/kmm5tlCr9sJ57DLErur7K0yDXc2ArN+TIuotuB/HbuL3AJsp3bv/aNCQ==\n"

    @Test func `a cosignature is that of another implementation, to the byte, and verifies`() throws {
        let key = try Self.key()
        let made = try Cosignature(of: Self.text, by: key, named: "witness.example.com/w1", at: Instant(secondsSince1970: 1_679_315_147))
        #expect(made.line.line == Self.line)
        let witness = try NoteVerifier(text: Self.vkey, kind: .cosignature)
        #expect(try Cosignature(NoteSignature(line: Array(Self.line.utf8)), of: Self.text, by: witness) == made)
    }

    @Test func `one changed bit of a cosignature, its time or its text is refused`() throws {
        let witness = try NoteVerifier(text: Self.vkey, kind: .cosignature)
        let line = try NoteSignature(line: Array(Self.line.utf8))
        for position in line.signature.indices {
            var bytes = line.signature
            bytes[position] ^= 1
            let changed = NoteSignature(name: line.name, keyID: line.keyID, signature: bytes)
            #expect(try #require(throws: Refusal.self) { try Cosignature(changed, of: Self.text, by: witness) }.code == "cosignature-invalid")
        }
        for text in [Self.text.replacing("20852163", with: "20852164"), String(Self.text.dropLast()), "x" + Self.text] {
            #expect(throws: Refusal.self) { try Cosignature(line, of: text, by: witness) }
        }
        for length in [0, 8, 71, 73] {
            let cut = NoteSignature(name: line.name, keyID: line.keyID, signature: Array((line.signature + [0]).prefix(length)))
            #expect(throws: Refusal.self) { try Cosignature(cut, of: Self.text, by: witness) }
        }
    }
}

@Suite struct CosigningTests {
    static let w1 = Keys.stranger
    static let w2 = Keys.exec2
    static let start = date("2026-11-24T09:00:00Z")

    static func root() throws -> VerifiedTrustRoot {
        func witness(_ key: PrivateKey, _ name: String) -> JSONValue? { TrustFixture.key(key, name).1?.with("/name", .string(name + ".example.com")) }
        let payload = TrustFixture.payload().with([
            ("/keys/\(w1.id.text)", witness(w1, "w1")), ("/keys/\(w2.id.text)", witness(w2, "w2")),
            ("/roles/witness", TrustFixture.role(2, w1, w2)),
        ])
        return try VerifiedTrustRoot.verify(sealed(.trustRoot, payload, by: Keys.alice, Keys.carol), previous: nil)
    }

    private let folder: TemporaryFolder
    private let store: LedgerStore

    init() throws {
        folder = try TemporaryFolder()
        _ = try LedgerStore.create(
            folder.file("l.sqlite"), root: Self.root(), key: Keys.exec, origin: nil, nonce: Bench.nonce, tool: "test/1", now: Self.start)
        store = try LedgerStore(folder.file("l.sqlite"), key: Keys.exec, tool: "test/1", now: Self.start)
    }

    private func line(_ key: PrivateKey, _ name: String, of size: Int? = nil, at time: Instant = start) throws -> [UInt8] {
        let note = try #require(try store.reader.cosignedNote(size))
        return Array(try Cosignature(of: note.text, by: key, named: name, at: time).line.line.utf8)
    }

    private func code(_ bytes: [UInt8]) throws -> String { try #require(throws: Refusal.self) { try store.cosign(bytes) }.code }

    @Test func `lines are taken in once, kept whole, and joined to the note; two owners make the quorum`() throws {
        let one = try line(Self.w1, "w1.example.com", at: Self.start + 10)
        try store.append([Bench.refused(1)], now: Self.start)
        #expect(try store.cosign(one) == [.init(size: 1, name: "w1.example.com", isNew: true)])
        #expect(try store.cosign(one) == [.init(size: 1, name: "w1.example.com", isNew: false)])
        #expect(try store.quorum(over: 0) == nil)
        let own = try #require(try store.reader.checkpoint(1))
        let cosigned = try #require(try store.reader.cosignedNote(1)).bytes
        #expect(cosigned == own + one)
        // A cosigned note is taken in as lines are; what stands there already changes nothing.
        let both = cosigned + (try line(Self.w2, "w2.example.com", of: 1, at: Self.start + 20))
        #expect(try store.cosign(both).map(\.isNew) == [false, true])
        #expect(try store.reader.cosignatures(1).map(\.line) == [one, Array(both.dropFirst(cosigned.count))])
        #expect(try store.quorum(over: 0) == Self.start + 20)
        #expect(try store.quorum(over: 1) == nil)
        #expect(try store.reader.cosignedNote()?.signatures.count == 1)
    }

    @Test func `what no witness of the newest root made for a checkpoint of this ledger is refused, and nothing is written`() throws {
        let good = try line(Self.w1, "w1.example.com")
        #expect(try code(line(Keys.alice, "w1.example.com")) == "cosigner-unknown")
        #expect(try code(line(Self.w1, "w3.example.com")) == "cosigner-unknown")
        #expect(try code(good + line(Keys.alice, "alice.example.com")) == "cosigner-unknown")
        #expect(try code(good + Array("— w1.example.com\n".utf8)) == "cosignature-malformed")
        let other = Checkpoint(origin: store.origin, size: 1, root: MerkleHash.empty)
        let forged = try Cosignature(of: other.text, by: Self.w1, named: "w1.example.com", at: Self.start)
        #expect(try code(Array(forged.line.line.utf8)) == "cosignature-invalid")
        let fork = try other.signed(by: Keys.exec)
        #expect(try code(SignedNote(text: fork.text, signatures: fork.signatures + [forged.line]).bytes) == "cosignature-other")
        #expect(try code(#require(try store.reader.checkpoint(1))) == "cosignature-malformed")
        #expect(try store.reader.cosignatures(1).isEmpty)
    }

    @Test func `proofs made from stored tiles are those made from the entries`() throws {
        for round in 0..<3 { try store.append((0..<257).map { Bench.refused(round * 257 + $0) }, now: Self.start) }
        let size = store.size
        var leaves: [Digest] = []
        try store.reader.forEachEntry { _, bytes throws(Refusal) in leaves.append(MerkleHash.leaf(bytes)) }
        var roots = [MerkleHash.empty]
        var frontier = MerkleFrontier()
        for leaf in leaves {
            frontier.append(leaf, with: Hasher())
            roots.append(frontier.root(with: Hasher()))
        }
        #expect(try store.reader.root(of: size) == store.head.root)
        for old in [1, 2, 255, 256, 257, 511, 512, 513, 600, size - 1] {
            #expect(try store.reader.root(of: old) == roots[old])
            let proof = try store.reader.consistency(from: old, to: size)
            #expect(MerkleProof.isConsistent(from: old, root: roots[old], to: size, root: roots[size], proof: proof))
            let slow = try MerkleProof.consistency(from: old, to: size) { level, index in
                var frontier = MerkleFrontier()
                for leaf in leaves[(index << level)..<((index + 1) << level)] { frontier.append(leaf, with: Hasher()) }
                return frontier.root(with: Hasher())
            }
            #expect(proof == slow)
        }
    }

    @Test func `a request is written and read to the byte, and what is none is refused`() throws {
        try store.append((0..<6).map(Bench.refused), now: Self.start)
        let note = try #require(try store.reader.cosignedNote())
        let request = try WitnessRequest(old: 3, proof: store.reader.consistency(from: 3, to: 7), note: note)
        let again = try WitnessRequest(request.bytes)
        #expect(again.bytes == request.bytes)
        #expect(again.old == 3)
        #expect(again.checkpoint == store.head)
        #expect(MerkleProof.isConsistent(from: 3, root: try store.reader.root(of: 3), to: 7, root: store.head.root, proof: again.proof))
        let text = String(decoding: request.bytes, as: UTF8.self)
        for wrong in [
            "", "old 3\n", String(text.dropFirst(4)), text.replacing("old 3", with: "old 03"), text.replacing("old 3", with: "old -3"),
            text.replacing("old 3", with: "Old 3"), text.replacing("old 3\n", with: "old 3\n\n"), text.replacing("old 3\n", with: "old 3\nAAAA\n"),
            text.replacing("old 3\n", with: "old 3\n" + String(repeating: Base64.encode([UInt8](repeating: 1, count: 32)) + "\n", count: 64)),
            String(text.dropLast()),
        ] {
            #expect(try #require(throws: Refusal.self, "\(wrong)") { try WitnessRequest(Array(wrong.utf8)) }.category == .badData)
        }
    }
}
