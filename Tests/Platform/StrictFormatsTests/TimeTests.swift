// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StrictFormats

@Suite struct TimeTests {
    @Test func `every day of a hundred years comes back, leap days included`() throws {
        var instant = try #require(Instant("1970-01-01T23:59:59Z"))
        var days = 0
        var leapDays = 0
        for year in 1970...2070 {
            let leap = year % 4 == 0 && year != 2100
            for (month, length) in zip(1..., [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for day in 1...length {
                    let fields = instant.fields
                    guard fields == (year, month, day, 23, 59, 59), Instant(instant.text) == instant,
                        Instant(year: year, month: month, day: day, hour: 23, minute: 59, second: 59) == instant
                    else {
                        Issue.record("\(instant) is not \(year)-\(month)-\(day)")
                        return
                    }
                    leapDays += month == 2 && day == 29 ? 1 : 0
                    instant = instant + 86_400
                    days += 1
                }
            }
        }
        #expect(days == 36_890 && leapDays == 25)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:34:56Z", 951_827_696), ("2026-11-24T12:00:00Z", 1_795_521_600),
        ("0001-01-01T00:00:00Z", -62_135_596_800),
        ("9999-12-31T23:59:59Z", 253_402_300_799), ("1969-12-31T23:59:59Z", -1), ("2100-03-01T00:00:00Z", 4_107_542_400),
    ])
    func `a moment has one text and one number`(text: String, seconds: Int) throws {
        #expect(Instant(text)?.secondsSince1970 == seconds)
        #expect(Instant(secondsSince1970: seconds).text == text)
    }

    @Test(arguments: [
        "", "2026-11-24", "2026-11-24T12:00:00", "2026-11-24T12:00:00z", "2026-11-24t12:00:00Z", "2026-11-24 12:00:00Z", "2026-11-24T12:00:00+00:00",
        "2026-11-24T12:00:00.0Z", "2026-11-24T24:00:00Z", "2026-11-24T12:60:00Z", "2026-11-24T12:00:60Z", "2016-12-31T23:59:60Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-31T00:00:00Z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z", "2026-1-24T12:00:00Z", "+026-11-24T12:00:00Z", "-001-11-24T12:00:00Z", "2026-11-24T12:00: 0Z",
        "2026-11-24T12:00:00Z ",
        " 2026-11-24T12:00:00Z", "2026-11-24T12:00:00Z\n", "２026-11-24T12:00:0Z", "20261124T120000Z",
    ])
    func `any other form is no moment`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `moments are compared and subtracted in seconds`() throws {
        let first = try #require(Instant("2024-02-28T23:59:59Z"))
        let second = try #require(Instant("2024-02-29T00:00:00Z"))
        #expect(first < second && second - first == 1 && first + 1 == second)
    }

    @Test(arguments: [("45s", 45), ("30m", 1_800), ("72h", 259_200), ("7d", 604_800), ("1s", 1), ("999999999s", 999_999_999)])
    func `a span is a number and a unit`(text: String, seconds: Int) {
        #expect(Span.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "s", "7", "0d", "-1d", "+1d", "1.5h", "1 d", " 1d", "1d ", "1w", "1D", "1d2h", "d7", "٧d", "7é", "1000000000s", "99999999999999999999d",
        "0x1d", "1_0d",
    ])
    func `what is no span is refused`(text: String) {
        #expect(Span.seconds(text) == nil)
    }

    @Test(arguments: [
        (0, "0 seconds"), (-5, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (3_661, "1 hour 1 minute"), (86_400, "1 day"),
        (183_600, "2 days 3 hours"), (604_800, "7 days"), (86_401, "1 day 1 second"),
    ])
    func `a span in words has its two largest units`(seconds: Int, words: String) {
        #expect(Span.words(seconds) == words)
    }
}
