// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import StrictFormats

/// Reads a ledger file and creates nothing (formats.md §6; design: the auditor opens read-only).
public final class LedgerReader {
    public let path: String
    let door: SQLiteDoor
    private lazy var artifactStatement = Result { () throws(Refusal) in try door.prepare("SELECT bytes FROM artifacts WHERE sha256 = ?1") }

    private lazy var tileStatement = Result { () throws(Refusal) in try door.prepare("SELECT bytes FROM tiles WHERE level = ?1 AND idx = ?2") }

    /// Opens a ledger read-only.
    public convenience init(_ path: String) throws(Refusal) {
        try self.init(SQLiteDoor(Self.existing(path), .read), path)
        try door.execute("PRAGMA query_only = ON")
    }

    init(_ door: SQLiteDoor, _ path: String) throws(Refusal) {
        self.door = door
        self.path = path
        _ = try SchemaCheck(door)
    }

    /// The schema's verdict again, for those who collect findings.
    public func schema() throws(Refusal) -> SchemaCheck { try SchemaCheck(door) }

    /// One more than the last entry's number: how many there are, where none is missing. Counting the rows would read all of them.
    public func count() throws(Refusal) -> Int {
        guard let last = try door.integer("SELECT seq FROM entries ORDER BY seq DESC LIMIT 1"), last < Int.max else { return 0 }
        return last + 1
    }

    /// Every row of `entries`, in the order of `seq`, those that have no business there too.
    public func forEachEntry(_ body: (_ seq: Int, _ bytes: [UInt8]) throws(Refusal) -> Void) throws(Refusal) {
        let statement = try door.prepare("SELECT seq, bytes FROM entries ORDER BY seq")
        while try statement.step() { try body(statement.integer(0), statement.blob(1)) }
    }

    /// The same, with the bytes lent where SQLite has them: for who copies them himself.
    func forEachEntryLent(_ body: (_ seq: Int, _ bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Void) throws(Refusal) {
        let statement = try door.prepare("SELECT seq, bytes FROM entries ORDER BY seq")
        while try statement.step() {
            let seq = statement.integer(0)
            try statement.withBlob(1) { bytes throws(Refusal) in try body(seq, bytes) }
        }
    }

    /// The bytes of some entries, in the order of `seq`.
    /// - Parameter end: the first `seq` that is not read any more.
    public func forEachEntry(
        from start: Int = 0, upTo end: Int, _ body: (_ seq: Int, _ bytes: [UInt8]) throws(Refusal) -> Void
    ) throws(Refusal) {
        let statement = try door.prepare("SELECT seq, bytes FROM entries WHERE seq >= ?1 AND seq < ?2 ORDER BY seq")
        try statement.bind(.integer(start), .integer(end))
        while try statement.step() { try body(statement.integer(0), statement.blob(1)) }
    }

    public func entry(_ seq: Int) throws(Refusal) -> [UInt8]? {
        let statement = try door.prepare("SELECT bytes FROM entries WHERE seq = ?1")
        try statement.bind(.integer(seq))
        return try statement.step() ? statement.blob(0) : nil
    }

    /// The artifact of that digest; nil where there is none.
    /// - Throws: `artifact-differs` (bad data) where other bytes stand under its name.
    public func artifact(_ digest: Digest) throws(Refusal) -> [UInt8]? {
        guard let bytes = try artifactAsStored(digest) else { return nil }
        guard Digest(of: bytes) == digest else { throw Self.differs(digest, path) }
        return bytes
    }

    static func differs(_ digest: Digest, _ path: String) -> Refusal {
        Refusal(
            "artifact-differs", .badData, "the artifact \(digest) holds other bytes than its name says", at: Place(file: path),
            hint: "somebody changed this file: keep it, and run audit verify on it and on a copy from before")
    }

    /// Whatever stands under that name, for those who judge it.
    public func artifactAsStored(_ digest: Digest) throws(Refusal) -> [UInt8]? {
        let statement = try artifactStatement.get()
        try statement.bind(.blob(digest.bytes))
        let bytes = try statement.step() ? statement.blob(0) : nil
        statement.reset()
        return bytes
    }

    /// Every artifact: its name and its bytes.
    public func forEachArtifact(_ body: (_ name: [UInt8], _ bytes: [UInt8]) throws(Refusal) -> Void) throws(Refusal) {
        let statement = try door.prepare("SELECT sha256, bytes FROM artifacts ORDER BY sha256")
        while try statement.step() { try body(statement.blob(0), statement.blob(1)) }
    }

    /// Every checkpoint note, smallest first.
    public func forEachCheckpoint(_ body: (_ size: Int, _ note: [UInt8]) throws(Refusal) -> Void) throws(Refusal) {
        let statement = try door.prepare("SELECT size, note FROM checkpoints ORDER BY size")
        while try statement.step() { try body(statement.integer(0), statement.blob(1)) }
    }

    /// Steps through the checkpoints, smallest first, beside another reading.
    public func checkpoints() throws(Refusal) -> CheckpointCursor {
        CheckpointCursor(try door.prepare("SELECT size, note FROM checkpoints ORDER BY size"))
    }

    /// What SQLite's own check of its pages finds (PRAGMA quick_check), at most twenty lines; empty when nothing.
    public func pageTroubles() throws(Refusal) -> [String] {
        let statement = try door.prepare("PRAGMA quick_check(20)")
        var lines: [String] = []
        while try statement.step() { lines.append(statement.text(0)) }
        return lines == ["ok"] ? [] : lines
    }

    public func latestCheckpoint() throws(Refusal) -> [UInt8]? {
        let statement = try door.prepare("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1")
        return try statement.step() ? statement.blob(0) : nil
    }

    /// What all entries say together, taken as they are: nothing is verified but the chain of trust.
    /// - Throws: `ledger-…` where an entry cannot be read.
    public func history() throws(Refusal) -> LedgerHistory {
        var history: LedgerHistory?
        var decoder = EntryDecoder()
        try forEachEntry { seq, bytes throws(Refusal) in
            let entry = try decoder.decode(bytes)
            if seq == 0 { history = try LedgerHistory(genesis: entry, artifact: artifact) } else { try history?.extend(entry, artifact: artifact) }
        }
        guard let history else {
            throw Refusal(
                "ledger-damaged", .badData, "this ledger has no genesis entry", at: Place(file: path), hint: "check it with: countersign audit verify"
            )
        }
        return history
    }

    /// The checkpoint note of a size.
    public func checkpoint(_ size: Int) throws(Refusal) -> [UInt8]? {
        let statement = try door.prepare("SELECT note FROM checkpoints WHERE size = ?1")
        try statement.bind(.integer(size))
        return try statement.step() ? statement.blob(0) : nil
    }

    /// A stored tile's bytes: hashes of 32 bytes each.
    public func tile(level: Int, index: Int) throws(Refusal) -> [UInt8]? {
        let statement = try tileStatement.get()
        try statement.bind(.integer(level), .integer(index))
        let bytes = try statement.step() ? statement.blob(0) : nil
        statement.reset()
        return bytes
    }

    /// The cosignatures of one size: the witness's name and its line.
    public func cosignatures(_ size: Int) throws(Refusal) -> [(name: String, line: [UInt8])] {
        let statement = try door.prepare("SELECT name, line FROM cosignatures WHERE size = ?1 ORDER BY name")
        try statement.bind(.integer(size))
        var rows: [(name: String, line: [UInt8])] = []
        while try statement.step() { rows.append((statement.text(0), statement.blob(1))) }
        return rows
    }

    public func forEachTile(_ body: (_ level: Int, _ index: Int, _ bytes: [UInt8]) throws(Refusal) -> Void) throws(Refusal) {
        let statement = try door.prepare("SELECT level, idx, bytes FROM tiles ORDER BY level, idx")
        while try statement.step() { try body(statement.integer(0), statement.integer(1), statement.blob(2)) }
    }

    /// Where tiles stand, their bytes unread.
    public func forEachTilePlace(_ body: (_ level: Int, _ index: Int) throws(Refusal) -> Void) throws(Refusal) {
        let statement = try door.prepare("SELECT level, idx FROM tiles ORDER BY level, idx")
        while try statement.step() { try body(statement.integer(0), statement.integer(1)) }
    }

    /// Steps through the sizes that somebody cosigned, smallest first, beside another reading.
    public func cosignedSizes() throws(Refusal) -> SizeCursor {
        SizeCursor(try door.prepare("SELECT DISTINCT size FROM cosignatures ORDER BY size"))
    }

    public func forEachCosignature(_ body: (_ size: Int, _ name: String, _ line: [UInt8]) throws(Refusal) -> Void) throws(Refusal) {
        let statement = try door.prepare("SELECT size, name, line FROM cosignatures ORDER BY size, name")
        while try statement.step() { try body(statement.integer(0), statement.text(1), statement.blob(2)) }
    }

    private static func existing(_ path: String) throws(Refusal) -> String {
        try LedgerFile.checkExists(path)
        return path
    }
}

/// Steps through stored checkpoints.
public final class CheckpointCursor {
    private let statement: SQLiteStatement

    init(_ statement: SQLiteStatement) { self.statement = statement }

    public func next() throws(Refusal) -> (size: Int, note: [UInt8])? {
        try statement.step() ? (statement.integer(0), statement.blob(1)) : nil
    }
}

/// Steps through sizes of a ledger.
public final class SizeCursor {
    private let statement: SQLiteStatement

    init(_ statement: SQLiteStatement) { self.statement = statement }

    public func next() throws(Refusal) -> Int? { try statement.step() ? statement.integer(0) : nil }
}
