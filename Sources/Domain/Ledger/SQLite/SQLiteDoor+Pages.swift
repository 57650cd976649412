// SPDX-License-Identifier: Apache-2.0

import CSQLite

extension SQLiteDoor {
    /// Pages fetched from the file or its log since it was opened (SQLite, SQLITE_DBSTATUS_CACHE_MISS).
    var pagesRead: Int { status(SQLITE_DBSTATUS_CACHE_MISS) }

    /// Pages written to the file or its log since it was opened (SQLite, SQLITE_DBSTATUS_CACHE_WRITE).
    var pagesWritten: Int { status(SQLITE_DBSTATUS_CACHE_WRITE) }
}

extension SQLiteDoor {
    /// SQLite's header as it stands in the file now (SQLite, "Database File Format", §1.3). By SQLite's own descriptor: see `FileMoment`.
    func fileHeader(_ handle: OpaquePointer?) -> [UInt8] {
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK, let file,
            let read = file.pointee.pMethods?.pointee.xRead
        else { return [] }
        var bytes = [UInt8](repeating: 0, count: 100)
        // What is shorter than a header is filled with zeros, and no ledger.
        _ = read(file, &bytes, Int32(bytes.count), 0)
        return bytes
    }
}
