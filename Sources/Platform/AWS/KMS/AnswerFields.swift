// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// The members of an answer. A server may add members at any time, and `null` is the same as nothing.
struct AnswerFields {
    private let value: JSONValue

    init(_ value: JSONValue) throws(Refusal) {
        guard value.objectValue != nil else { throw value.mismatch("an object") }
        self.value = value
    }

    func optional<Value>(_ name: String, _ decode: (JSONValue) throws(Refusal) -> Value) throws(Refusal) -> Value? {
        guard let member = value[name] else { return nil }
        if case .null = member.content { return nil }
        return try decode(member)
    }

    func required<Value>(_ name: String, _ decode: (JSONValue) throws(Refusal) -> Value) throws(Refusal) -> Value {
        guard let found = try optional(name, decode) else {
            throw Refusal("missing-member", .badData, "member \"\(name)\" is missing")
        }
        return found
    }

    func text(_ name: String) throws(Refusal) -> String { try required(name) { value throws(Refusal) in try value.text() } }
    func optionalText(_ name: String) throws(Refusal) -> String? { try optional(name) { value throws(Refusal) in try value.text() } }
    func optionalFlag(_ name: String) throws(Refusal) -> Bool? { try optional(name) { value throws(Refusal) in try value.boolean() } }
    func optionalInteger(_ name: String) throws(Refusal) -> Int? { try optional(name) { value throws(Refusal) in try value.integer() } }

    /// Absent is empty.
    func texts(_ name: String) throws(Refusal) -> [String] {
        try optional(name) { value throws(Refusal) in try value.array { element throws(Refusal) in try element.text() } } ?? []
    }

    func list<Element>(_ name: String, _ decode: (AnswerFields) throws(Refusal) -> Element) throws(Refusal) -> [Element] {
        try required(name) { value throws(Refusal) in
            try value.array { element throws(Refusal) in try decode(AnswerFields(element)) }
        }
    }

    /// Seconds since 1970, whole or with a fraction, rounded down to whole seconds (formats.md §9).
    func optionalInstant(_ name: String) throws(Refusal) -> Instant? {
        try optional(name) { value throws(Refusal) in
            switch value.content {
            case .integer(let seconds): return Instant(secondsSince1970: Int(seconds))
            case .double(let seconds) where seconds.isFinite && seconds.magnitude < 1e15:
                return Instant(secondsSince1970: Int(seconds.rounded(.down)))
            default: throw value.mismatch("a number of seconds")
            }
        }
    }
}
