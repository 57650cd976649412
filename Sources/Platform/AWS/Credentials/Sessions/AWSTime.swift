// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// The times that stand beside credentials: RFC 3339 with or without a fraction and an offset, and the `…UTC` of older token caches.
enum AWSTime {
    /// Rounded down to whole seconds; nil for what is no time.
    static func instant(_ text: String) -> Instant? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, let local = Instant(String(decoding: bytes[..<19], as: UTF8.self) + "Z") else { return nil }
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { isDigit($0) }
            guard !digits.isEmpty else { return nil }
            rest = rest[digits.endIndex...]
        }
        switch String(decoding: rest, as: UTF8.self) {
        case "Z", "UTC": return local
        case let offset: return seconds(ofOffset: Array(offset.utf8)).map { local + -$0 }
        }
    }

    /// - Throws: `credentials-time`, naming what the time is of.
    static func instant(_ text: String, of name: String) throws(Refusal) -> Instant {
        guard let found = instant(text) else {
            throw Refusal("credentials-time", .configuration, "\(name) is no time", hint: "a time is written like 2026-01-31T12:00:00Z")
        }
        return found
    }

    /// `+hh:mm` or `-hh:mm`.
    private static func seconds(ofOffset text: [UInt8]) -> Int? {
        guard text.count == 6, text[3] == UInt8(ascii: ":"), text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            [1, 2, 4, 5].allSatisfy({ isDigit(text[$0]) })
        else { return nil }
        func two(_ at: Int) -> Int { Int(text[at] - UInt8(ascii: "0")) * 10 + Int(text[at + 1] - UInt8(ascii: "0")) }
        let seconds = two(1) * 3_600 + two(4) * 60
        return text[0] == UInt8(ascii: "-") ? -seconds : seconds
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
