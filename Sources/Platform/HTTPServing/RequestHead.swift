// SPDX-License-Identifier: Apache-2.0

/// A request line and its fields (RFC 9112 §3, §5), read strictly: what two programs could read in two ways is refused.
struct RequestHead {
    let method: String
    let path: String
    /// Bytes of the body.
    let length: Int
    let keepsAlive: Bool
    /// The client waits for a word before it sends its body (RFC 9110 §10.1.1).
    let expectsContinue: Bool

    /// - Parameter bytes: to the last field's end, without the empty line; each line feed stands after a carriage return.
    /// - Throws: 400, 411 (a body of which the length is not said), 413, 505.
    init(_ bytes: ArraySlice<UInt8>, bodyBytes: Int) throws(Rejection) {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { $0.last == 0x0D ? $0.dropLast() : $0 }
        let parts = lines.removeFirst().split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, Self.isToken(parts[0]), let path = Self.path(parts[1]) else { throw Self.malformed("request line") }
        let version = String(decoding: parts[2], as: UTF8.self)
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
            throw version.hasPrefix("HTTP/")
                ? Rejection(status: 505, words: "this is HTTP/1.1") : Self.malformed("request line")
        }
        var fields: [String: [String]] = [:]
        for line in lines {
            let (name, value) = try Self.field(line)
            fields[name, default: []].append(value)
        }
        // RFC 9112 §3.2.
        guard version == "HTTP/1.0" || fields["host"]?.count == 1 else { throw Self.malformed("Host field") }
        guard fields["transfer-encoding"] == nil else { throw Rejection(status: 411, words: "a request's body has a Content-Length") }
        switch fields["content-length"] {
        case nil: length = 0
        case .some(let values):
            guard values.count == 1, let digits = values.first, !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw Self.malformed("Content-Length")
            }
            guard let length = Int(digits), length <= bodyBytes else {
                throw Rejection(status: 413, words: "a request has at most \(bodyBytes) bytes")
            }
            self.length = length
        }
        method = String(decoding: parts[0], as: UTF8.self)
        self.path = path
        keepsAlive = version == "HTTP/1.1" && !Self.tokens(fields["connection"]).contains("close")
        expectsContinue = version == "HTTP/1.1" && Self.tokens(fields["expect"]).contains("100-continue")
    }

    private static func malformed(_ what: String) -> Rejection { Rejection(status: 400, words: "malformed HTTP: \(what)") }

    /// RFC 9112 §5: no space before the colon, no line that goes on, no control character.
    private static func field(_ line: ArraySlice<UInt8>) throws(Rejection) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: 0x3A), isToken(line[..<colon]) else { throw malformed("field") }
        let value = line[(colon + 1)...]
        guard value.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else { throw malformed("field") }
        return (String(decoding: line[..<colon], as: UTF8.self).lowercased(), trimmed(value))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var bytes = bytes.drop(while: isSpace)
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func tokens(_ values: [String]?) -> [String] {
        (values ?? []).flatMap { $0.split(separator: ",") }.map { trimmed(Array($0.utf8)[...]).lowercased() }
    }

    private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || "!#$%&'*+-.^_`|~".utf8.contains($0)
            }
    }

    /// Of origin-form, and of absolute-form, which a server must understand (RFC 9112 §3.2.2).
    private static func path(_ target: ArraySlice<UInt8>) -> String? {
        guard target.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        var text = String(decoding: target, as: UTF8.self)[...]
        if text.hasPrefix("http://") {
            text = text.dropFirst(7).drop { $0 != "/" }
            if text.isEmpty { text = "/" }
        }
        guard text.hasPrefix("/") else { return nil }
        return String(text.prefix { $0 != "?" })
    }
}
