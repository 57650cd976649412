// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// How long a server asks to be left alone: `Retry-After`, in seconds or as a date (RFC 9110 §10.2.3).
enum RetryAfter: Sendable, Hashable {
    case seconds(Int)
    case date(Instant)

    /// No server is believed to ask for more than a day.
    static let longest = 86_400

    /// Nil for what is neither digits alone nor a date in the preferred form: a sign, a fraction, a word.
    init?(_ text: String) {
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            // Digits that do not fit into a number are a very long time too.
            self = .seconds(min(Int(text) ?? Self.longest, Self.longest))
        } else if let date = HTTPDate.instant(text) {
            self = .date(date)
        } else {
            return nil
        }
    }

    /// Seconds from `now`, none for a date that is past.
    func seconds(from now: Instant) -> Int {
        switch self {
        case .seconds(let seconds): seconds
        case .date(let date): min(max(0, date - now), Self.longest)
        }
    }
}

extension AWSAnswer {
    /// The seconds for which the server asks to be left alone; nil where it asks for nothing that can be read.
    /// - Parameter local: this machine's clock, for a date in an answer that does not show the server's own.
    public func asksToWait(local: Instant) -> Int? {
        http.headers.first(named: "Retry-After").flatMap(RetryAfter.init)?.seconds(from: date ?? local)
    }
}
