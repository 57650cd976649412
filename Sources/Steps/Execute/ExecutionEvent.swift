// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// What an execution is doing right now, for those who watch. The record is the ledger; this is not one.
public enum ExecutionEvent: Sendable, Hashable {
    case identifying
    case checking
    /// An operation as AWS spells it.
    case sending(operation: String)
    /// The kind of an expectation.
    case readingBack(expectation: String)
    /// For what AWS does not show yet, and how long at most.
    case waiting(for: String, until: Instant)

    /// For a person.
    public var words: String {
        switch self {
        case .identifying: "asking AWS who we are"
        case .checking: "checking what must hold before"
        case .sending(let operation): "sending \(operation)"
        case .readingBack(let expectation): "reading back: \(expectation)"
        case .waiting(let what, let deadline): "waiting for \(what), at most until \(deadline)"
        }
    }

    /// For a machine: an object with `event`, and the members that go with it (docs/json.md).
    public var json: JSONValue {
        switch self {
        case .identifying: .object([("event", "identifying")])
        case .checking: .object([("event", "checking")])
        case .sending(let operation): .object([("event", "sending"), ("operation", .string(operation))])
        case .readingBack(let expectation): .object([("event", "reading-back"), ("expectation", .string(expectation))])
        case .waiting(let what, let deadline): .object([("event", "waiting"), ("for", .string(what)), ("until", .string(deadline.text))])
        }
    }
}

/// Hears of each event as it comes.
public typealias Progress = (ExecutionEvent) -> Void
