// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// A value as reads show it: each write shows from its own moment on (KMS Developer Guide, "Eventual consistency").
public struct Shown<Value: Sendable>: Sendable {
    private var writes: [(value: Value, from: Instant)]

    public init(_ value: Value, from: Instant) { writes = [(value, from)] }

    /// What has been written last, whether or not it shows yet.
    public var latest: Value { writes[writes.count - 1].value }

    /// What a read at that moment gives.
    public func at(_ now: Instant) -> Value { (writes.last { $0.from <= now } ?? writes[0]).value }

    public mutating func write(_ value: Value, from: Instant) { writes.append((value, from)) }
}
