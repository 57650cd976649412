// SPDX-License-Identifier: Apache-2.0

/// Writes RFC 8785 (JCS): no spaces, members in UTF-16 order, the shortest escapes, ECMAScript numbers.
public enum JSONWriter {
    /// The canonical bytes of a value.
    public static func canonical(_ value: JSONValue) -> [UInt8] {
        var output: [UInt8] = []
        write(value, to: &output)
        return output
    }

    /// Writes the canonical bytes of a value behind others.
    public static func append(_ value: JSONValue, to output: inout [UInt8]) { write(value, to: &output) }

    /// Writes an object of those members that are there, as `append` would write `JSONValue.object(members)`.
    public static func append(members: [(String, JSONValue?)], to output: inout [UInt8]) {
        let isSorted = zip(members, members.dropFirst()).allSatisfy { UTF16Order.precedes($0.0, $1.0) }
        let mark = UInt8(ascii: "{")
        output.append(mark)
        for (name, value) in isSorted ? members : members.sorted(by: { UTF16Order.precedes($0.0, $1.0) }) {
            guard let value else { continue }
            if output.last != mark { output.append(UInt8(ascii: ",")) }
            write(string: name, to: &output)
            output.append(UInt8(ascii: ":"))
            write(value, to: &output)
        }
        output.append(UInt8(ascii: "}"))
    }

    /// The canonical text of a value.
    public static func canonicalText(_ value: JSONValue) -> String {
        String(decoding: canonical(value), as: UTF8.self)
    }

    /// For people: two spaces a level, members as they stand.
    public static func pretty(_ value: JSONValue) -> String {
        var output: [UInt8] = []
        pretty(value, indent: 0, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private static func write(_ value: JSONValue, to output: inout [UInt8]) {
        switch value.content {
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                write(element, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in inOrder(members).enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                write(string: member.name, to: &output)
                output.append(UInt8(ascii: ":"))
                write(member.value, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        default: scalar(value, to: &output)
        }
    }

    /// Sorted where they are not: what was made in order costs no copy.
    private static func inOrder(_ members: [JSONMember]) -> [JSONMember] {
        let isSorted = zip(members, members.dropFirst()).allSatisfy { UTF16Order.precedes($0.name, $1.name) }
        return isSorted ? members : members.sorted { UTF16Order.precedes($0.name, $1.name) }
    }

    private static func scalar(_ value: JSONValue, to output: inout [UInt8]) {
        switch value.content {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let flag): output.append(contentsOf: (flag ? "true" : "false").utf8)
        case .integer(let number): output.append(contentsOf: String(number).utf8)
        case .double(let number): output.append(contentsOf: ECMAScriptNumber.text(of: number).utf8)
        case .string(let text): write(string: text, to: &output)
        case .array, .object: write(value, to: &output)
        }
    }

    /// RFC 8785 §3.2.2.2.
    static func write(string: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        let isPlain = string.utf8.withContiguousStorageIfAvailable { bytes in
            if bytes.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) { return false }
            output.append(contentsOf: bytes)
            return true
        }
        if isPlain != true { escape(string, to: &output) }
        output.append(UInt8(ascii: "\""))
    }

    private static func escape(_ string: String, to output: inout [UInt8]) {
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
            case 0x08: output.append(contentsOf: "\\b".utf8)
            case 0x09: output.append(contentsOf: "\\t".utf8)
            case 0x0A: output.append(contentsOf: "\\n".utf8)
            case 0x0C: output.append(contentsOf: "\\f".utf8)
            case 0x0D: output.append(contentsOf: "\\r".utf8)
            case 0..<0x20: output.append(contentsOf: "\\u00\(Hex.encode([byte]))".utf8)
            default: output.append(byte)
            }
        }
    }

    private static func pretty(_ value: JSONValue, indent: Int, to output: inout [UInt8]) {
        func line(_ depth: Int) { output.append(contentsOf: ("\n" + String(repeating: "  ", count: depth)).utf8) }
        switch value.content {
        case .array(let elements) where !elements.isEmpty:
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                line(indent + 1)
                pretty(element, indent: indent + 1, to: &output)
            }
            line(indent)
            output.append(UInt8(ascii: "]"))
        case .object(let members) where !members.isEmpty:
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                line(indent + 1)
                write(string: member.name, to: &output)
                output.append(contentsOf: ": ".utf8)
                pretty(member.value, indent: indent + 1, to: &output)
            }
            line(indent)
            output.append(UInt8(ascii: "}"))
        default: write(value, to: &output)
        }
    }
}
