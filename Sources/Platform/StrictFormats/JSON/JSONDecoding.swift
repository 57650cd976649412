// SPDX-License-Identifier: Apache-2.0
// Decoders: the shape is stated once, everything else is refused with its place. Nobody checks members by hand.

// Inlinable, because they are generic: each decoder of another module then gets its own code, and a ledger has
// millions of entries.

/// The members of one object, taken one by one; whatever is left at the end is unknown and refused.
public struct JSONMembers: ~Copyable {
    /// Where the object begins.
    @usableFromInline let offset: Int
    @usableFromInline let members: [JSONMember]
    /// Every name that was asked for.
    @usableFromInline var known: [StaticString] = []
    /// One bit for each of the first 64 members that was found by its name.
    @usableFromInline var found: UInt64 = 0

    @usableFromInline
    init(_ members: [JSONMember], at offset: Int) {
        self.offset = offset
        self.members = members
        known.reserveCapacity(members.count + 2)
    }

    /// The member of that name; missing is an error.
    @inlinable
    public mutating func required(_ name: StaticString) throws(Refusal) -> JSONValue {
        guard let value = take(name) else { throw missing(name) }
        return value
    }

    /// The member of that name, decoded.
    @inlinable
    public mutating func required<Value>(
        _ name: StaticString, _ decode: (JSONValue) throws(Refusal) -> Value
    ) throws(Refusal) -> Value {
        try decode(try required(name))
    }

    /// The member of that name or nil. A `null` is not an absent member: it reaches the decoder, which refuses it.
    @inlinable
    public mutating func optional<Value>(
        _ name: StaticString, _ decode: (JSONValue) throws(Refusal) -> Value
    ) throws(Refusal) -> Value? {
        guard let value = take(name) else { return nil }
        return try decode(value)
    }

    @usableFromInline
    mutating func take(_ name: StaticString) -> JSONValue? {
        known.append(name)
        let index = name.withUTF8Buffer { bytes in
            let key = JSONNameKey(bytes)
            for index in members.indices where members[index].key == key {
                if key.isWhole || members[index].name.hasBytes(bytes) { return index }
            }
            return -1
        }
        guard index >= 0 else { return nil }
        if index < 64 { found |= 1 << UInt64(index) }
        return members[index].value
    }

    @usableFromInline
    func missing(_ name: StaticString) -> Refusal {
        Refusal("missing-member", .badData, "member \"\(name)\" is missing", at: Place(offset: offset))
    }

    @inlinable
    func finish() throws(Refusal) {
        // Mostly every member was found; only then is there nothing to look for.
        if found.nonzeroBitCount != members.count { try findUnknown() }
    }

    @usableFromInline
    func findUnknown() throws(Refusal) {
        for member in members {
            if known.contains(where: { $0.withUTF8Buffer(member.name.hasBytes) }) { continue }
            let near = Suggestion.nearest(to: member.name, among: known.map { "\($0)" })
            throw Refusal(
                "unknown-member", .badData, "unknown member \"\(SafeText.escaped(member.name))\"",
                at: Place(offset: member.offset), hint: near.map { "did you mean \"\($0)\"?" })
        }
    }
}

extension JSONValue {
    /// Decodes an object; members that the decoder did not ask for are refused.
    @inlinable
    public func object<Value>(
        _ decode: (inout JSONMembers) throws(Refusal) -> Value
    ) throws(Refusal) -> Value {
        guard case .object(let list) = content else { throw mismatch("an object") }
        var members = JSONMembers(list, at: offset)
        let value = try decode(&members)
        try members.finish()
        return value
    }

    /// Decodes an object whose member names are data.
    @inlinable
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
    @inlinable
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
    @inlinable
    public func oneOf<Word: RawRepresentable & CaseIterable>(
        _ words: Word.Type
    ) throws(Refusal) -> Word where Word.RawValue == String {
        let value = try text()
        if let word = Word(rawValue: value), word.rawValue.hasSameBytes(as: value) { return word }
        throw noneOf(Word.allCases.map(\.rawValue), value)
    }

    @usableFromInline
    func noneOf(_ names: [String], _ value: String) -> Refusal {
        let near = Suggestion.nearest(to: value, among: names)
        return Refusal(
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
