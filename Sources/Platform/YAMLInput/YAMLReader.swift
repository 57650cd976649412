// SPDX-License-Identifier: Apache-2.0

public import StrictFormats
import Yams

/// Reads the YAML that people write: every scalar is text (an account id is no number), nothing stands twice,
/// no anchors, aliases or tags. JSON (first byte `{`) is read as JSON.
public enum YAMLReader {
    static let maximumBytes = 1 << 20
    static let maximumDepth = 32

    /// - Throws: `yaml-…` with file, line and column.
    public static func read(_ bytes: [UInt8], file: String?) throws(Refusal) -> JSONDocument {
        if bytes.first == UInt8(ascii: "{") { return try JSONDocument(bytes, rules: .authored, file: file) }
        func refusal(_ message: String, _ mark: Mark?, hint: String? = nil) -> Refusal {
            Refusal("yaml-malformed", .badData, message, at: Place(file: file, line: mark?.line, column: mark?.column), hint: hint)
        }
        guard bytes.count <= maximumBytes else { throw refusal("this file is larger than \(maximumBytes) bytes", nil) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw refusal("this file is not valid UTF-8", nil) }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\r" && $0 != "\t" }) else {
            throw refusal("this file is no text: it holds control characters", nil)
        }
        let starts = lineStarts(bytes)
        do {
            // Not compose_all: its sequence ends at a mistake as if the file ended there.
            let parser = try Parser(yaml: text, resolver: .basic)
            guard let node = try parser.nextRoot() else { throw refusal("this file is empty", nil) }
            guard try parser.nextRoot() == nil else { throw refusal("this file holds more than one document", nil) }
            // Nodes know their anchors as long as the parser is there.
            return try withExtendedLifetime(parser) {
                JSONDocument(bytes: bytes, file: file, root: try convert(node, starts, bytes, file, depth: 1))
            }
        } catch let error as Refusal {
            throw error
        } catch let error as YamlError {
            throw yaml(error, file)
        } catch {
            throw refusal("this file cannot be read as YAML: \(error)", nil)
        }
    }

    private static func convert(_ node: Node, _ starts: [Int], _ bytes: [UInt8], _ file: String?, depth: Int) throws -> JSONValue {
        let place = Place(file: file, line: node.mark?.line, column: node.mark?.column)
        guard depth <= maximumDepth else {
            throw Refusal("yaml-too-deep", .badData, "more than \(maximumDepth) levels", at: place, hint: "check that this is the right file")
        }
        // Aliases were put in by the parser; each leads to an anchor.
        guard node.anchor == nil else {
            throw Refusal("yaml-anchor", .badData, "anchors and aliases are not allowed: write the value out", at: place)
        }
        guard node.tag.isImplied(for: node) else {
            throw Refusal("yaml-tag", .badData, "tags are not allowed: every value is text, a list or a mapping", at: place)
        }
        let offset = offset(of: node.mark, starts, bytes)
        switch node {
        case .scalar(let scalar): return JSONValue(.string(scalar.string), offset: offset)
        case .sequence(let sequence):
            return JSONValue(.array(try sequence.map { try convert($0, starts, bytes, file, depth: depth + 1) }), offset: offset)
        case .mapping(let mapping):
            var members: [JSONMember] = []
            for (key, value) in mapping {
                guard let name = try convert(key, starts, bytes, file, depth: depth + 1).stringValue else {
                    throw Refusal(
                        "yaml-key", .badData, "a member's name must be plain text", at: place, hint: "write the name without brackets or braces")
                }
                let keyOffset = self.offset(of: key.mark, starts, bytes)
                guard !members.contains(where: { $0.name.hasSameBytes(as: name) }) else {
                    throw Refusal(
                        "duplicate-member", .badData, "\"\(SafeText.escaped(name))\" stands twice",
                        at: Place(file: file, line: key.mark?.line, column: key.mark?.column), hint: "keep one of the two")
                }
                members.append(JSONMember(name, try convert(value, starts, bytes, file, depth: depth + 1), offset: keyOffset))
            }
            return JSONValue(.object(members), offset: offset)
        case .alias: throw Refusal("yaml-alias", .badData, "aliases are not allowed: write the value out", at: place)
        }
    }

    private static func lineStarts(_ bytes: [UInt8]) -> [Int] {
        [0] + bytes.indices.filter { bytes[$0] == 0x0A }.map { $0 + 1 }
    }

    /// The byte offset of a mark, whose columns count scalars from 1.
    private static func offset(of mark: Mark?, _ starts: [Int], _ bytes: [UInt8]) -> Int {
        guard let mark, mark.line >= 1, mark.line <= starts.count else { return 0 }
        var offset = starts[mark.line - 1]
        var column = 1
        while column < mark.column, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            column += 1
        }
        return offset
    }

    private static func yaml(_ error: YamlError, _ file: String?) -> Refusal {
        func made(_ message: String, _ mark: Mark?) -> Refusal {
            Refusal("yaml-malformed", .badData, SafeText.escaped(message), at: Place(file: file, line: mark?.line, column: mark?.column))
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            return made(problem, mark)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "\"\($0)\"" }.joined(separator: ", ")
            var refusal = made("\(names) stands twice", context.mark)
            refusal.code = "duplicate-member"
            return refusal
        case .reader(let problem, _, _, _): return made(problem, nil)
        default: return made("this is no YAML", nil)
        }
    }
}

extension Tag {
    /// Whether nobody wrote it: the tag that follows from the node's form.
    fileprivate func isImplied(for node: Node) -> Bool {
        switch node {
        case .scalar: self == Tag(.str)
        case .sequence: self == Tag(.seq)
        case .mapping: self == Tag(.map)
        case .alias: true
        }
    }
}
