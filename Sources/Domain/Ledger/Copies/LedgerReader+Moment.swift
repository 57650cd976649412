// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

extension LedgerReader {
    /// Reads everything of a body as it stood at one moment, while a writer may go on appending (SQLite, "Isolation In SQLite").
    public func atOneMoment<Value>(_ body: () throws(Refusal) -> Value) throws(Refusal) -> Value {
        if door.isInTransaction { return try body() }
        try door.execute("BEGIN")
        // A transaction that only read has nothing to undo: leaving it cannot lose anything.
        let outcome = Result { () throws(Refusal) in try body() }
        try door.execute("COMMIT")
        return try outcome.get()
    }
}
