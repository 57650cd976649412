// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One run of a program to its end: how long it took, and the most memory it held (wait4(2)).
struct ChildRun {
    let seconds: Double
    /// User and system time of all its threads.
    let processorSeconds: Double
    let peakKiB: Int
    let exitCode: Int32

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a program with its output thrown away.
    /// - Parameter accepting: exit codes that count as success.
    init(_ arguments: [String], accepting: Set<Int32> = [0]) throws {
        let start = Stopwatch.now
        let (pid, _) = try Self.spawn(arguments, output: nil)
        var status: Int32 = 0
        var usage = rusage()
        guard wait4(pid, &status, 0, &usage) == pid else { throw Failure(description: "\(arguments[0]) was lost") }
        seconds = Stopwatch.now - start
        processorSeconds = [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
        peakKiB = usage.ru_maxrss
        exitCode = status & 0x7F == 0 ? status >> 8 & 0xFF : -1
        guard accepting.contains(exitCode) else {
            throw Failure(description: "\(arguments.joined(separator: " ")) ended with \(exitCode)")
        }
    }

    /// Everything that a program writes to its standard output.
    static func output(of arguments: [String]) throws -> String {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(description: "no pipe") }
        let (pid, _) = try spawn(arguments, output: ends[1])
        close(ends[1])
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        close(ends[0])
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        guard status == 0 else { throw Failure(description: "\(arguments.joined(separator: " ")) failed") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func spawn(_ arguments: [String], output: Int32?) throws -> (pid_t, Int32) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, arguments[0], &actions, nil, &words, environ)
        guard code == 0 else { throw Failure(description: "\(arguments[0]): \(String(cString: strerror(code)))") }
        return (pid, code)
    }
}

/// Several programs, each run in turn and again: load from outside meets all of them alike.
struct Comparison {
    private(set) var runs: [[ChildRun]]

    /// - Parameter before: what is done ahead of each run, unmeasured.
    init(_ programs: [[String]], rounds: Int, before: () -> Void = {}) throws {
        runs = Array(repeating: [], count: programs.count)
        for round in 0...rounds {
            for (index, program) in programs.enumerated() {
                before()
                let run = try ChildRun(program)
                // The first round only warms the caches.
                if round > 0 { runs[index].append(run) }
            }
        }
    }

    func seconds(_ index: Int) -> Double { Stopwatch.median(runs[index].map(\.seconds)) }
    func processorSeconds(_ index: Int) -> Double { Stopwatch.median(runs[index].map(\.processorSeconds)) }
    func peakKiB(_ index: Int) -> Int { runs[index].map(\.peakKiB).max() ?? 0 }
}
