// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What a new thread begins with.
final class NewThread: Sendable {
    let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) { self.work = work }

    /// Runs the work on a thread that ends with it; false, and nothing runs, where the system has none left.
    @discardableResult
    func begin() -> Bool {
        var thread = pthread_t()
        let handed = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<NewThread>.fromOpaque(pointer).takeRetainedValue().work()
                return nil
            }, handed.toOpaque())
        guard code == 0 else {
            handed.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
