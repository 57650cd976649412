// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Runs a program without a shell, for a bounded time, and keeps what it prints up to a bound.
///
/// Its standard input is ours (it may ask a person); its standard error goes nowhere: it may hold a secret.
struct BoundedProcess {
    enum End {
        case printed([UInt8])
        case notStarted(String)
        case failed(String)
        case tooLong
        case tooMuch
    }

    static let outputLimit = 256 << 10

    let arguments: [String]
    let environment: [String: String]
    let seconds: Int

    func run() -> End {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return .notStarted(String(cString: strerror(errno))) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var pid = pid_t()
        let code = spawn(&pid, output: ends[1])
        close(ends[1])
        guard code == 0 else { return .notStarted(String(cString: strerror(code))) }
        let deadline = Pace.system.now() + seconds * 1_000
        let output = read(ends[0], until: deadline)
        guard case .printed = output else {
            _ = wait(for: pid, until: 0)
            return output
        }
        guard let status = wait(for: pid, until: deadline) else { return .tooLong }
        if status & 0x7F != 0 { return .failed("was ended by signal \(status & 0x7F)") }
        let exit = (status >> 8) & 0xFF
        return exit == 0 ? output : .failed("ended with exit code \(exit)")
    }

    private func spawn(_ pid: inout pid_t, output: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        return posix_spawnp(&pid, arguments[0], &actions, nil, &argv, &envp)
    }

    /// Up to the end of the pipe, the bound, or the deadline.
    private func read(_ descriptor: Int32, until deadline: Int) -> End {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let left = deadline - Pace.system.now()
            guard left > 0 else { return .tooLong }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, Int32(clamping: left))
            if ready < 0, errno != EINTR { return .failed("could not be waited for") }
            guard ready > 0 else { continue }
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failed("could not be read from") }
            if count == 0 { return .printed(bytes) }
            bytes += chunk[..<count]
            if bytes.count > Self.outputLimit { return .tooMuch }
        }
    }

    /// Its status; nil where it had to be ended, by its id.
    private func wait(for pid: pid_t, until deadline: Int) -> Int32? {
        var status: Int32 = 0
        while true {
            let ended = waitpid(pid, &status, WNOHANG)
            if ended == pid { return status }
            if ended < 0, errno != EINTR { return nil }
            if Pace.system.now() >= deadline { break }
            Pace.system.sleep(5)
        }
        kill(pid, SIGKILL)
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return nil
    }
}
