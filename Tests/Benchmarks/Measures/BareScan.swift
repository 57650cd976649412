// SPDX-License-Identifier: Apache-2.0

import CSQLite

/// The peer of `audit verify`: every row of `entries` stepped through and its bytes looked at, nothing else.
enum BareScan {
    static func run(_ path: String) -> Int {
        var handle: OpaquePointer?
        var statement: OpaquePointer?
        guard
            sqlite3_open_v2("file:\(path)?mode=ro&immutable=1", &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nil)
                == SQLITE_OK,
            sqlite3_prepare_v2(handle, "SELECT seq, bytes FROM entries ORDER BY seq", -1, &statement, nil) == SQLITE_OK
        else { return 0 }
        var count = 0
        while sqlite3_step(statement) == SQLITE_ROW {
            if sqlite3_column_blob(statement, 1) != nil { count += Int(sqlite3_column_bytes(statement, 1)) }
        }
        sqlite3_finalize(statement)
        sqlite3_close(handle)
        return count
    }
}
