// SPDX-License-Identifier: Apache-2.0

import Cryptography
import StrictFormats

/// The text that a signature covers ("Create a signed AWS API request", IAM User Guide, step 1).
struct CanonicalRequest {
    let text: String
    /// Names in lower case, sorted, joined by semicolons.
    let signedHeaders: String

    /// Headers that intermediaries change are not signed.
    private static let unsigned: Set<String> = ["user-agent", "authorization"]

    init(_ request: HTTPRequest) {
        var fields: [String: [String]] = ["host": [request.endpoint.authority]]
        for header in request.headers where !Self.unsigned.contains(header.name.asciiLowercased) {
            fields[header.name.asciiLowercased, default: []].append(Self.collapsed(header.value))
        }
        let sorted = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        signedHeaders = sorted.map(\.key).joined(separator: ";")
        let (path, query) = Self.split(request.target)
        text = [
            request.method.rawValue,
            Self.encoded(path, keeping: [UInt8(ascii: "/")]),
            Self.canonicalQuery(query),
            sorted.map { "\($0.key):\($0.value.joined(separator: ","))\n" }.joined(),
            signedHeaders,
            Digest(of: request.body).hex,
        ].joined(separator: "\n")
    }

    /// Outer white space removed, inner spaces made one.
    private static func collapsed(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }

    private static func split(_ target: String) -> (path: String, query: String) {
        guard let mark = target.firstIndex(of: "?") else { return (target, "") }
        return (String(target[..<mark]), String(target[target.index(after: mark)...]))
    }

    /// Parameters sorted by name, then value, each with its `=`; they are encoded already.
    private static func canonicalQuery(_ query: String) -> String {
        let pairs = query.split(separator: "&").map { part -> (name: String, value: String) in
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(halves[0]), halves.count > 1 ? String(halves[1]) : "")
        }
        let sorted = pairs.sorted { left, right in
            left.name == right.name
                ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
                : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        return sorted.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// Everything but RFC 3986's unreserved characters as `%XX`. For all services but S3 a path is encoded once more.
    private static func encoded(_ text: String, keeping kept: Set<UInt8>) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(UnicodeScalar(byte))
            case _ where kept.contains(byte): result.unicodeScalars.append(UnicodeScalar(byte))
            default: result += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return result
    }
}
