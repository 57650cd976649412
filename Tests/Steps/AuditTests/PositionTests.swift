// SPDX-License-Identifier: Apache-2.0
// How far an audit came, kept in a file: believed about the same bytes, and about nothing else.
import Bundles
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Testing
import Trust

@testable import Audit
@testable import Ledger

@Suite struct PositionTests {
    /// A ledger and a position file beside it.
    final class Desk {
        let folder: TemporaryFolder
        let ledger: String
        let position: String
        /// Stands in for the program that audits.
        let program: String

        init(_ script: Script = Good.script()) throws {
            folder = try TemporaryFolder()
            (ledger, position, program) = (folder.file("l.sqlite"), folder.file("position"), folder.file("program"))
            try Data("one program".utf8).write(to: URL(filePath: program))
            try write(script)
        }

        func write(_ script: Script) throws {
            try? FileManager.default.removeItem(atPath: ledger)
            try script.write(to: ledger)
        }

        /// - Parameter interval: seconds between two savings.
        func audit(genesis: Digest? = nil, interval: Int = 2, progress: (Int) -> Void = { _ in }) throws -> AuditVerdict {
            try LedgerAudit.verify(
                LedgerReader(ledger), AuditAnchors(genesis: genesis ?? MerkleHash.leaf(Good.script().entries()[0])),
                keeping: PositionFile(position, executable: program), every: interval, progress: progress)
        }

        var kept: AuditPosition? {
            guard let data = FileManager.default.contents(atPath: position) else { return nil }
            return try? AuditPosition(Array(data), file: position)
        }

        /// The checkpoints of the ledger as it stands.
        func checkpoints() throws -> [(size: Int, note: [UInt8])] {
            let cursor = try LedgerReader(ledger).checkpoints()
            var all: [(Int, [UInt8])] = []
            while let row = try cursor.next() { all.append((row.size, row.note)) }
            return all
        }

        /// What an audit of the ledger as it stands would keep, made by hand.
        func positionMadeByHand(upTo size: Int, root: Digest? = nil) throws -> AuditPosition {
            var trail = Digest(of: [])
            for (place, note) in try checkpoints() where place <= size {
                trail = Digest(of: trail.bytes + (0..<8).map { UInt8(truncatingIfNeeded: place >> (56 - 8 * $0)) } + note)
            }
            return AuditPosition(
                program: Digest(ofText: "one program"), genesis: MerkleHash.leaf(Good.script().entries()[0]), size: size,
                root: try root ?? LedgerReader(ledger).root(of: size), checkpoints: trail)
        }

        func keep(_ position: AuditPosition) throws {
            try Data(position.bytes).write(to: URL(filePath: self.position))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: self.position)
        }
    }

    @Test func `what is kept names the bytes that were found good, and the next audit says so`() throws {
        let desk = try Desk()
        let count = Good.script().steps.count
        let first = try desk.audit()
        #expect(first.answer == .verified)
        #expect(first.resumedFrom == 0)
        let kept = try #require(desk.kept)
        #expect(kept == (try desk.positionMadeByHand(upTo: count, root: first.root)))
        #expect(try FileManager.default.attributesOfItem(atPath: desk.position)[.posixPermissions] as? Int == 0o600)
        let second = try desk.audit()
        #expect(second.answer == .verified)
        #expect(second.resumedFrom == count)
        #expect(second.findings == first.findings)
        #expect(desk.kept == kept)
    }

    @Test func `a ledger that grew is verified from where it had come to, whatever is in it`() throws {
        let whole = Good.script()
        for count in 1..<whole.steps.count where !whole.steps[count].joins {
            var short = whole
            short.steps.removeSubrange(count...)
            let desk = try Desk(short)
            #expect(try desk.audit().answer == .verified)
            #expect(desk.kept?.size == count)
            try desk.write(whole)
            let verdict = try desk.audit()
            #expect(verdict.found(.error) == [])
            #expect(verdict.resumedFrom == count)
            #expect(desk.kept?.size == whole.steps.count)
        }
    }

    @Test func `an audit that is interrupted leaves where it was, and the next goes on from there`() throws {
        var script = Script(steps: [Good.genesis])
        for number in 1..<8_300 { script.steps.append(Step("r\(number)", nil, "10:00:00") { _ in .executionRefused(code: "n", message: "") }) }
        let desk = try Desk(script)
        var found: [Int: Int] = [:]
        var left: AuditPosition?
        _ = try desk.audit(interval: 0) { done in
            found[done] = desk.kept?.size ?? 0
            if done == 8_192 { left = desk.kept }
        }
        // Saved after 1, 4,097 and 8,193 entries; asked before.
        #expect(found == [0: 0, 4_096: 1, 8_192: 4_097])
        #expect(desk.kept?.size == 8_300)
        // As a process that was killed then would have left it.
        try desk.keep(try #require(left))
        var sizes: [Int?] = []
        let verdict = try desk.audit(interval: 0) { _ in sizes.append(desk.kept?.size) }
        #expect(verdict.answer == .verified)
        #expect(verdict.resumedFrom == 4_097)
        // What was reached is not given up on the way to it.
        #expect(sizes == [4_097, 4_097, 4_097])
        #expect(desk.kept?.size == 8_300)
    }

    @Test func `what it lets an audit skip are signatures and reviews of the same bytes, nothing else`() throws {
        var script = Good.script()
        script.change("alice") { $0.signer = Keys.stranger }
        let wrongReview = Good.approval(
            .approve, "carol", Keys.carol, review: ReviewReference(version: 2, digest: Digest(ofText: "another review")))
        script.data("carol", artifacts: [wrongReview.bytes]) { _ in
            .approvalReceived(
                EntryData.ApprovalReceived(
                    envelope: wrongReview.envelopeDigest, payload: wrongReview.payloadDigest, decision: .approve, approver: "carol",
                    keyID: Keys.carol.id))
        }
        let desk = try Desk(script)
        let verdict = try desk.audit()
        let signatures = ["checkpoint-signature \(script.index("alice"))", "review-differs \(script.index("carol"))"]
        #expect(signatures.allSatisfy(verdict.found(.error).contains))
        #expect(desk.kept == nil)
        // A position that lies: this is what it is worth, and why it is guarded as a key is.
        try desk.keep(try desk.positionMadeByHand(upTo: script.steps.count))
        let lied = try desk.audit()
        #expect(lied.found(.error) == verdict.found(.error).filter { !signatures.contains($0) })
    }

    @Test func `a past that was rewritten by the holder of the ledger's key is an error, and the position stays`() throws {
        let desk = try Desk()
        #expect(try desk.audit().answer == .verified)
        let kept = try #require(desk.kept)
        var script = Good.script()
        script.steps.insert(Step("more", nil, "10:00:00") { _ in .executionRefused(code: "n", message: "") }, at: 1)
        try desk.write(script)
        let plain = try LedgerAudit(LedgerReader(desk.ledger)).verify(AuditAnchors(genesis: kept.genesis))
        let verdict = try desk.audit()
        #expect(verdict.found(.error) == ["position-differs -"] + plain.found(.error))
        let message = "\(desk.position) remembers another state of the first \(kept.size) entries: something before it was changed since then"
        #expect(verdict.findings.first?.message == message)
        #expect(verdict.resumedFrom == 0)
        #expect(desk.kept == kept)
    }

    @Test func `a tail that was cut is an error`() throws {
        let desk = try Desk()
        #expect(try desk.audit().answer == .verified)
        let kept = try #require(desk.kept)
        try desk.write(Good.script(upTo: "carol"))
        let verdict = try desk.audit()
        #expect(verdict.found(.error) == ["position-cut 4"])
        let message = "\(desk.position) remembers \(kept.size) entries of this ledger; 4 are here: the tail was cut off since then"
        #expect(verdict.findings.first?.message == message)
        #expect(desk.kept == kept)
    }

    @Test func `another checkpoint than the one remembered has its signature verified`() throws {
        let desk = try Desk()
        #expect(try desk.audit().answer == .verified)
        let good = try desk.checkpoints()
        let door = try SQLiteDoor(desk.ledger, .write)
        // The same text under a signature by a stranger.
        let foreign = try SignedNote(good[2].note)
        let forged = try Checkpoint(text: foreign.text).signed(by: Keys.alice)
        try door.prepare("UPDATE checkpoints SET note = ?1 WHERE size = 3").run(.blob(forged.bytes))
        let verdict = try desk.audit()
        #expect(verdict.found(.error) == ["checkpoint-signature 2"])
        #expect(verdict.found(.warning).contains("position-checkpoints -"))
        // One that is gone is no error, and the audit begins anew.
        try door.prepare("DELETE FROM checkpoints WHERE size = 3").run()
        try door.close()
        let gone = try desk.audit()
        #expect(gone.answer == .verified)
        #expect(gone.resumedFrom == 0)
        #expect(gone.found(.warning).contains("position-checkpoints -"))
        #expect(try desk.audit().resumedFrom == Good.script().steps.count)
    }

    @Test func `a file of another ledger is refused, and stays as it is`() throws {
        let desk = try Desk()
        #expect(try desk.audit().answer == .verified)
        let kept = try #require(desk.kept)
        var other = Script(steps: [Good.genesis])
        other.change("genesis") { $0.time = date("2026-11-24T08:00:00Z") }
        try desk.write(other)
        let refusal = try #require(throws: Refusal.self) { try desk.audit(genesis: MerkleHash.leaf(other.entries()[0])) }
        #expect(refusal.code == "position-foreign")
        #expect(refusal.category == .badData)
        #expect(refusal.message == "this position was kept for another ledger, which begins with \(kept.genesis)")
        #expect(desk.kept == kept)
    }

    @Test func `what another program found good is verified anew`() throws {
        let desk = try Desk()
        #expect(try desk.audit().answer == .verified)
        try Data("another program".utf8).write(to: URL(filePath: desk.program))
        let verdict = try desk.audit()
        #expect(verdict.resumedFrom == 0)
        #expect(verdict.found(.note) == ["position-program -"])
        #expect(desk.kept?.program == Digest(ofText: "another program"))
        #expect(try desk.audit().resumedFrom == Good.script().steps.count)
    }

    @Test func `what another program remembers is not believed, and not forgotten: a ledger that contradicts it fails`() throws {
        let desk = try Desk()
        #expect(try desk.audit().answer == .verified)
        let kept = try #require(desk.kept)
        try Data("another program".utf8).write(to: URL(filePath: desk.program))
        try desk.write(Good.script(upTo: "carol"))
        let cut = try desk.audit(interval: 0)
        #expect(cut.found(.error) == ["position-cut 4"])
        #expect(cut.found(.note) == ["position-program -"])
        #expect(desk.kept == kept)
        var script = Good.script()
        script.steps.insert(Step("more", nil, "10:00:00") { _ in .executionRefused(code: "n", message: "") }, at: 1)
        try desk.write(script)
        #expect(try desk.audit(interval: 0).found(.error).first == "position-differs -")
        #expect(desk.kept == kept)
        var other = Script(steps: [Good.genesis])
        other.change("genesis") { $0.time = date("2026-11-24T08:00:00Z") }
        try desk.write(other)
        let refusal = try #require(throws: Refusal.self) { try desk.audit(genesis: MerkleHash.leaf(other.entries()[0])) }
        #expect(refusal.code == "position-foreign")
        #expect(desk.kept == kept)
    }

    @Test func `a position that cannot be saved takes nothing from the verdict, and is told`() throws {
        let desk = try Desk()
        let plain = try desk.audit()
        let file = try PositionFile(desk.folder.file("no/such/folder/position"), executable: desk.program)
        let verdict = try LedgerAudit.verify(
            LedgerReader(desk.ledger), AuditAnchors(genesis: MerkleHash.leaf(Good.script().entries()[0])), keeping: file, every: 0)
        #expect(verdict.answer == .verified)
        #expect(verdict.found(.warning) == plain.found(.warning) + ["position-unsaved -"])
        #expect(
            verdict.findings.first { $0.code == "position-unsaved" }?.message
                == "\(file.path) does not say how far this audit came, which the next one will not know: the folder \(desk.folder.file("no/such/folder")) is not there"
        )
    }

    @Test func `nothing is kept of a ledger that fails`() throws {
        let desk = try Desk()
        let verdict = try desk.audit(genesis: Digest(ofText: "another"))
        #expect(verdict.found(.error) == ["genesis-differs 0"])
        #expect(!FileManager.default.fileExists(atPath: desk.position))
    }

    @Test(.enabled(if: geteuid() == 0)) func `what another user owns is believed by nobody, whatever its mode`() throws {
        let desk = try Desk()
        #expect(try desk.audit().answer == .verified)
        #expect(chown(desk.position, 65_534, 65_534) == 0)
        let refusal = try #require(throws: Refusal.self) { try desk.audit() }
        #expect(refusal.code == "key-file-exposed")
        #expect(refusal.message == "this private file belongs to another user (65534), who can change it")
        #expect(chown(desk.position, 0, 0) == 0)
        #expect(try desk.audit().answer == .verified)
    }

    @Test func `a file that others can reach, and what is no position, is refused and stays`() throws {
        let desk = try Desk()
        #expect(try desk.audit().answer == .verified)
        let kept = try #require(desk.kept)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: desk.position)
        #expect(try #require(throws: Refusal.self) { try desk.audit() }.code == "key-file-exposed")
        let text = String(decoding: kept.bytes, as: UTF8.self)
        let bad = [
            ("", "json-incomplete"), ("{}", "missing-member"), (text + "\n", "json-not-canonical"),
            (text.replacing("v1", with: "v2"), "unexpected-value"),
            (text.replacing("\"size\":\(kept.size)", with: "\"size\":0"), "invalid-value"),
            (text.replacing("\"size\":\(kept.size)", with: "\"size\":\(kept.size),\"trust\":1"), "unknown-member"),
        ]
        for (bytes, code) in bad {
            try Data(bytes.utf8).write(to: URL(filePath: desk.position))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: desk.position)
            let fault = try #require(throws: Refusal.self) { try AuditPosition(Array(bytes.utf8), file: desk.position) }
            #expect(fault.code == code, "\(bytes)")
            let refusal = try #require(throws: Refusal.self) { try desk.audit() }
            #expect(refusal.code == "position-malformed")
            #expect(refusal.message == "this is no position that an audit kept: \(fault.message)")
            #expect(FileManager.default.contents(atPath: desk.position) == Data(bytes.utf8))
        }
    }
}
