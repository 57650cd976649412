// SPDX-License-Identifier: Apache-2.0
// Runs a program to its end, in bounded time, and keeps everything that it says.

import Foundation

/// What a program said and how it ended.
public struct Ended: Sendable {
    public let exit: Int32
    public let out: String
    public let err: String
}

public struct ProgramFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// A program to run, in which folder and with which environment.
public struct Program: Sendable {
    public var arguments: [String]
    public var folder: String
    /// The whole environment; nothing is inherited but PATH.
    public var environment: [String: String]
    /// Where its standard input and output are; `/dev/null` and kept, unless said otherwise.
    public var input = "/dev/null"
    public var output: String?
    public var seconds = 60.0

    public init(_ arguments: [String], in folder: String, environment: [String: String] = [:]) {
        self.arguments = arguments
        self.folder = folder
        self.environment = environment
    }

    /// Runs it to its end.
    /// - Throws: where it cannot be started or does not end in time; then it and what it started were killed, by their ids.
    public func run() throws -> Ended {
        let scratch = try TemporaryFolder()
        let (out, err) = (output ?? scratch.file("out"), scratch.file("err"))
        let pid = try spawn(out, err)
        let deadline = Date(timeIntervalSinceNow: seconds)
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) == 0 {
            guard Date() < deadline else {
                kill(-pid, SIGKILL)
                waitpid(pid, &status, 0)
                throw ProgramFailure("\(arguments.joined(separator: " ")) did not end within \(seconds) seconds; it said:\n\(Self.text(err))")
            }
            usleep(2_000)
        }
        let signal = status & 0x7F
        guard signal == 0 else {
            throw ProgramFailure("\(arguments.joined(separator: " ")) was ended by signal \(signal); it said:\n\(Self.text(err))")
        }
        return Ended(exit: (status >> 8) & 0xFF, out: output == nil ? Self.text(out) : "", err: Self.text(err))
    }

    private func spawn(_ out: String, _ err: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if input == "closed" {
            posix_spawn_file_actions_addclose(&actions, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, err, O_WRONLY | O_CREAT, 0o600)
        var attributes = posix_spawnattr_t()
        attributes.makeChildOfItsOwn()
        defer { posix_spawnattr_destroy(&attributes) }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        // env(1) goes to the folder: posix_spawn(3) on this system shows Swift no way to.
        var argv = (["env", "-C", folder] + arguments).cStrings
        var envp = (["PATH=\(path)"] + environment.map { "\($0)=\($1)" }).cStrings
        defer { (argv + envp).forEach { free($0) } }
        var pid = pid_t()
        let code = posix_spawnp(&pid, "env", &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw ProgramFailure("\(arguments[0]) cannot be started: \(String(cString: strerror(code)))") }
        return pid
    }

    private static func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }
}

/// The programs that this package builds.
public enum Built {
    public static let countersign = folder + "/countersign"
    public static let airgap = folder + "/countersign-airgap"

    /// Beside the tests' own executable, or where a debug build puts them.
    static let folder: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let candidates = [(own as NSString).deletingLastPathComponent, PackageFolder.path + "/.build/debug"]
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0 + "/countersign") } ?? candidates[1]
    }()
}

extension [String] {
    /// As C wants them: ended by a null pointer, to be freed.
    var cStrings: [UnsafeMutablePointer<CChar>?] { map { strdup($0) } + [nil] }
}

extension posix_spawnattr_t {
    /// A process group of its own, so that a wrapper (strace, unshare) and what it started end together, and none of the signals
    /// that the threads of a test block or ignore: a server that ignores SIGTERM would outlive its test.
    mutating func makeChildOfItsOwn() {
        posix_spawnattr_init(&self)
        posix_spawnattr_setflags(&self, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        posix_spawnattr_setpgroup(&self, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&self, &signals)
        for signal in [SIGPIPE, SIGTERM, SIGINT, SIGCHLD] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&self, &signals)
    }
}
