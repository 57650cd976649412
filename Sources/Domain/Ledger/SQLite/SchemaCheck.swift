// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What a file's schema shows against the one that formats.md §6 gives.
public struct SchemaCheck: Sendable {
    /// Objects that have no business there, or tables with another definition: errors.
    public let errors: [String]
    /// Whether the five tables are those of the format: otherwise nothing in them can be read.
    public let isReadable: Bool
    /// Triggers and views of ours that are missing: notes.
    public let notes: [String]

    /// - Throws: `ledger-not-ours`, `ledger-version` (bad data) where nothing further can be said.
    public init(_ door: SQLiteDoor) throws(Refusal) {
        let place = Place(file: door.path)
        guard try door.integer("PRAGMA application_id") == Schema.applicationID else {
            throw Refusal(
                "ledger-not-ours", .badData, "this database is no Countersign ledger", at: place, hint: "countersign ledger create makes a ledger")
        }
        let version = try door.integer("PRAGMA user_version") ?? 0
        guard version == Schema.version else {
            throw Refusal(
                "ledger-version", .badData, "this ledger has format version \(version); this release knows \(Schema.version)", at: place,
                hint: version > Schema.version
                    ? "this program is too old for it: use a newer release"
                    : version < 1
                        ? "no release writes such a version: somebody changed this file; take a copy from before"
                        : "bring it to version \(Schema.version): countersign ledger migrate LEDGER --to NEW")
        }
        var errors: [String] = []
        var notes: [String] = []
        var seen: Set<String> = []
        var whole: Set<String> = []
        let statement = try door.prepare("SELECT type, name, coalesce(sql, ''), tbl_name, \(Self.form) FROM sqlite_schema ORDER BY name")
        while try statement.step() {
            let (type, name, sql) = (statement.text(0), statement.text(1), statement.text(2))
            guard let known = Schema.all.first(where: { $0.type == type && $0.name.hasSameBytes(as: name) }) else {
                // An index too: SQLite would answer from it what its table does not say, and one that is unique can keep an outcome from being written
                // (decision record 0004).
                errors.append("an unknown \(SafeText.escaped(type)) \"\(SafeText.escaped(name))\" stands in the file")
                continue
            }
            seen.insert(known.name)
            let isAsWritten = known.table.hasSameBytes(as: statement.text(3)) && statement.integer(4) == 1
            if isAsWritten, known.isDefined(by: sql) {
                whole.insert(known.name)
            } else {
                errors.append("the \(type) \(known.name) has another definition than this format's")
            }
        }
        for table in Schema.tables where !seen.contains(table.name) { errors.append("the table \(table.name) is missing") }
        self.errors = errors
        isReadable = Schema.tables.allSatisfy { whole.contains($0.name) }
        // A file without any of them is a plain ledger of the format, made by another program; one that lacks some has lost them.
        let extras = Schema.triggers + Schema.views
        let missing = extras.filter { !seen.contains($0.name) }
        if missing.count < extras.count { notes += missing.map { "the \($0.type) \($0.name) is missing" } }
        self.notes = notes
    }

    /// What SQLite writes beside a definition and does not look at again: types, and a page for tables alone.
    private static let form = """
        typeof(type) = 'text' AND typeof(name) = 'text' AND typeof(tbl_name) = 'text' AND typeof(rootpage) = 'integer' \
        AND (rootpage > 0) = (type IN ('table', 'index')) AND rootpage >= 0 AND typeof(sql) = 'text'
        """
}
