// SPDX-License-Identifier: Apache-2.0

/// A parsed JSON value that remembers where it began.
public struct JSONValue: Sendable {
    /// 2^53−1: the largest whole number that signed documents hold (formats.md §1).
    public static let largestInteger = 9_007_199_254_740_991

    public enum Content: Sendable {
        case null
        case bool(Bool)
        /// A whole number within ±(2^53−1), written without fraction or exponent.
        case integer(Int64)
        /// Any other number; only the general reader gives these.
        case double(Double)
        case string(String)
        case array([JSONValue])
        case object([JSONMember])
    }

    public var content: Content
    /// Byte offset of the value's first byte in its source; 0 for a value that was made, not read.
    public var offset: Int

    public init(_ content: Content, offset: Int = 0) {
        self.content = content
        self.offset = offset
    }

    /// What a person would call it in an error.
    public var kindName: String {
        switch content {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// Values are equal when they mean the same: members in any order, places ignored (RFC 8785 gives them the same bytes).
extension JSONValue: Equatable {
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left.content, right.content) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        // 10 and 1e1 are one number, with one canonical form; whole numbers here are exact as doubles.
        case (.integer(let a), .double(let b)), (.double(let b), .integer(let a)): Double(a) == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)):
            a.count == b.count
                && a.allSatisfy { member in
                    b.contains { $0.name.utf8.elementsEqual(member.name.utf8) && $0.value == member.value }
                }
        default: false
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self.init(.string(value)) }
    public init(integerLiteral value: Int64) { self.init(.integer(value)) }
    public init(booleanLiteral value: Bool) { self.init(.bool(value)) }
    public init(arrayLiteral elements: JSONValue...) { self.init(.array(elements)) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(.object(elements.map { JSONMember($0.0, $0.1) }))
    }

    public static func string(_ value: String) -> JSONValue { JSONValue(.string(value)) }
    public static func integer(_ value: Int) -> JSONValue { JSONValue(.integer(Int64(value))) }
    public static func bool(_ value: Bool) -> JSONValue { JSONValue(.bool(value)) }
    public static func array(_ values: [JSONValue]) -> JSONValue { JSONValue(.array(values)) }
    public static func strings(_ values: [String]) -> JSONValue { JSONValue(.array(values.map { .string($0) })) }
    public static func object(_ members: [(String, JSONValue?)]) -> JSONValue {
        JSONValue(.object(members.compactMap { name, value in value.map { JSONMember(name, $0) } }))
    }

    /// The member of that name, where this is an object that has one.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = content else { return nil }
        return members.first { $0.name.hasSameBytes(as: name) }?.value
    }

    public var stringValue: String? { if case .string(let value) = content { value } else { nil } }
    public var integerValue: Int? { if case .integer(let value) = content { Int(value) } else { nil } }
    public var boolValue: Bool? { if case .bool(let value) = content { value } else { nil } }
    public var arrayValue: [JSONValue]? { if case .array(let value) = content { value } else { nil } }
    public var objectValue: [JSONMember]? { if case .object(let value) = content { value } else { nil } }
}
