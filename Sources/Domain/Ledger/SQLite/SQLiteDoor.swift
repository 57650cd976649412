// SPDX-License-Identifier: Apache-2.0

import CSQLite
import Glibc
public import StrictFormats

/// The one door to SQLite: an open database, statements, and errors in SQLite's own words.
///
/// Not thread-safe: one connection, one owner.
public final class SQLiteDoor {
    private var handle: OpaquePointer?
    let path: String
    private let access: Access
    /// How it is read; nil where it is written to.
    let reading: FileMoment.Reading?
    /// The file's first bytes before any page was read.
    private var header: [UInt8] = []

    public enum Access { case create, write, read }

    /// Opens a database with everything defensive turned on.
    public init(_ path: String, _ access: Access) throws(Refusal) {
        self.path = path
        self.access = access
        try FilesBeside.check(path)
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI
        switch access {
        case .create: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        case .write: flags |= SQLITE_OPEN_READWRITE
        case .read: flags |= SQLITE_OPEN_READONLY
        }
        reading = access == .read ? FileMoment(path).reading : nil
        try self.open(Self.uri(path, reading), flags, vfs: reading == .atRest ? ReadAhead.name : nil)
        // So that SQLite asks it to lend pages; there, no file is ever mapped.
        if reading == .atRest, ReadAhead.name != nil { try execute("PRAGMA mmap_size = \(1 << 30)") }
        header = fileHeader(handle)
        if let reading { try begin(reading) } else { setPatience(milliseconds: Self.patience) }
    }

    /// How long a lock is waited for that another one holds for moments: a reader while it looks in which mode the file is, a
    /// writer while it changes the mode.
    private static let patience: Int32 = 2000

    func setPatience(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

    /// A database in memory.
    /// - Parameter path: the name that errors give.
    init(inMemory path: String) throws(Refusal) {
        self.path = path
        access = .write
        reading = nil
        try open(":memory:", SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY)
    }

    private func open(_ name: String, _ flags: Int32, vfs: String? = nil) throws(Refusal) {
        let code = sqlite3_open_v2(name, &handle, flags, vfs)
        guard code == SQLITE_OK else {
            let refusal = Self.refusal(handle, code, path, "opening")
            sqlite3_close_v2(handle)
            handle = nil
            throw refusal
        }
        sqlite3_extended_result_codes(handle, 1)
        for (option, value) in [
            (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, access == .read ? Int32(1) : 0), (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
            (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
            (SQLITE_DBCONFIG_DQS_DDL, 0), (SQLITE_DBCONFIG_DQS_DML, 0),
        ] {
            let code = cs_sqlite3_db_config_int(handle, option, value)
            guard code == SQLITE_OK else { throw Self.refusal(handle, code, path, "configuring") }
        }
        // The longest value of the format is an artifact (formats.md §9); a longer one would only fill the memory.
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(Self.longestValue))
        try execute("PRAGMA cell_size_check = ON")
        try execute("PRAGMA foreign_keys = ON")
    }

    /// Bytes of the longest value: what is read from a server or a file is at most 16 MiB, and a row has a little more.
    static let longestValue = 17 << 20

    /// While it writes to a log.
    private var ahead: LogAhead?

    /// From here on each transaction keeps the write-ahead log ahead of what is written to it.
    /// - Throws: where SQLite does not say how large a page is.
    func keepLogAhead() throws(Refusal) {
        guard let handle, ahead == nil, let pageSize = try integer("PRAGMA page_size") else { return }
        ahead = LogAhead(handle, path, pageSize: pageSize)
    }

    private func forgetAhead() {
        ahead?.end()
        ahead = nil
    }

    deinit {
        forgetAhead()
        forgetBounds()
        sqlite3_close_v2(handle)
    }

    /// Takes in every page of another database.
    func fill(from source: SQLiteDoor) throws(Refusal) {
        guard let backup = sqlite3_backup_init(handle, "main", source.handle, "main") else {
            throw refusal(sqlite3_errcode(handle), "copying")
        }
        let step = sqlite3_backup_step(backup, -1)
        let code = sqlite3_backup_finish(backup)
        guard step == SQLITE_DONE, code == SQLITE_OK else { throw refusal(step == SQLITE_DONE ? code : step, "copying") }
    }

    /// One of SQLite's counters of this connection.
    func status(_ counter: Int32) -> Int {
        var (current, highest): (Int32, Int32) = (0, 0)
        sqlite3_db_status(handle, counter, &current, &highest, 0)
        return Int(current)
    }

    /// Closes now, where the caller wants to hear of it.
    public func close() throws(Refusal) {
        forgetAhead()
        forgetBounds()
        let code = sqlite3_close(handle)
        guard code == SQLITE_OK else { throw refusal(code, "closing") }
        handle = nil
    }

    /// A file name as SQLite's URI.
    /// - Parameter reading: how it is opened to be read; nil to be written to.
    static func uri(_ path: String, _ reading: FileMoment.Reading? = nil) -> String {
        var escaped = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "%"): escaped += "%" + Hex.encode([byte])
            default: escaped.unicodeScalars.append(UnicodeScalar(byte))
            }
        }
        // The bytes above 0x7F were taken one by one; write them as escapes too.
        escaped = escaped.unicodeScalars.map { $0.value > 0x7F ? "%" + Hex.encode([UInt8($0.value)]) : String($0) }.joined()
        // An empty authority: without it, SQLite takes what follows two slashes for the name of a host.
        let name = escaped.hasPrefix("/") ? "file://\(escaped)" : "file:\(escaped)"
        // A -wal or -journal beside the file belongs to the ledger and is never ignored; nothing is created beside it.
        return switch reading {
        case nil: name
        case .atRest: "\(name)?mode=ro&immutable=1"
        case .logAlone: "\(name)?mode=ro&vfs=unix-none"
        case .shared, .journal: "\(name)?mode=ro"
        }
    }

    /// What a reader says before its first page.
    private func begin(_ reading: FileMoment.Reading) throws(Refusal) {
        switch reading {
        // The log's index is made in memory then, and no -shm beside the file (SQLite, "Use of WAL Without Shared-Memory").
        case .logAlone: try execute("PRAGMA locking_mode = EXCLUSIVE")
        case .shared:
            // A writer that begins or ends holds everything, for milliseconds; one that ends takes its log away; a lock on what is left would keep the next one from beginning.
            setPatience(milliseconds: Self.patience)
            _ = try integer("PRAGMA application_id")
            guard try text("PRAGMA journal_mode") == "wal" else { throw refusal(SQLITE_BUSY, "opening") }
        case .journal: setPatience(milliseconds: Self.patience)
        case .atRest: break
        }
    }

    public func execute(_ sql: String) throws(Refusal) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw refusal(code, "writing to") }
    }

    public func prepare(_ sql: String) throws(Refusal) -> SQLiteStatement {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw refusal(code, "preparing") }
        return SQLiteStatement(statement, of: self)
    }

    /// BEGIN and COMMIT, prepared once: every append is a transaction.
    private var bounds: (begin: OpaquePointer, commit: OpaquePointer)?

    private func forgetBounds() {
        sqlite3_finalize(bounds?.begin)
        sqlite3_finalize(bounds?.commit)
        bounds = nil
    }

    private func run(_ bound: OpaquePointer) throws(Refusal) {
        let code = sqlite3_step(bound)
        defer { sqlite3_reset(bound) }
        guard code == SQLITE_DONE else { throw refusal(code, "writing to") }
    }

    private func preparedBounds() throws(Refusal) -> (begin: OpaquePointer, commit: OpaquePointer) {
        if let bounds { return bounds }
        var pointers: [OpaquePointer] = []
        for sql in ["BEGIN IMMEDIATE", "COMMIT"] {
            var statement: OpaquePointer?
            let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
            guard code == SQLITE_OK, let statement else {
                for pointer in pointers { sqlite3_finalize(pointer) }
                throw refusal(code, "writing to")
            }
            pointers.append(statement)
        }
        let made = (begin: pointers[0], commit: pointers[1])
        bounds = made
        return made
    }

    /// Runs a body in one immediate transaction; rolls back when it throws.
    public func transaction<Value>(_ body: () throws(Refusal) -> Value) throws(Refusal) -> Value {
        let (begin, commit) = try preparedBounds()
        try run(begin)
        do throws(Refusal) {
            let value = try body()
            ahead?.extend()
            try run(commit)
            return value
        } catch {
            // The first error is the one to tell; a failed rollback leaves nothing committed either.
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    /// Whether the file's header is what it was when it was opened: its change counter and its versions change with each writer that begins or ends.
    var hasSameHeader: Bool { fileHeader(handle) == header }

    /// Rows that the last statement changed.
    var changes: Int { Int(sqlite3_changes(handle)) }

    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// One integer of a pragma or query.
    public func integer(_ sql: String) throws(Refusal) -> Int? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// One text of a pragma or query.
    public func text(_ sql: String) throws(Refusal) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : nil
    }

    func refusal(_ code: Int32, _ what: String) -> Refusal {
        // Our statements are right; where a file's tables do not answer them, the file is wrong.
        let isTheFiles = access == .read && [SQLITE_ERROR, SQLITE_TOOBIG].contains(code & 0xFF)
        return Self.refusal(handle, isTheFiles ? SQLITE_CORRUPT : code, path, access == .read ? "reading" : what)
    }

    private static func refusal(_ handle: OpaquePointer?, _ code: Int32, _ path: String, _ what: String) -> Refusal {
        let name = ResultCode.name(code)
        let words = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
        let message = "\(what) the ledger failed: \(SafeText.escaped(words)) (\(name))"
        let place = Place(file: path)
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            return Refusal("ledger-busy", .tryAgain, message, at: place, hint: "another program is writing to it; try again")
        case SQLITE_NOTADB:
            return Refusal(
                "ledger-not-ours", .badData, "this is no ledger: \(SafeText.escaped(words)) (\(name))", at: place, hint: "check the file's name")
        case SQLITE_CORRUPT:
            return Refusal(
                "ledger-damaged", .badData, message, at: place, hint: "keep the file, restore a copy beside it, and run audit verify on both")
        case SQLITE_CANTOPEN:
            return Refusal("ledger-cannot-open", .noInput, message, at: place, hint: "check the path and that you may read it")
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
            return Refusal("ledger-read-only", .inputOutput, message, at: place, hint: "the ledger and its folder must be writable")
        case SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM, SQLITE_TOOBIG:
            return Refusal(
                "ledger-io", .inputOutput, message, at: place, hint: "nothing of this step was written; free space or mend the disk, then run resume")
        default: return Refusal("ledger-sqlite", .internalError, message, at: place)
        }
    }
}
