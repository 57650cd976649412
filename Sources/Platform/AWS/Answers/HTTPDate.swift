// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// The preferred form of a date in a header: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7, IMF-fixdate).
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // 1970-01-01 was a Thursday.
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Nil for any other form, the obsolete ones included, and for a name that is not the date's day.
    static func instant(_ text: String) -> Instant? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else { return nil }
        let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let day = number(parts[1], 2), let year = number(parts[3], 4),
            let hour = number(clock[0], 2), let minute = number(clock[1], 2), let second = number(clock[2], 2),
            let instant = Instant(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
        else { return nil }
        let dayNumber = (instant.secondsSince1970 - (hour * 3_600 + minute * 60 + second)) / 86_400
        let name = days[((dayNumber % 7) + 7) % 7]
        return parts[0].utf8.elementsEqual("\(name),".utf8) ? instant : nil
    }

    private static func number(_ text: Substring, _ width: Int) -> Int? {
        guard text.utf8.count == width, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text)
    }
}
