// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// A computation that runs on another thread while its owner goes on.
public final class Alongside<Value: Sendable>: @unchecked Sendable {
    // Only the worker touches it until the semaphore says that it is done.
    private var made: Value?
    private let done = DispatchSemaphore(value: 0)

    /// Begins the computation, on a thread of its own: a queue's first thread costs four times as much, which a command that
    /// ends after milliseconds feels. Where many are under way, a `Crew` does them.
    public init(_ work: @escaping @Sendable () -> Value) {
        let thread = NewThread {
            self.made = work()
            self.done.signal()
        }
        // Where the system has no thread left, the owner does the work.
        if !thread.begin() { thread.work() }
    }

    /// Waits for the computation, and hands out what it made, as often as it is asked.
    public func value() -> Value {
        done.wait()
        defer { done.signal() }
        guard let made else { preconditionFailure("a computation that is done has made its value") }
        return made
    }
}
