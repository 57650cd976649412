// SPDX-License-Identifier: Apache-2.0
// Ledgers for these tests, and questions to their files.
import Audit
import Cryptography
import DomainFixtures
import Foundation
import StrictFormats
import TestSupport
import Trust

@testable import Ledger

/// A ledger in a folder of its own.
struct Shelf {
    static let start = date("2026-11-24T09:00:00Z")

    /// Version 1 with two witnesses, `w1` and `w2`.
    static let root: VerifiedTrustRoot = {
        let edits = witnesses.map { name, key in
            ("/keys/\(key.id.text)", TrustFixture.key(key, "owner-of-\(name)").1?.with("/name", .string(name)))
        }
        do {
            return try TrustFixture.only(edits + [("/roles/witness", TrustFixture.role(1, Keys.stranger, Keys.exec2))]).first
        } catch { fatalError("\(error)") }
    }()
    private static let witnesses = [("w1", Keys.stranger), ("w2", Keys.exec2)]

    let folder: TemporaryFolder
    let path: String
    let genesis: Digest

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("l.sqlite")
        genesis = try LedgerStore.create(
            folder.file("l.sqlite"), root: Self.root, key: Keys.exec, nonce: [UInt8](repeating: 7, count: 32), tool: "test/1",
            now: Self.start)
    }

    /// Another file of the same ledger, in the same folder.
    init(path: String, in other: Shelf) {
        (folder, genesis) = (other.folder, other.genesis)
        self.path = path
    }

    func open() throws -> LedgerStore { try LedgerStore(path, key: Keys.exec, tool: "test/1", now: Self.start) }

    /// Appends plain entries until the ledger has that many, as transactions of at most so many.
    func grow(to size: Int, by step: Int = 1) throws {
        let store = try open()
        while store.size < size {
            let count = min(step, size - store.size)
            try store.append((0..<count).map { Self.refused(store.size + $0) }, now: Self.start)
        }
        try store.close()
    }

    static func refused(_ number: Int, message: String = "") -> Draft { Draft(.executionRefused(code: "n\(number)", message: message)) }

    /// Stores a witness's cosignature of the checkpoint of a size.
    /// - Returns: its line.
    @discardableResult
    func cosign(_ size: Int, _ name: String) throws -> [UInt8] {
        guard let key = Self.witnesses.first(where: { $0.0 == name })?.1 else { fatalError("no witness \(name)") }
        let text = try SignedNote(LedgerReader(path).checkpoint(size) ?? []).text
        let line = Array(try Cosignature(of: text, by: key, named: name, at: Self.start).line.line.utf8)
        try tamper("INSERT INTO cosignatures VALUES (\(size), '\(name)', x'\(Hex.encode(line))')")
        return line
    }

    func tamper(_ statements: String...) throws {
        let door = try SQLiteDoor(path, .write)
        for trigger in Schema.triggers { try door.execute("DROP TRIGGER IF EXISTS \(trigger.name)") }
        for statement in statements { try door.execute(statement) }
        for trigger in Schema.triggers { try door.execute(trigger.sql) }
        try door.close()
    }

    /// Writes something else into an entry.
    func change(_ seq: Int, _ old: String, _ new: String) throws {
        let text = String(decoding: try LedgerReader(path).entry(seq) ?? [], as: UTF8.self)
        try tamper("UPDATE entries SET bytes = x'\(Hex.encode(Array(text.replacingOccurrences(of: old, with: new).utf8)))' WHERE seq = \(seq)")
    }

    func audit(_ path: String) throws -> AuditVerdict { try LedgerAudit(LedgerReader(path)).verify(AuditAnchors(genesis: genesis)) }

    /// Every row of every table, as text.
    static func rows(_ path: String) throws -> [String] {
        let door = try SQLiteDoor(path, .read)
        var rows: [String] = []
        for (table, columns) in [
            ("entries", "seq || ':' || hex(bytes)"), ("artifacts", "hex(sha256) || ':' || hex(bytes)"),
            ("tiles", "level || '/' || idx || ':' || hex(bytes)"), ("checkpoints", "size || ':' || hex(note)"),
            ("cosignatures", "size || ':' || name || ':' || hex(line)"),
        ] {
            let statement = try door.prepare("SELECT \(columns) FROM \(table) ORDER BY 1")
            while try statement.step() { rows.append(table + " " + statement.text(0)) }
        }
        return rows
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
}

/// The code of the refusal that a body ends with.
func code(_ body: () throws -> Void) -> String? {
    do { try body() } catch let refusal { return (refusal as? Refusal)?.code ?? "\(refusal)" }
    return nil
}
