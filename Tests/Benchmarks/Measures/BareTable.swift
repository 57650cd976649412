// SPDX-License-Identifier: Apache-2.0

import CSQLite
import Glibc

/// The least that SQLite can do for the same bytes: WAL, synchronous=FULL, one table, one prepared insert a transaction.
final class BareTable {
    private var handle: OpaquePointer?
    private var statement: OpaquePointer?

    init(_ path: String) throws {
        for end in ["", "-wal", "-shm"] { unlink(path + end) }
        let setUp = """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE entries (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
            """
        guard sqlite3_open(path, &handle) == SQLITE_OK, sqlite3_exec(handle, setUp, nil, nil, nil) == SQLITE_OK,
            sqlite3_prepare_v2(handle, "INSERT INTO entries (seq, bytes) VALUES (?1, ?2)", -1, &statement, nil) == SQLITE_OK
        else { throw ChildRun.Failure(description: "the bare table could not be made") }
    }

    deinit {
        sqlite3_finalize(statement)
        sqlite3_close(handle)
    }

    func insert(_ seq: Int, _ bytes: [UInt8]) throws {
        sqlite3_bind_int64(statement, 1, Int64(seq))
        _ = bytes.withUnsafeBytes { cs_sqlite3_bind_blob(statement, 2, $0.baseAddress, UInt64($0.count)) }
        guard sqlite3_step(statement) == SQLITE_DONE else { throw ChildRun.Failure(description: "the bare insert failed") }
        sqlite3_reset(statement)
    }

    /// Many rows in one transaction.
    func insert(from seq: Int, _ rows: [[UInt8]]) throws {
        try execute("BEGIN IMMEDIATE")
        for (index, bytes) in rows.enumerated() { try insert(seq + index, bytes) }
        try execute("COMMIT")
    }

    private func execute(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw ChildRun.Failure(description: "the bare \(sql) failed") }
    }
}
