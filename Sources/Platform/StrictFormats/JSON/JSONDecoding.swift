// SPDX-License-Identifier: Apache-2.0
// Decoders: the shape is stated once, everything else is refused with its place. Nobody checks members by hand.

/// The members of one object, taken one by one; whatever is left at the end is unknown and refused.
public struct JSONMembers: ~Copyable {
    private let owner: JSONValue
    private let members: [JSONMember]
    private var known: [StaticString] = []

    init(_ owner: JSONValue, _ members: [JSONMember]) {
        self.owner = owner
        self.members = members
    }

    /// The member of that name; missing is an error.
    public mutating func required(_ name: StaticString) throws(Refusal) -> JSONValue {
        guard let value = take(name) else {
            throw Refusal("missing-member", .badData, "member \"\(name)\" is missing", at: Place(offset: owner.offset))
        }
        return value
    }

    /// The member of that name, decoded.
    public mutating func required<Value>(
        _ name: StaticString, _ decode: (JSONValue) throws(Refusal) -> Value
    ) throws(Refusal) -> Value {
        try decode(try required(name))
    }

    /// The member of that name or nil. A `null` is not an absent member: it reaches the decoder, which refuses it.
    public mutating func optional<Value>(
        _ name: StaticString, _ decode: (JSONValue) throws(Refusal) -> Value
    ) throws(Refusal) -> Value? {
        guard let value = take(name) else { return nil }
        return try decode(value)
    }

    private mutating func take(_ name: StaticString) -> JSONValue? {
        known.append(name)
        return name.withUTF8Buffer { bytes in
            members.first { $0.name.utf8.elementsEqual(bytes) }?.value
        }
    }

    func finish() throws(Refusal) {
        if members.count <= known.count {
            // Every member known: as many hits as members.
            let hits = known.count { name in
                name.withUTF8Buffer { bytes in members.contains { $0.name.utf8.elementsEqual(bytes) } }
            }
            if hits == members.count { return }
        }
        for member in members {
            let isKnown = known.contains { $0.withUTF8Buffer { member.name.utf8.elementsEqual($0) } }
            if isKnown { continue }
            let near = Suggestion.nearest(to: member.name, among: known.map { "\($0)" })
            throw Refusal(
                "unknown-member", .badData, "unknown member \"\(SafeText.escaped(member.name))\"",
                at: Place(offset: member.offset), hint: near.map { "did you mean \"\($0)\"?" })
        }
    }
}

extension JSONValue {
    /// Decodes an object; members that the decoder did not ask for are refused.
    public func object<Value>(
        _ decode: (inout JSONMembers) throws(Refusal) -> Value
    ) throws(Refusal) -> Value {
        guard case .object(let list) = content else { throw mismatch("an object") }
        var members = JSONMembers(self, list)
        let value = try decode(&members)
        try members.finish()
        return value
    }

    /// Decodes an object whose member names are data.
    public func dictionary<Value>(
        _ decode: (JSONMember) throws(Refusal) -> Value
    ) throws(Refusal) -> [Value] {
        guard case .object(let list) = content else { throw mismatch("an object") }
        var result: [Value] = []
        result.reserveCapacity(list.count)
        for member in list { result.append(try decode(member)) }
        return result
    }

    /// Decodes an array.
    public func array<Value>(_ decode: (JSONValue) throws(Refusal) -> Value) throws(Refusal) -> [Value] {
        guard case .array(let list) = content else { throw mismatch("an array") }
        var result: [Value] = []
        result.reserveCapacity(list.count)
        for element in list { result.append(try decode(element)) }
        return result
    }

    public func text() throws(Refusal) -> String {
        guard case .string(let value) = content else { throw mismatch("a string") }
        return value
    }

    public func integer() throws(Refusal) -> Int {
        guard case .integer(let value) = content else { throw mismatch("a whole number") }
        return Int(value)
    }

    /// A whole number within a range.
    public func integer(in range: ClosedRange<Int>) throws(Refusal) -> Int {
        let value = try integer()
        guard range.contains(value) else {
            throw invalid("\(value) is not between \(range.lowerBound) and \(range.upperBound)")
        }
        return value
    }

    public func boolean() throws(Refusal) -> Bool {
        guard case .bool(let value) = content else { throw mismatch("true or false") }
        return value
    }

    /// Demands exactly this text (a `type`, a `format`).
    public func literal(_ expected: String) throws(Refusal) {
        let value = try text()
        guard value.hasSameBytes(as: expected) else {
            throw Refusal(
                "unexpected-value", .badData, "\"\(SafeText.escaped(value))\" is not \"\(expected)\"",
                at: Place(offset: offset))
        }
    }

    /// One of a fixed set of words.
    public func oneOf<Word: RawRepresentable & CaseIterable>(
        _ words: Word.Type
    ) throws(Refusal) -> Word where Word.RawValue == String {
        let value = try text()
        let all = Array(Word.allCases)
        if let word = all.first(where: { $0.rawValue.hasSameBytes(as: value) }) { return word }
        let names = all.map(\.rawValue)
        let near = Suggestion.nearest(to: value, among: names)
        throw Refusal(
            "unexpected-value", .badData,
            "\"\(SafeText.escaped(value))\" is none of \(names.map { "\"\($0)\"" }.joined(separator: ", "))",
            at: Place(offset: offset), hint: near.map { "did you mean \"\($0)\"?" })
    }

    /// A refusal at this value: what it should have been.
    public func mismatch(_ expected: String) -> Refusal {
        Refusal("wrong-type", .badData, "expected \(expected), found \(kindName)", at: Place(offset: offset))
    }

    /// A refusal at this value: what is wrong with it.
    public func invalid(_ message: String, code: String = "invalid-value", hint: String? = nil) -> Refusal {
        Refusal(code, .badData, message, at: Place(offset: offset), hint: hint)
    }
}
