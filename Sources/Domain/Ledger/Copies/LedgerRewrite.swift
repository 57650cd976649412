// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// A ledger written anew into another file, which is to take the place of the first: nothing is added, nothing is lost.
///
/// Both ways keep every row of the five tables, and show it by reading both files again. They hold the ledger as a writer does
/// for as long as they live: an entry written to the old file meanwhile would be in one of them only.
public final class LedgerRewrite {
    public enum Way: String, Sendable {
        /// SQLite's VACUUM INTO: the pages that hold something, in order, with the schema as it stands.
        case compact
        /// Row by row into a new file with this program's schema.
        case migrate
    }

    private let source: String
    private let lock: LedgerLock

    /// - Parameter holder: who writes, for whoever meets the held ledger.
    /// - Throws: `ledger-…`: missing, held by another, on a network file system.
    public init(of source: String, holder: String, now: Instant) throws(Refusal) {
        try LedgerFile.checkExists(source)
        try LedgerFile.checkLocal(source)
        self.source = source
        lock = try LedgerLock(beside: source, holder: holder, since: now)
    }

    /// Lets the next writer in.
    public func release() { lock.release() }

    /// Writes the file, whole and synced, and compares every row.
    /// - Returns: what stood in the schema and was left behind.
    /// - Throws: `ledger-version`, `ledger-schema` (bad data) where something would be lost; `rewrite-differs` (bad data).
    public func write(_ way: Way, to path: String) throws(Refusal) -> [String] {
        let from = try SQLiteDoor(source, .read)
        try checkVersion(from, way)
        let schema = try SchemaCheck(from)
        try checkTables(from, schema)
        var left: [String] = []
        switch way {
        case .compact: try from.vacuum(into: path)
        case .migrate:
            try migrate(from, to: path)
            left = try others(from)
        }
        try compare(from, path)
        try LedgerCopy.sync(path)
        return left
    }

    /// This release writes version 1, and no other version was ever released.
    private func checkVersion(_ from: SQLiteDoor, _ way: Way) throws(Refusal) {
        guard way == .migrate, try from.integer("PRAGMA application_id") == Schema.applicationID else { return }
        let version = try from.integer("PRAGMA user_version") ?? 0
        guard version < Schema.version else { return }
        throw Refusal(
            "ledger-version", .badData, "this ledger has format version \(version), which no release wrote: there is nothing to migrate from",
            at: Place(file: source), hint: "the number was changed or lost: restore a backup, or audit a published copy of it")
    }

    /// A table that is not of the format may hold what the copy would not.
    private func checkTables(_ from: SQLiteDoor, _ schema: SchemaCheck) throws(Refusal) {
        let statement = try from.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        var unknown: [String] = []
        while try statement.step() {
            let name = statement.text(0)
            if !Schema.tables.contains(where: { $0.name.hasSameBytes(as: name) }) { unknown.append(SafeText.escaped(name)) }
        }
        guard schema.isReadable, unknown.isEmpty else {
            throw Refusal(
                "ledger-schema", .badData,
                unknown.isEmpty
                    ? schema.errors.first ?? "its tables are not those of the format" : "an unknown table \"\(unknown[0])\" stands in the file",
                at: Place(file: source), hint: "run audit verify on it; it is not written anew until this is explained")
        }
    }

    private func migrate(_ from: SQLiteDoor, to path: String) throws(Refusal) {
        let door = try SQLiteDoor(path, .create)
        try door.execute("PRAGMA synchronous = FULL")
        try door.transaction { () throws(Refusal) in
            try door.execute("PRAGMA application_id = \(Schema.applicationID)")
            try door.execute("PRAGMA user_version = \(Schema.version)")
            for table in Schema.tables { try door.execute(table.sql) }
            for table in LedgerTable.all { try table.copy(from: from, to: door) }
            for object in Schema.triggers + Schema.views { try door.execute(object.sql) }
        }
        try door.close()
    }

    /// Triggers, views and indexes that this program's schema does not have, or has otherwise.
    private func others(_ from: SQLiteDoor) throws(Refusal) -> [String] {
        let statement = try from.prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE type <> 'table' ORDER BY type, name")
        var left: [String] = []
        while try statement.step() {
            let (type, name, sql) = (statement.text(0), statement.text(1), statement.text(2))
            let isOurs = Schema.all.contains {
                $0.type == type && $0.name.hasSameBytes(as: name) && $0.isDefined(by: sql)
            }
            if !isOurs { left.append("\(SafeText.escaped(type)) \(SafeText.escaped(name))") }
        }
        return left
    }

    private func compare(_ from: SQLiteDoor, _ path: String) throws(Refusal) {
        let copy = try SQLiteDoor(path, .read)
        for table in LedgerTable.all {
            let (before, after) = (try table.content(of: from), try table.content(of: copy))
            guard before == after else {
                throw Refusal(
                    "rewrite-differs", .badData,
                    "the new file does not hold what the ledger does: \(table.name) has \(after.rows) rows for \(before.rows), or other bytes in them",
                    at: Place(file: source), hint: "the ledger is as it was; check the disk, and run audit verify on it")
            }
        }
    }
}
