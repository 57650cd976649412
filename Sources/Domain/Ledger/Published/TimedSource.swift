// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// A source that is read for a bounded time: each file takes a bounded time, and there may be many.
public struct TimedSource: PublishedSource {
    private let source: any PublishedSource
    private let minutes: Int
    private let end: Int
    private let now: @Sendable () -> Int

    /// - Parameter now: milliseconds of a clock that never goes back.
    public init(_ source: any PublishedSource, minutes: Int, now: @escaping @Sendable () -> Int) {
        self.source = source
        self.minutes = minutes
        self.now = now
        end = now() + minutes * 60_000
    }

    public var path: String { source.path }
    public var connections: Int { source.connections }
    public func listing() throws(Refusal) -> [String]? { try source.listing() }

    /// - Throws: `published-too-slow` (unavailable) once the time is over.
    public func read(_ name: String, limit: Int) throws(Refusal) -> [UInt8]? {
        guard now() < end else {
            throw Refusal(
                "published-too-slow", .unavailable, "reading took longer than \(minutes) \(minutes == 1 ? "minute" : "minutes")",
                at: Place(file: path), hint: "give it more time with --time-limit")
        }
        return try source.read(name, limit: limit)
    }
}
