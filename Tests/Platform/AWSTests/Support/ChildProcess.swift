// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A program that a test starts and, by its id, stops.
final class ChildProcess {
    private let pid: pid_t
    private let input: Int32
    private let output: Int32
    private var isOver = false

    /// - Parameter environment: beside PATH and HOME.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw Failure(text: "pipe") }
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let inherited = ["PATH", "HOME"].compactMap { (name: String) -> String? in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = (inherited + environment.map { "\($0)=\($1)" }).map { strdup($0) } + [nil]
        var made = pid_t()
        let code = posix_spawnp(&made, arguments[0], &actions, nil, &argv, &envp)
        for pointer in argv + envp { free(pointer) }
        posix_spawn_file_actions_destroy(&actions)
        close(toChild[0])
        close(fromChild[1])
        (pid, input, output) = (made, toChild[1], fromChild[0])
        guard code == 0 else {
            isOver = true
            throw Failure(text: "\(arguments[0]): \(String(cString: strerror(code)))")
        }
    }

    struct Failure: Error { let text: String }

    /// The first line it prints, waited for at most ten seconds.
    func firstLine() throws -> String {
        var line = ""
        var byte: UInt8 = 0
        while true {
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 10_000) == 1, read(output, &byte, 1) == 1 else { throw Failure(text: "no line came") }
            if byte == 0x0A { return line }
            line.unicodeScalars.append(UnicodeScalar(byte))
        }
    }

    /// Waits for its end; its exit code.
    func wait() -> Int32 {
        var status: Int32 = 0
        if !isOver { waitpid(pid, &status, 0) }
        isOver = true
        return (status >> 8) & 0xFF
    }

    func stop() {
        if isOver { return }
        kill(pid, SIGKILL)
        _ = wait()
    }

    deinit {
        stop()
        close(input)
        close(output)
    }

    /// Runs a program to its end.
    static func run(_ arguments: [String]) throws {
        let code = try ChildProcess(arguments).wait()
        guard code == 0 else { throw Failure(text: "\(arguments.joined(separator: " ")) ended with \(code)") }
    }
}
