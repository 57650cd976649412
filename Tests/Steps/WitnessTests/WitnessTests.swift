// SPDX-License-Identifier: Apache-2.0
// The status codes of C2SP tlog-witness, one by one, and what a witness remembers after each.
import Cryptography
import DomainFixtures
import Files
import Glibc
import Ledger
import StrictFormats
import TestSupport
import Testing

@testable import Witness

/// A log of made-up leaves, signed by the ledger's test key.
private struct MadeLog {
    static let origin = "example.com/log"
    let leaves: [Digest]

    init(_ count: Int, changedAt: Int? = nil) {
        leaves = (0..<count).map { Digest(ofText: $0 == changedAt ? "another" : "leaf \($0)") }
    }

    func root(_ size: Int) -> Digest {
        var frontier = MerkleFrontier()
        for leaf in leaves.prefix(size) { frontier.append(leaf, with: Hasher()) }
        return frontier.root(with: Hasher())
    }

    func checkpoint(_ size: Int) -> Checkpoint { Checkpoint(origin: Self.origin, size: size, root: root(size)) }

    func proof(_ old: Int, _ new: Int) throws -> [Digest] {
        try MerkleProof.consistency(from: old, to: new) { level, index in
            var frontier = MerkleFrontier()
            for leaf in leaves[(index << level)..<((index + 1) << level)] { frontier.append(leaf, with: Hasher()) }
            return frontier.root(with: Hasher())
        }
    }

    func request(_ old: Int, _ new: Int, proof: [Digest]? = nil, by key: PrivateKey = Keys.exec) throws -> [UInt8] {
        try WitnessRequest(old: old, proof: proof ?? self.proof(old, new), note: checkpoint(new).signed(by: key)).bytes
    }
}

@Suite struct WitnessTests {
    private let folder: TemporaryFolder
    private let now = date("2026-11-24T12:00:00Z")

    init() throws { folder = try TemporaryFolder() }

    private func witness(_ name: String = "w1.example.com", logs: [NoteVerifier]? = nil) throws -> WitnessStep {
        try WitnessStep(
            key: Keys.stranger, name: name, folder: folder.file("state"),
            logs: logs ?? [NoteVerifier(name: MadeLog.origin, key: Keys.exec.publicKey)])
    }

    private func ask(_ body: [UInt8], at time: Instant? = nil) throws -> WitnessAnswer { try witness().answer(body, now: time ?? now) }

    private func size() throws -> Int? {
        let path = folder.file("state/\(Digest(ofText: MadeLog.origin).hex).checkpoint")
        return FileReader.exists(path) ? try Checkpoint(text: SignedNote(FileReader.read(path)).text).size : nil
    }

    @Test func `what continues the last is cosigned, remembered, and cosigned again when asked again`() throws {
        let log = MadeLog(300)
        var old = 0
        for new in [0, 1, 2, 7, 8, 9, 255, 256, 257, 300, 300] {
            guard case .cosigned(let cosignature) = try ask(log.request(old, new), at: now + new) else {
                Issue.record("from \(old) to \(new) was refused")
                return
            }
            let witness = try witness().verifier
            #expect(try Cosignature(cosignature.line, of: log.checkpoint(new).text, by: witness) == cosignature)
            #expect(cosignature.time == now + new)
            #expect(try size() == new)
            old = new
        }
        // A clock that went back does not take an answer back.
        guard case .cosigned(let late) = try ask(log.request(300, 300)) else { return #expect(Bool(false)) }
        #expect(late.time == now + 300)
    }

    @Test func `each refusal has the status of the specification, and changes nothing that is remembered`() throws {
        let log = MadeLog(20)
        let other = MadeLog(20, changedAt: 3)
        guard case .cosigned = try ask(log.request(0, 10)) else { return #expect(Bool(false)) }
        let stranger = Checkpoint(origin: "example.com/other", size: 12, root: log.root(12))
        let strange = try WitnessRequest(old: 10, proof: log.proof(10, 12), note: stranger.signed(by: Keys.exec)).bytes
        let good = try log.request(10, 12)
        // The log's line spoilt, beside a good one by a key that is not known.
        let note = try log.checkpoint(12).signed(by: Keys.exec)
        let line = note.signatures[0]
        let spoilt = SignedNote(
            text: note.text, signatures: [NoteSignature(name: line.name, keyID: line.keyID, signature: line.signature.reversed())])
        let empty = Checkpoint(origin: MadeLog.origin, size: 0, root: log.root(1))
        for (what, body, status) in [
            ("no request", Array("hello".utf8), WitnessStatus.malformed), ("cut", Array(good.dropLast()), .malformed),
            ("old above new", try WitnessRequest(old: 13, proof: [], note: note).bytes, .malformed),
            ("another key", try log.request(10, 12, by: Keys.exec2), .untrusted),
            ("a spoilt line", try WitnessRequest(old: 10, proof: log.proof(10, 12), note: spoilt).bytes, .untrusted),
            ("a log that it does not know", strange, .unknownLog),
            ("from the beginning", try log.request(0, 12), .conflict(size: 10)), ("from before", try log.request(9, 12), .conflict(size: 10)),
            ("back", try log.request(8, 8), .conflict(size: 10)), ("back, from nothing", try log.request(0, 9), .conflict(size: 10)),
            ("without its proof", try log.request(10, 12, proof: []), .unprocessable),
            ("with a hash more", try log.request(10, 12, proof: log.proof(10, 12) + [log.root(1)]), .unprocessable),
            ("another past", try other.request(10, 12), .unprocessable),
            ("an empty log", try WitnessRequest(old: 0, proof: [], note: empty.signed(by: Keys.exec)).bytes, .conflict(size: 10)),
        ] {
            let answer = try ask(body)
            #expect(answer.status == status, "\(what)")
            #expect(try size() == 10)
        }
        guard case .cosigned = try ask(good) else { return #expect(Bool(false)) }
    }

    @Test func `an empty tree with another root, and a proof where none belongs, are not cosigned`() throws {
        let log = MadeLog(4)
        let empty = Checkpoint(origin: MadeLog.origin, size: 0, root: log.root(1))
        #expect(try ask(WitnessRequest(old: 0, proof: [], note: empty.signed(by: Keys.exec)).bytes).status == .unprocessable)
        #expect(try ask(log.request(0, 4, proof: [log.root(1)])).status == .unprocessable)
        #expect(try size() == nil)
    }

    @Test func `a fork is kept as two signed notes that anybody can check`() throws {
        let log = MadeLog(10)
        let other = MadeLog(10, changedAt: 9)
        guard case .cosigned = try ask(log.request(0, 10)) else { return #expect(Bool(false)) }
        guard case .fork(let fork, let evidence, .unprocessable) = try ask(other.request(10, 10)) else {
            Issue.record("a fork was not seen")
            return
        }
        // From another size it is as much of a fork, with the status that the specification has for that size.
        for old in [0, 9] {
            guard case .fork(let again, evidence, .conflict(size: 10)) = try ask(other.request(old, 10)) else {
                Issue.record("a fork was not seen from \(old)")
                return
            }
            #expect(again.bytes == fork.bytes)
        }
        let verifier = NoteVerifier(name: MadeLog.origin, key: Keys.exec.publicKey)
        let bytes = try FileReader.read(evidence)
        #expect(bytes == fork.bytes)
        let again = try Fork(bytes, by: verifier)
        #expect([again.roots.first, again.roots.second] == [log.root(10), other.root(10)])
        #expect(again.size == 10)
        // Under another key, with one note twice, or with one half spoilt, it proves nothing.
        let wrong = NoteVerifier(name: MadeLog.origin, key: Keys.exec2.publicKey)
        #expect(try #require(throws: Refusal.self) { try Fork(bytes, by: wrong) }.code == "fork-none")
        #expect(try #require(throws: Refusal.self) { try Fork(again.first, again.first, by: verifier) }.code == "fork-none")
        #expect(
            try #require(throws: Refusal.self) { try Fork(again.first, log.checkpoint(9).signed(by: Keys.exec), by: verifier) }.code == "fork-none")
        #expect(try size() == 10)
    }

    @Test func `two notes fit a screen beside each other, and what differs is marked`() throws {
        let notes = try [MadeLog(10), MadeLog(10, changedAt: 9)].map { try $0.checkpoint(10).signed(by: Keys.exec) }
        let lines = SignedNote.sideBySide(notes[0], notes[1], titles: (String(repeating: "long/", count: 20), "now")).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.map { $0.first == "≠" } == [false, false, false, true, false, true])
        #expect(lines.allSatisfy { $0.count <= 100 && $0.last != " " })
        #expect(lines[0] == "   " + String(repeating: "long/", count: 9) + "…  now")
        let roots = [MadeLog(10), MadeLog(10, changedAt: 9)].map { Base64.encode($0.root(10).bytes) }
        #expect(lines[3] == "≠  \(roots[0])    \(roots[1])")
    }

    @Test func `another witness's memory is not taken for its own`() throws {
        guard case .cosigned = try ask(MadeLog(3).request(0, 2)) else { return #expect(Bool(false)) }
        let refusal = try #require(throws: Refusal.self) { try witness("w2.example.com").answer(MadeLog(3).request(2, 3), now: now) }
        #expect(refusal.code == "witness-state")
    }

    @Test func `a memory that is gone while it runs is not begun anew`() throws {
        let running = try witness()
        #expect(running.beginsAnew)
        #expect(try !witness().beginsAnew)
        guard case .cosigned = try running.answer(MadeLog(3).request(0, 3), now: now) else { return #expect(Bool(false)) }
        let (state, away) = (folder.file("state"), folder.file("away"))
        #expect(rename(state, away) == 0)
        // Another past of the log, as if nothing had been cosigned yet.
        let refusal = try #require(throws: Refusal.self) { try running.answer(MadeLog(3, changedAt: 1).request(0, 3), now: now) }
        #expect(refusal.code == "witness-state" && refusal.category == .configuration)
        #expect(refusal.message == "the folder in which this witness remembers is gone")
        #expect(refusal.place.file == state)
        let hash = Digest(ofText: MadeLog.origin).hex
        #expect(try #require(throws: Refusal.self) { try running.checkpoint(originHash: hash) }.code == "witness-state")
        #expect(!FileReader.exists(state))
        #expect(rename(away, state) == 0)
        guard case .fork = try running.answer(MadeLog(3, changedAt: 1).request(3, 3), now: now) else { return #expect(Bool(false)) }
    }

    @Test func `evidence of forks does not fill the disk, and each fork is told with some of its size`() throws {
        guard case .cosigned = try ask(MadeLog(4).request(0, 4)) else { return #expect(Bool(false)) }
        let limit = WitnessRecord.evidenceLimit
        var evidence: [String] = []
        for number in 0..<limit + 3 {
            let other = Checkpoint(origin: MadeLog.origin, size: 4, root: Digest(ofText: "root \(number)"))
            let body = try WitnessRequest(old: 4, proof: [], note: other.signed(by: Keys.exec)).bytes
            guard case .fork(let fork, let file, _) = try ask(body) else { return #expect(Bool(false)) }
            #expect(fork.roots.second == other.root)
            evidence.append(file)
        }
        let kept = try FolderReader(folder.file("state")).names().filter { $0.contains(".fork-") }
        #expect(kept.count == limit)
        #expect(Set(evidence[..<limit]).count == limit)
        #expect(evidence[limit...].allSatisfy(Set(evidence[..<limit]).contains))
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["pipe", "device", "link", "folder"])
    func `what this witness remembers is a regular file, or nothing is answered`(kind: String) throws {
        guard case .cosigned = try ask(MadeLog(3).request(0, 2)) else { return #expect(Bool(false)) }
        let hash = Digest(ofText: MadeLog.origin).hex
        let path = folder.file("state/\(hash).checkpoint")
        let kept = folder.file("kept")
        #expect(rename(path, kept) == 0)
        switch kind {
        case "pipe": #expect(mkfifo(path, 0o600) == 0)
        case "device": #expect(symlink("/dev/zero", path) == 0)
        case "link": #expect(symlink(kept, path) == 0)
        default: #expect(mkdir(path, 0o700) == 0)
        }
        let refusal = try #require(throws: Refusal.self) { try ask(MadeLog(3).request(2, 3)) }
        #expect(refusal.code == "witness-state")
        #expect(refusal.category == .configuration)
        #expect(refusal.place.file == path)
        #expect(try #require(throws: Refusal.self) { try witness().checkpoint(originHash: hash) }.code == "witness-state")
    }
}
