// SPDX-License-Identifier: Apache-2.0

public import Dispatch

/// A computation that runs on another thread while its owner goes on.
public final class Alongside<Value: Sendable>: @unchecked Sendable {
    // Only the worker touches it until the semaphore says that it is done.
    private var made: Value?
    private let done = DispatchSemaphore(value: 0)

    /// Begins the computation.
    /// - Parameter queue: where many are under way, a queue of their own; else the process's.
    public init(on queue: DispatchQueue? = nil, _ work: @escaping @Sendable () -> Value) {
        (queue ?? .global()).async {
            self.made = work()
            self.done.signal()
        }
    }

    /// Waits for the computation, and hands out what it made, as often as it is asked.
    public func value() -> Value {
        done.wait()
        defer { done.signal() }
        guard let made else { preconditionFailure("a computation that is done has made its value") }
        return made
    }
}
