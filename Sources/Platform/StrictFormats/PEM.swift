// SPDX-License-Identifier: Apache-2.0

/// RFC 7468 textual encoding: exactly one block, its label, its bytes.
public struct PEM: Sendable, Hashable {
    public let label: String
    public let bytes: [UInt8]

    public init(label: String, bytes: [UInt8]) {
        self.label = label
        self.bytes = bytes
    }

    /// Parses one block with nothing but white space around it.
    /// - Throws: `pem-…`.
    public init(_ text: String, file: String? = nil) throws(Refusal) {
        func refused(_ message: String) -> Refusal {
            Refusal("pem-malformed", .badData, message, at: Place(file: file), hint: "a PEM file has one -----BEGIN …----- block")
        }
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r\n" })
        while lines.last?.isEmpty == true { lines.removeLast() }
        guard let first = lines.first, first.hasPrefix("-----BEGIN "), first.hasSuffix("-----"), lines.count >= 2 else {
            throw refused("no PEM block begins here")
        }
        let label = String(first.dropFirst(11).dropLast(5))
        guard let last = lines.last, last == "-----END \(label)-----" else {
            throw refused("the PEM block \"\(SafeText.escaped(label))\" does not end, or something follows it")
        }
        let body = lines.dropFirst().dropLast().joined()
        guard let bytes = Base64.decode(body) else { throw refused("the PEM block holds no canonical base64") }
        self.init(label: label, bytes: bytes)
    }

    /// The text, 64 characters a line.
    public var text: String {
        let body = Array(Base64.encode(bytes).utf8)
        var result = "-----BEGIN \(label)-----\n"
        for start in stride(from: 0, to: body.count, by: 64) {
            result += String(decoding: body[start..<min(start + 64, body.count)], as: UTF8.self) + "\n"
        }
        return result + "-----END \(label)-----\n"
    }
}
