// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// An element: its name without a prefix, its own text, its children.
struct XMLElement {
    var name: String
    var text = ""
    var children: [XMLElement] = []

    /// The text of the only child of that name.
    func onlyText(_ name: String) throws(Refusal) -> String { try only(name).text }

    func only(_ name: String) throws(Refusal) -> XMLElement {
        let found = children.filter { $0.name.hasSameBytes(as: name) }
        guard found.count == 1, let element = found.first else {
            throw Refusal("xml-shape", .badData, "<\(SafeText.escaped(self.name))> has \(found.count) elements <\(name)> instead of one")
        }
        return element
    }

    /// The first element of that name, in document order, that has a child of the other name.
    func firstDescendant(named name: String, having child: String) -> XMLElement? {
        if self.name == name, children.contains(where: { $0.name == child }) { return self }
        for element in children {
            if let found = element.firstDescendant(named: name, having: child) { return found }
        }
        return nil
    }
}

/// A small strict reader of the XML that AWS's query protocol answers with: elements, attributes (skipped), text and
/// the predefined entities. No document type, no comment, no CDATA: what has one is refused.
struct XMLReader {
    private let bytes: [UInt8]
    private var at = 0
    private static let depthLimit = 16
    private static let sizeLimit = 1 << 20

    static func parse(_ bytes: [UInt8]) throws(Refusal) -> XMLElement {
        guard bytes.count <= sizeLimit else { throw Refusal("xml-too-large", .badData, "the XML is larger than \(sizeLimit) bytes") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Refusal("xml-not-utf8", .badData, "the XML is no UTF-8") }
        var reader = XMLReader(bytes: bytes)
        reader.skipSpace()
        if reader.take("<?xml") { try reader.skip(past: "?>") }
        reader.skipSpace()
        let root = try reader.element(depth: 1)
        reader.skipSpace()
        guard reader.at == bytes.count else { throw reader.broken("something follows the root element") }
        return root
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func element(depth: Int) throws(Refusal) -> XMLElement {
        guard depth <= Self.depthLimit else { throw broken("elements are nested too deeply") }
        guard take("<") else { throw broken("an element is expected") }
        let qualified = try name()
        var element = XMLElement(name: String(qualified.split(separator: ":").last ?? ""))
        while true {
            skipSpace()
            if take("/>") { return element }
            if take(">") { break }
            _ = try name()
            skipSpace()
            guard take("=") else { throw broken("an attribute has no value") }
            skipSpace()
            let quote = take("\"") ? "\"" : "'"
            if quote == "'", !take("'") { throw broken("an attribute's value has no quotation marks") }
            try skip(past: quote)
        }
        var text: [UInt8] = []
        while true {
            if take("</") {
                guard try name() == qualified else { throw broken("an end tag does not match") }
                skipSpace()
                guard take(">") else { throw broken("an end tag is not closed") }
                element.text = String(decoding: text, as: UTF8.self)
                return element
            }
            guard let byte = peek else { throw broken("the text ends inside <\(qualified)>") }
            switch byte {
            case UInt8(ascii: "<"): element.children.append(try self.element(depth: depth + 1))
            case UInt8(ascii: "&"): text.append(contentsOf: try reference().utf8)
            default:
                text.append(byte)
                at += 1
            }
        }
    }

    /// `&amp;` and its kind, `&#65;`, `&#x41;`.
    private mutating func reference() throws(Refusal) -> String {
        let start = at + 1
        try skip(past: ";")
        let body = String(decoding: bytes[start..<(at - 1)], as: UTF8.self)
        let named = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
        if let character = named[body] { return character }
        let digits = body.utf8.starts(with: "#x".utf8) ? body.dropFirst(2) : body.dropFirst(1)
        guard body.utf8.first == UInt8(ascii: "#"), digits.utf8.first != UInt8(ascii: "+"),
            let value = UInt32(digits, radix: digits.utf8.count < body.utf8.count - 1 ? 16 : 10), value != 0, let scalar = UnicodeScalar(value)
        else { throw broken("a character reference is unknown") }
        return String(Character(scalar))
    }

    private mutating func name() throws(Refusal) -> String {
        let start = at
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ":"):
                at += 1
                continue
            default: break
            }
            break
        }
        guard at > start else { throw broken("a name is expected") }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func take(_ word: String) -> Bool {
        guard bytes[at...].starts(with: word.utf8) else { return false }
        at += word.utf8.count
        return true
    }

    private mutating func skip(past word: String) throws(Refusal) {
        while at < bytes.count {
            if take(word) { return }
            at += 1
        }
        throw broken("\(word) is missing")
    }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x09, 0x0D, 0x0A].contains(byte) { at += 1 }
    }

    private func broken(_ what: String) -> Refusal { Refusal("xml-syntax", .badData, what, at: Place(offset: at)) }
}
