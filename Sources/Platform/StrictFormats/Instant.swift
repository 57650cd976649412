// SPDX-License-Identifier: Apache-2.0

/// A moment, to the second, in UTC. Its text is always `YYYY-MM-DDThh:mm:ssZ` (RFC 3339, formats.md §1).
public struct Instant: Sendable, Hashable, Comparable {
    public let secondsSince1970: Int

    public init(secondsSince1970: Int) { self.secondsSince1970 = secondsSince1970 }

    public init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), (1...Self.daysIn(month: month, of: year)).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second)
        else { return nil }
        secondsSince1970 = Self.days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    /// The exact form only; nil for any other.
    public init?(_ text: String) {
        let read: Instant?? = text.utf8.withContiguousStorageIfAvailable { Instant(bytes: $0) }
        // A native string always lends its bytes.
        guard case .some(.some(let instant)) = read else { return nil }
        self = instant
    }

    /// The same of the text's UTF-8 bytes.
    public init?(bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"), bytes[19] == UInt8(ascii: "Z")
        else { return nil }
        // Two digits; far below any range where one is none.
        func two(_ start: Int) -> Int {
            let (tens, ones) = (bytes[start] &- UInt8(ascii: "0"), bytes[start + 1] &- UInt8(ascii: "0"))
            return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : -10_000
        }
        let (year, month, day) = (two(0) * 100 + two(2), two(5), two(8))
        let (hour, minute, second) = (two(11), two(14), two(17))
        self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    public static func < (left: Instant, right: Instant) -> Bool { left.secondsSince1970 < right.secondsSince1970 }
    public static func + (left: Instant, seconds: Int) -> Instant { Instant(secondsSince1970: left.secondsSince1970 + seconds) }
    public static func - (left: Instant, right: Instant) -> Int { left.secondsSince1970 - right.secondsSince1970 }

    /// Year, month, day, hour, minute, second in UTC.
    public var fields: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        let days = secondsSince1970 >= 0 ? secondsSince1970 / 86_400 : (secondsSince1970 - 86_399) / 86_400
        let rest = secondsSince1970 - days * 86_400
        let (year, month, day) = Self.civil(days)
        return (year, month, day, rest / 3_600, rest / 60 % 60, rest % 60)
    }

    public var text: String {
        let f = fields
        func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
        let year = String(repeating: "0", count: max(0, 4 - "\(f.year)".count)) + "\(f.year)"
        return "\(year)-\(two(f.month))-\(two(f.day))T\(two(f.hour)):\(two(f.minute)):\(two(f.second))Z"
    }

    private static func daysIn(month: Int, of year: Int) -> Int {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: leap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 of a proleptic Gregorian date (years counted from March, in eras of 400 years).
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int) -> (Int, Int, Int) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Instant: CustomStringConvertible {
    public var description: String { text }
}

/// A span such as `72h`, `7d`, `30m`, `45s`, in seconds.
public enum Span {
    /// Nil unless it is a positive whole number and one unit of s, m, h, d.
    public static func seconds(_ text: String) -> Int? {
        guard let unit = text.utf8.last, let number = Int(text.utf8.dropLast().reduce(into: "") { $0.unicodeScalars.append(UnicodeScalar($1)) }),
            number > 0, number < 1_000_000_000, text.utf8.first != UInt8(ascii: "+")
        else { return nil }
        switch unit {
        case UInt8(ascii: "s"): return number
        case UInt8(ascii: "m"): return number * 60
        case UInt8(ascii: "h"): return number * 3_600
        case UInt8(ascii: "d"): return number * 86_400
        default: return nil
        }
    }

    /// In words: "2 days 3 hours", the two largest units that are not zero.
    public static func words(_ seconds: Int) -> String {
        let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)]
        var rest = max(0, seconds)
        var parts: [String] = []
        for (name, size) in units where rest >= size {
            let count = rest / size
            parts.append("\(count) \(name)\(count == 1 ? "" : "s")")
            rest -= count * size
        }
        return parts.isEmpty ? "0 seconds" : parts.prefix(2).joined(separator: " ")
    }
}
