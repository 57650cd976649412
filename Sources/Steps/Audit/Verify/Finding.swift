// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// One thing that an audit found: a stable code, how grave it is, which entry, and what it means.
public struct Finding: Sendable, Hashable {
    public enum Severity: String, Sendable, CaseIterable, Comparable {
        /// The ledger is not what it claims to be: the verdict is *failed*.
        case error
        case warning
        case note

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
        private var rank: Int { self == .error ? 0 : self == .warning ? 1 : 2 }
    }

    public let code: String
    public let severity: Severity
    /// The entry's number, where it is about one.
    public let entry: Int?
    public let message: String

    public init(_ code: String, _ severity: Severity, entry: Int? = nil, _ message: String) {
        self.code = code
        self.severity = severity
        self.entry = entry
        self.message = message
    }

    public var json: JSONValue {
        .object([
            ("code", .string(code)), ("severity", .string(severity.rawValue)), ("entry", entry.map { .integer($0) }), ("message", .string(message)),
        ])
    }
}
