// SPDX-License-Identifier: Apache-2.0

import CSQLite
public import StrictFormats

/// A prepared statement: bind, step, read columns, reset.
public final class SQLiteStatement {
    private let handle: OpaquePointer
    private let door: SQLiteDoor

    init(_ handle: OpaquePointer, of door: SQLiteDoor) {
        self.handle = handle
        self.door = door
    }

    deinit { sqlite3_finalize(handle) }

    /// What can be bound to `?1`, `?2`, ….
    public enum Value {
        case integer(Int)
        case text(String)
        case blob([UInt8])
    }

    @discardableResult
    public func bind(_ values: Value...) throws(Refusal) -> SQLiteStatement {
        sqlite3_reset(handle)
        for (index, value) in values.enumerated() { try bindOne(index, value) }
        return self
    }

    /// Steps to the next row; false when there is none.
    public func step() throws(Refusal) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        case let code:
            sqlite3_reset(handle)
            throw door.refusal(code, "writing to")
        }
    }

    /// Runs a statement that gives no rows.
    public func run(_ values: Value...) throws(Refusal) { try run(values: values) }

    /// Runs a statement that gives no rows.
    public func run(values: [Value]) throws(Refusal) {
        sqlite3_reset(handle)
        for (index, value) in values.enumerated() { try bindOne(index, value) }
        while try step() {}
    }

    private func bindOne(_ index: Int, _ value: Value) throws(Refusal) {
        let position = Int32(index + 1)
        let code: Int32 =
            switch value {
            case .integer(let number): sqlite3_bind_int64(handle, position, Int64(number))
            case .text(let text): Array(text.utf8).withUnsafeBytes { cs_sqlite3_bind_text(handle, position, $0.baseAddress, UInt64($0.count)) }
            case .blob(let bytes): bytes.withUnsafeBytes { cs_sqlite3_bind_blob(handle, position, $0.baseAddress, UInt64($0.count)) }
            }
        guard code == SQLITE_OK else { throw door.refusal(code, "binding to") }
    }

    public func reset() { sqlite3_reset(handle) }

    public func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }

    public func text(_ column: Int32) -> String {
        guard let pointer = sqlite3_column_text(handle, column) else { return "" }
        return String(decoding: UnsafeBufferPointer(start: pointer, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self)
    }

    public func blob(_ column: Int32) -> [UInt8] {
        guard let pointer = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: pointer, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// Lends a blob's bytes where they lie: until the next step, no longer.
    func withBlob<Value>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) throws(Refusal) -> Value) throws(Refusal) -> Value {
        let pointer = sqlite3_column_blob(handle, column)
        let count = pointer == nil ? 0 : Int(sqlite3_column_bytes(handle, column))
        return try body(UnsafeBufferPointer(start: pointer?.assumingMemoryBound(to: UInt8.self), count: count))
    }

    public func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
}
