// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// The tables of a ledger file, and what may stand beside them (formats.md §6).
public enum Schema {
    /// "CSGN".
    public static let applicationID = 0x4353_474E
    public static let version = 1

    public struct Object: Sendable, Hashable {
        public let type: String
        public let name: String
        public let sql: String
        /// The table that it belongs to: its own name, but for a trigger.
        public var table: String { type == "trigger" ? String(name.prefix { $0 != "_" }) : name }

        /// Whether a definition is this one: nearly always byte for byte, and otherwise but for white space.
        public func isDefined(by other: String) -> Bool {
            sql.hasSameBytes(as: other) || Schema.normalized(sql).hasSameBytes(as: Schema.normalized(other))
        }
    }

    public static let tables = [
        Object(type: "table", name: "entries", sql: "CREATE TABLE entries     (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT"),
        Object(
            type: "table", name: "artifacts", sql: "CREATE TABLE artifacts   (sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID"),
        Object(
            type: "table", name: "tiles",
            sql:
                "CREATE TABLE tiles       (level INTEGER NOT NULL, idx INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID"
        ),
        Object(type: "table", name: "checkpoints", sql: "CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT"),
        Object(
            type: "table", name: "cosignatures",
            sql:
                "CREATE TABLE cosignatures(size INTEGER NOT NULL, name TEXT NOT NULL, line BLOB NOT NULL, PRIMARY KEY (size, name)) STRICT, WITHOUT ROWID"
        ),
    ]

    /// A seat belt: the tree is the lock.
    public static let triggers: [Object] = ["entries", "artifacts", "checkpoints", "cosignatures"].flatMap { table in
        ["UPDATE", "DELETE"].map { verb in
            Object(
                type: "trigger", name: "\(table)_no_\(verb.lowercased())",
                sql:
                    "CREATE TRIGGER \(table)_no_\(verb.lowercased()) BEFORE \(verb) ON \(table) BEGIN SELECT RAISE(ABORT, '\(table) is append-only'); END"
            )
        }
    }

    private static func field(_ path: String) -> String { "json_extract(CAST(bytes AS TEXT), '$.\(path)')" }

    /// For people with the `sqlite3` command.
    public static let views = [
        view(
            "story", ["seq": "seq", "time": field("time"), "type": field("type"), "bundle": field("bundle"), "data": field("data")],
            ["seq", "time", "type", "bundle", "data"], types: []),
        view(
            "approvals",
            [
                "seq": "seq", "time": field("time"), "bundle": field("bundle"), "approver": field("data.approver"),
                "decision": field("data.decision"),
                "payload": field("data.payload"),
            ], ["seq", "time", "bundle", "approver", "decision", "payload"], types: [.approvalReceived]),
        view(
            "requests",
            [
                "seq": "seq", "time": field("time"), "bundle": field("bundle"), "type": field("type"), "name": field("data.name"),
                "intent": "coalesce(\(field("data.intent")), seq)", "status": field("data.status"), "requestId": field("data.requestId"),
            ], ["seq", "time", "bundle", "type", "name", "intent", "status", "requestId"],
            types: [.requestIntended, .requestSent, .requestCompleted, .requestFailed, .requestUnknown, .requestResolved]),
        view(
            "executions",
            [
                "seq": "seq", "time": field("time"), "bundle": field("bundle"), "type": field("type"), "owners": field("data.owners"),
                "done": field("data.done"), "code": field("data.code"), "message": field("data.message"),
            ], ["seq", "time", "bundle", "type", "owners", "done", "code", "message"],
            types: [.executionAuthorized, .executionRefused, .executionCompleted, .executionFailed, .executionAbandoned]),
    ]

    private static func view(_ name: String, _ columns: [String: String], _ order: [String], types: [EntryType]) -> Object {
        let list = order.map { "\(columns[$0] ?? $0) AS \($0)" }.joined(separator: ", ")
        let filter = types.isEmpty ? "" : " WHERE \(field("type")) IN (\(types.map { "'\($0.rawValue)'" }.joined(separator: ", ")))"
        return Object(type: "view", name: name, sql: "CREATE VIEW \(name) AS SELECT \(list) FROM entries\(filter)")
    }

    public static let all: [Object] = tables + triggers + views

    /// White space does not make another definition.
    public static func normalized(_ sql: String) -> String {
        sql.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" }).joined(separator: " ").replacing(" (", with: "(").replacing(
            "( ", with: "(")
    }
}
