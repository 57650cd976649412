// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// A date of a condition: ISO 8601 with or without time, fraction and offset, or seconds since 1970.
///
/// IAM User Guide, "Date condition operators": W3C's implementation of ISO 8601, or UNIX time.
struct Moment: Comparable {
    let seconds: Int
    /// Digits after the second, right-filled to nine.
    let nanoseconds: Int

    init?(_ text: String) {
        if let whole = Int(text), text.utf8.count <= 12 {
            (seconds, nanoseconds) = (whole, 0)
            return
        }
        guard let (date, rest) = text.split(at: "T") else {
            guard let instant = Instant("\(text)T00:00:00Z") else { return nil }
            (seconds, nanoseconds) = (instant.secondsSince1970, 0)
            return
        }
        guard let (clock, offset) = Self.zone(rest) else { return nil }
        let (time, fraction) = clock.split(at: ".") ?? (clock, "0")
        let full = time.utf8.count == 5 ? "\(time):00" : time
        guard let instant = Instant("\(date)T\(full)Z"), let nanoseconds = Self.nanoseconds(fraction) else { return nil }
        seconds = instant.secondsSince1970 - offset
        self.nanoseconds = nanoseconds
    }

    static func < (left: Moment, right: Moment) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// The clock without its zone, and the zone's seconds east of UTC.
    private static func zone(_ text: String) -> (String, Int)? {
        let bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: "Z") { return (String(decoding: bytes.dropLast(), as: UTF8.self), 0) }
        guard bytes.count >= 6 else { return nil }
        let tail = String(decoding: bytes.suffix(6), as: UTF8.self)
        guard let (hours, minutes) = tail.split(at: ":"), let hour = Int(hours), let minute = Int(minutes),
            hours.utf8.count == 3, minutes.utf8.count == 2, abs(hour) <= 14, (0...59).contains(minute),
            let sign = hours.utf8.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
        else { return nil }
        let offset = abs(hour) * 3_600 + minute * 60
        return (String(decoding: bytes.dropLast(6), as: UTF8.self), sign == UInt8(ascii: "-") ? -offset : offset)
    }

    private static func nanoseconds(_ digits: String) -> Int? {
        guard (1...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(digits + String(repeating: "0", count: 9 - digits.utf8.count))
    }
}
