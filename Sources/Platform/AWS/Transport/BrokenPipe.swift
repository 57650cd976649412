// SPDX-License-Identifier: Apache-2.0

import Glibc

/// With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE to its caller: a peer that hangs up must not end the process.
enum BrokenPipe {
    /// Runs with SIGPIPE blocked in this thread, and takes away one that came meanwhile.
    static func blocked<Value>(_ body: () -> Value) -> Value {
        var pipe = sigset_t()
        var before = sigset_t()
        var pending = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        sigpending(&pending)
        let wasPending = sigismember(&pending, SIGPIPE) == 1
        pthread_sigmask(SIG_BLOCK, &pipe, &before)
        let value = body()
        if !wasPending {
            var now = timespec(tv_sec: 0, tv_nsec: 0)
            while sigtimedwait(&pipe, nil, &now) == -1, errno == EINTR {}
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        return value
    }
}
