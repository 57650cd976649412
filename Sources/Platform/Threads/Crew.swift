// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Threads that work on many pieces, whose results their owner takes in the order in which the pieces were given.
///
/// The owner never waits while there is work: where the oldest result is not there yet, it does a piece itself. So as many threads run as there are
/// processors, and none has to be woken for each piece.
public final class Crew<Value: Sendable> {
    private let state = State()
    private let helpers: Int
    private var isStarted = false

    /// - Parameter helpers: threads beside the owner's; nil for one less than there are processors.
    public init(helpers: Int? = nil) { self.helpers = helpers ?? min(15, max(0, sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1)) }

    deinit { state.close() }

    /// Pieces given and not taken back.
    public var count: Int { state.count }

    /// Gives a piece of work to whoever has time.
    public func submit(_ work: @escaping @Sendable () -> Value) {
        if !isStarted { start() }
        state.append(work)
    }

    /// The result of the oldest piece.
    /// - Precondition: `count` is not 0.
    public func oldest() -> Value { state.takeOldest().value }

    /// Lends the result of the oldest piece, and lets go of what is left of it on a thread that made it: freeing another thread's memory makes both wait
    /// for its arena.
    /// - Precondition: `count` is not 0.
    public func withOldest<Failure>(_ body: (inout Value) throws(Failure) -> Void) throws(Failure) {
        var made = state.takeOldest()
        try body(&made.value)
        if made.isHelpers { state.giveBack(made.value) }
    }

    private func start() {
        isStarted = true
        // Where the system has no thread left, the others and the owner do the work.
        for _ in 0..<helpers { NewThread { [state] in state.help() }.begin() }
    }

    private struct Made {
        var value: Value
        /// Made by a helper, not by the owner.
        let isHelpers: Bool
    }

    private final class Piece {
        let work: @Sendable () -> Value
        var made: Made?
        init(_ work: @escaping @Sendable () -> Value) { self.work = work }
    }

    /// What the owner and its helpers share; every member is touched with the lock held.
    private final class State: @unchecked Sendable {
        private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let begun = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        private var pieces: [Piece] = []
        /// The first that nobody has begun.
        private var next = 0
        private var isClosed = false
        /// What helpers made and nobody needs any more.
        private var spent: [Value] = []

        init() {
            pthread_mutex_init(lock, nil)
            pthread_cond_init(begun, nil)
            pthread_cond_init(done, nil)
        }

        deinit {
            pthread_cond_destroy(done)
            pthread_cond_destroy(begun)
            pthread_mutex_destroy(lock)
            done.deallocate()
            begun.deallocate()
            lock.deallocate()
        }

        var count: Int { locked { pieces.count } }

        func append(_ work: @escaping @Sendable () -> Value) {
            locked {
                pieces.append(Piece(work))
                pthread_cond_signal(begun)
            }
        }

        func close() {
            locked {
                isClosed = true
                pthread_cond_broadcast(begun)
            }
        }

        func help() {
            pthread_mutex_lock(lock)
            while !isClosed {
                if !workOnNext(asHelper: true) { pthread_cond_wait(begun, lock) }
            }
            pthread_mutex_unlock(lock)
        }

        func giveBack(_ value: consuming Value) {
            pthread_mutex_lock(lock)
            spent.append(value)
            pthread_mutex_unlock(lock)
        }

        func takeOldest() -> Made {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            precondition(!pieces.isEmpty, "nothing is under way")
            while true {
                if let made = pieces[0].made {
                    pieces.removeFirst()
                    next -= 1
                    return made
                }
                if !workOnNext(asHelper: false) { pthread_cond_wait(done, lock) }
            }
        }

        /// Does the next piece with the lock let go; false where all are begun.
        private func workOnNext(asHelper: Bool) -> Bool {
            guard next < pieces.count else { return false }
            let piece = pieces[next]
            next += 1
            // As many as are under way at most: what is kept for helpers stays within what the owner bounds.
            var freed: [Value] = []
            if asHelper { swap(&freed, &spent) }
            pthread_mutex_unlock(lock)
            freed.removeAll()
            let value = piece.work()
            pthread_mutex_lock(lock)
            piece.made = Made(value: value, isHelpers: asHelper)
            if piece === pieces.first { pthread_cond_signal(done) }
            return true
        }

        private func locked<Result>(_ body: () -> Result) -> Result {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            return body()
        }
    }
}
