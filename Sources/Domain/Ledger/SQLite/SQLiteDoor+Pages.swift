// SPDX-License-Identifier: Apache-2.0

import CSQLite

extension SQLiteDoor {
    /// Pages fetched from the file or its log since it was opened (SQLite, SQLITE_DBSTATUS_CACHE_MISS).
    var pagesRead: Int { status(SQLITE_DBSTATUS_CACHE_MISS) }

    /// Pages written to the file or its log since it was opened (SQLite, SQLITE_DBSTATUS_CACHE_WRITE).
    var pagesWritten: Int { status(SQLITE_DBSTATUS_CACHE_WRITE) }
}
