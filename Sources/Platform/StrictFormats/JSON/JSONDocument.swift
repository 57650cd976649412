// SPDX-License-Identifier: Apache-2.0

/// A parsed text with its bytes and its name, so that every error can say where it is.
public struct JSONDocument: Sendable {
    public let bytes: [UInt8]
    public let file: String?
    public let root: JSONValue

    /// Parses the bytes, all or nothing.
    /// - Throws: `json-…` with file, line, column and offset.
    public init(_ bytes: [UInt8], rules: JSONRules, file: String? = nil) throws(Refusal) {
        self.bytes = bytes
        self.file = file
        do {
            root = try JSONParser.parse(bytes, rules: rules)
        } catch {
            throw Self.placed(error, in: bytes, file: file, root: nil)
        }
    }

    /// A document that another reader (YAML) made; offsets refer to `bytes`.
    public init(bytes: [UInt8], file: String?, root: JSONValue) {
        self.bytes = bytes
        self.file = file
        self.root = root
    }

    /// Runs a decoder over the root and completes the place of whatever it throws.
    @inlinable
    public func decode<Value>(_ body: (JSONValue) throws(Refusal) -> Value) throws(Refusal) -> Value {
        do {
            return try body(root)
        } catch {
            throw Self.placed(error, in: bytes, file: file, root: root)
        }
    }

    @usableFromInline
    static func placed(_ refusal: Refusal, in bytes: [UInt8], file: String?, root: JSONValue?) -> Refusal {
        var copy = refusal.inFile(file)
        guard let offset = copy.place.offset else { return copy }
        if copy.place.line == nil {
            (copy.place.line, copy.place.column) = lineAndColumn(of: offset, in: bytes)
        }
        if copy.place.pointer == nil, let root { copy.place.pointer = pointer(to: offset, from: root) }
        return copy
    }

    /// Line and column, from 1; columns count Unicode scalars.
    static func lineAndColumn(of offset: Int, in bytes: [UInt8]) -> (Int, Int) {
        var line = 1
        var column = 1
        for byte in bytes.prefix(max(0, offset)) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }

    /// The RFC 6901 pointer of the innermost value or member that begins at that offset.
    static func pointer(to offset: Int, from root: JSONValue) -> String? {
        if root.offset == offset { return "" }
        switch root.content {
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                if let rest = pointer(to: offset, from: element) { return "/\(index)\(rest)" }
            }
        case .object(let members):
            for member in members {
                if member.offset == offset { return "/\(escaped(member.name))" }
                if let rest = pointer(to: offset, from: member.value) { return "/\(escaped(member.name))\(rest)" }
            }
        default: break
        }
        return nil
    }

    /// RFC 6901 §3, scalar by scalar: a mark that combines with a slash does not make it another character.
    private static func escaped(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
