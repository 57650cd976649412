// SPDX-License-Identifier: Apache-2.0

public import Cryptography
import Files
public import StrictFormats
public import Trust

/// A ledger open for writing: one writer, one transaction for each append, and a checkpoint in the same transaction.
public final class LedgerStore {
    public let path: String
    public let reader: LedgerReader
    public let genesis: Digest
    public let origin: String
    private let door: SQLiteDoor
    /// Nil for a copy in memory.
    private let lock: LedgerLock?
    private let opened: LedgerFile.Identity?
    /// The name of the write-ahead log.
    private let log: String
    private let key: PrivateKey
    private let tool: String
    /// Who writes, as its entries say it.
    private var form: EntryForm
    private let signer: CheckpointSigner
    private var tiles: TileRows
    private var lastTime: Instant
    private let hasher = Hasher()
    private var isClosed = false
    /// The root that gave the ledger to another key.
    private var successor: TrustRoot?
    private var isDurable = false
    private let insertEntry: SQLiteStatement
    private let insertArtifact: SQLiteStatement
    private let insertTile: SQLiteStatement
    private let insertCheckpoint: SQLiteStatement
    /// What the entries say, kept up to date with every append.
    public private(set) var history: LedgerHistory

    public var size: Int { tiles.size }
    public var head: Checkpoint { Checkpoint(origin: origin, size: size, root: tiles.root(with: hasher)) }

    /// Opens an existing ledger to write, after reading all of it: numbers, hashes, the last checkpoint, the chain of trust.
    /// - Throws: `ledger-…`: held by another, damaged, or not this key's.
    public convenience init(_ path: String, key: PrivateKey, tool: String, now: Instant) throws(Refusal) {
        try LedgerFile.checkExists(path)
        try LedgerFile.checkLocal(path)
        let lock = try LedgerLock(beside: path, holder: tool, since: now)
        try LedgerFile.checkOneName(path)
        try self.init(path, SQLiteDoor(path, .write), lock, key: key, tool: tool)
    }

    /// A copy of a ledger in memory, to rehearse on: the file is read and stays as it is, whoever holds it.
    /// What is appended is signed by a key that is made for it and forgotten with it.
    public convenience init(copyInMemoryOf path: String, tool: String) throws(Refusal) {
        try LedgerFile.checkExists(path)
        try self.init(path, SQLiteDoor(copyInMemoryOf: path), nil, key: PrivateKey.generate(.ed25519), tool: tool)
        isDurable = true
    }

    private init(_ path: String, _ door: SQLiteDoor, _ lock: LedgerLock?, key: PrivateKey, tool: String) throws(Refusal) {
        self.path = path
        self.lock = lock
        self.key = key
        self.tool = tool
        self.door = door
        opened = lock == nil ? nil : LedgerFile.Identity(path)
        log = path + "-wal"
        reader = try LedgerReader(door, path)
        let schema = try reader.schema()
        if let error = schema.errors.first {
            throw Refusal(
                "ledger-schema", .badData, error, at: Place(file: path), hint: "run audit verify on it; it is not written to until this is explained")
        }
        // The next write takes its pages from the free list: none of them may be in use.
        if try door.integer("PRAGMA freelist_count") != 0, let trouble = try reader.pageTroubles().first {
            throw Refusal(
                "ledger-damaged", .badData, "SQLite finds damage in this ledger: \(SafeText.escaped(trouble))", at: Place(file: path),
                hint: "keep the file, restore a copy beside it, and run audit verify on both")
        }
        let loaded = try LedgerLoad(reader)
        let newest = loaded.history.chain.newest.root
        let writers = newest.role(.ledger).keys
        // A copy stands in for its ledger, whatever key it writes with.
        guard let writer = lock == nil ? writers.first : writers.first(where: { $0 == key.publicKey.id }) else {
            if loaded.history.chain.keysEver(.ledger).contains(where: { $0.id == key.publicKey.id }) {
                throw Self.retired(key.publicKey.id, by: newest, at: path)
            }
            throw Refusal(
                "ledger-key", .notPermitted,
                "this ledger is written with the key \(writers.map(\.text).joined(separator: " or ")), not with \(key.publicKey.id)",
                at: Place(file: path), hint: "give the ledger's own key with --key: the one that its newest trust root lists")
        }
        genesis = loaded.genesis
        origin = loaded.origin
        form = EntryForm(Actor(keyID: key.publicKey.id, owner: newest.key(writer)?.owner ?? "", tool: tool))
        signer = try CheckpointSigner(origin: loaded.origin, key: key)
        tiles = loaded.tiles
        lastTime = loaded.lastTime
        history = loaded.history
        insertEntry = try door.prepare("INSERT INTO entries (seq, bytes) VALUES (?1, ?2)")
        insertArtifact = try door.prepare("INSERT OR IGNORE INTO artifacts (sha256, bytes) VALUES (?1, ?2)")
        insertTile = try door.prepare(
            "INSERT INTO tiles (level, idx, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (level, idx) DO UPDATE SET bytes = excluded.bytes")
        insertCheckpoint = try door.prepare("INSERT INTO checkpoints (size, note) VALUES (?1, ?2)")
    }

    /// WAL with a full sync at each commit, read back: a setting that did not take would lose intents.
    static func makeDurable(_ door: SQLiteDoor) throws(Refusal) {
        guard try door.text("PRAGMA journal_mode = WAL") == "wal" else {
            throw Refusal(
                "ledger-journal", .inputOutput, "the ledger cannot be put into WAL mode", at: Place(file: door.path),
                hint: "its folder must be writable and on a local disk")
        }
        try door.execute("PRAGMA synchronous = FULL")
        guard try door.integer("PRAGMA synchronous") == 2 else {
            throw Refusal("ledger-journal", .internalError, "synchronous = FULL did not take", at: Place(file: door.path))
        }
        try door.keepLogAhead()
    }

    /// Appends entries durably, all or none: when this returns they are on disk.
    /// - Returns: the entries as written.
    @discardableResult
    public func append(_ drafts: [Draft], now: Instant) throws(Refusal) -> [Entry] {
        precondition(!drafts.isEmpty, "an append has at least one entry")
        guard !isClosed else { throw Refusal("ledger-closed", .internalError, "this ledger was closed", at: Place(file: path)) }
        if let successor { throw Self.retired(key.publicKey.id, by: successor, at: path) }
        // Not when it is opened: a ledger that nothing is written to stays as it is, to the byte.
        if !isDurable { try Self.makeDurable(door) }
        isDurable = true
        var next = tiles
        var time = lastTime
        var written: [Entry] = []
        try door.transaction { () throws(Refusal) in
            for draft in drafts {
                let behind = time - now
                time = max(time, now)
                let entry = Entry(
                    seq: next.size, time: time, actor: form.actor, bundle: draft.bundle, data: draft.data,
                    clockBehind: behind > 60 ? behind : nil)
                let bytes = form.bytes(of: entry)
                for artifact in draft.artifacts { try store(artifact) }
                try insertEntry.run(.integer(entry.seq), .blob(bytes))
                for row in next.append(MerkleHash.leaf(bytes, with: hasher), with: hasher) {
                    try insertTile.run(.integer(row.level), .integer(row.index), .blob(row.bytes))
                }
                written.append(entry)
            }
            try insertCheckpoint.run(.integer(next.size), .blob(try signer.note(size: next.size, root: next.root(with: hasher)).bytes))
        }
        if lock != nil { try LedgerFile.checkInPlace(path, log: log, opened) }
        tiles = next
        lastTime = time
        for entry in written { history.apply(entry) }
        return written
    }

    /// Stores an artifact once. What stands under its name already must be it: a row that was planted would speak for it.
    private func store(_ artifact: [UInt8]) throws(Refusal) {
        let digest = hasher.digest(artifact)
        try insertArtifact.run(.blob(digest.bytes), .blob(artifact))
        if door.changes == 0, try reader.artifactAsStored(digest) != artifact { throw LedgerReader.differs(digest, path) }
    }

    /// Writes rows that are no entries, durably, all or none.
    func write(_ body: (SQLiteDoor) throws(Refusal) -> Void) throws(Refusal) {
        guard !isClosed else { throw Refusal("ledger-closed", .internalError, "this ledger was closed", at: Place(file: path)) }
        if !isDurable { try Self.makeDurable(door) }
        isDurable = true
        try door.transaction { () throws(Refusal) in try body(door) }
        if lock != nil { try LedgerFile.checkInPlace(path, log: log, opened) }
    }

    /// Takes in a newer trust root: the ledger's own chain grows by one link. A root that gives the ledger to another key is the last thing that this
    /// one writes.
    /// - Throws: what makes it no next link; `ledger-key-retired` after a root that gave the ledger to another key.
    public func appendTrust(_ envelope: Envelope, now: Instant) throws(Refusal) {
        var chain = history.chain
        try chain.append(envelope)
        let newest = chain.newest
        let written = try append(
            [Draft(.trustUpdated(envelope: envelope.envelopeDigest, trust: newest.reference), artifacts: [envelope.bytes])], now: now)
        for entry in written { history.replaceChain(chain, by: entry) }
        let writers = newest.root.role(.ledger).keys
        if let writer = lock == nil ? writers.first : writers.first(where: { $0 == key.publicKey.id }) {
            form = EntryForm(Actor(keyID: key.publicKey.id, owner: newest.root.key(writer)?.owner ?? "", tool: tool))
        } else {
            successor = newest.root
        }
    }

    private static func retired(_ key: Digest, by root: TrustRoot, at path: String) -> Refusal {
        let keys = root.role(.ledger).keys.map(\.text).joined(separator: " or ")
        return Refusal(
            "ledger-key-retired", .notPermitted,
            "version \(root.version) of the trust root gave this ledger to the key \(keys); \(key) writes no more",
            at: Place(file: path), hint: "the root is recorded; go on with that key: --key")
    }

    /// Leaves a single self-contained file and lets the next writer in. Where somebody is reading it at this moment, the -wal
    /// stays beside it, complete.
    public func close() throws(Refusal) {
        isClosed = true
        guard let lock else { return }
        defer { lock.release() }
        // A -wal that a crash left belongs into the file, even where nothing was appended.
        guard isDurable || FileReader.exists(path + "-wal") else { return }
        // Nobody waits for a reader to end.
        door.setPatience(milliseconds: 0)
        do throws(Refusal) {
            try door.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            try door.execute("PRAGMA journal_mode = DELETE")
        } catch  where error.code == "ledger-busy" {
            return
        }
    }
}
