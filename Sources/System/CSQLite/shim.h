// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sqlite3.h>

// sqlite3_db_config is variadic.
static inline int cs_sqlite3_db_config_int(sqlite3 *db, int op, int value) {
    int now = 0;
    int rc = sqlite3_db_config(db, op, value, &now);
    return rc != SQLITE_OK ? rc : (now == value ? SQLITE_OK : SQLITE_ERROR);
}
// SQLITE_TRANSIENT is a cast of -1 to a function pointer.
static inline int cs_sqlite3_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    if (count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}
static inline int cs_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, bytes, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}
