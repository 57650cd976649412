// SPDX-License-Identifier: Apache-2.0
// The servers of the end-to-end tests (test_servers.py): started once for a run, ended with it.

import Foundation

public final class TestServers: Sendable {
    public static let names = ["kms", "tls", "dead", "garbage", "noise", "lost-answer", "broken-answer"]

    /// Name -> URL, as test_servers.py lists them.
    private let urls: [String: String]
    public let folder: TemporaryFolder
    private let input: Int32

    /// The Python of the project's virtual environment, which has moto; nil, said once, where there is none.
    public static let python: String? = {
        let path = ProcessInfo.processInfo.environment["COUNTERSIGN_PYTHON"] ?? PackageFolder.path + "/.venv/bin/python"
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        print("there is no Python at \(path): tests that need a KMS server do not run; Tests/run.sh installs it")
        return nil
    }()

    public static var areInstalled: Bool { python != nil }

    private static let started = Result { try TestServers() }

    /// - Throws: what kept them from starting, in every test that asks.
    public static func shared() throws -> TestServers { try started.get() }

    public func url(_ name: String) -> String { urls[name] ?? "no-such-server:\(name)" }

    /// The credentials file of `kms` or of `tls`.
    public func credentials(_ name: String = "kms") -> String { folder.file("\(name)/credentials") }

    /// A certificate file of the TLS server's authority, or of a `stranger`.
    public func certificate(_ name: String = "authority") -> String { folder.file("tls/\(name).pem") }

    private init() throws {
        guard let python = Self.python else { throw ProgramFailure("there is no Python with moto") }
        folder = RunFolder.shared.subfolder("servers")
        var (toChild, fromChild): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw ProgramFailure("no pipe") }
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, folder.file("log"), O_WRONLY | O_CREAT, 0o600)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        var argv = [python, PackageFolder.path + "/Tests/Support/test_servers.py", folder.path].cStrings
        // Nothing of the tester's own AWS settings, and no network beyond this machine.
        var envp = ["PATH=\(path)", "HOME=\(folder.path)", "AWS_EC2_METADATA_DISABLED=true", "PYTHONDONTWRITEBYTECODE=1"].cStrings
        defer { (argv + envp).forEach { free($0) } }
        var attributes = posix_spawnattr_t()
        attributes.makeChildOfItsOwn()
        var pid = pid_t()
        let code = posix_spawn(&pid, python, &actions, &attributes, &argv, &envp)
        posix_spawnattr_destroy(&attributes)
        posix_spawn_file_actions_destroy(&actions)
        close(toChild[0])
        close(fromChild[1])
        input = toChild[1]
        guard code == 0 else { throw ProgramFailure("\(python) cannot be started: \(String(cString: strerror(code)))") }
        guard let line = Self.line(from: fromChild[0], seconds: 90), let urls = try? JSONDecoder().decode([String: String].self, from: line) else {
            kill(pid, SIGTERM)
            let log = String(decoding: FileManager.default.contents(atPath: folder.file("log")) ?? Data(), as: UTF8.self)
            throw ProgramFailure("the test servers did not start:\n\(log)")
        }
        self.urls = urls
        Self.end(pid, input)
    }

    /// At the end of this process the servers stop: in order here, and by the end of their input whatever happens.
    private static func end(_ pid: pid_t, _ input: Int32) {
        ending.withLock { $0 = (pid, input) }
        atexit {
            guard let (pid, input) = TestServers.ending.withLock({ $0 }) else { return }
            close(input)
            var status: Int32 = 0
            for _ in 0..<250 {
                if waitpid(pid, &status, WNOHANG) != 0 { return }
                usleep(20_000)
            }
            kill(pid, SIGTERM)
        }
    }

    private static let ending = Guarded<(pid_t, Int32)?>(nil)

    private static func line(from descriptor: Int32, seconds: Int32) -> Data? {
        var line = Data()
        var byte: UInt8 = 0
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, seconds * 1000) == 1, read(descriptor, &byte, 1) == 1 else { return nil }
            if byte == 0x0A { return line }
            line.append(byte)
        }
    }
}

/// A value behind a lock.
public final class Guarded<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    public init(_ value: Value) { self.value = value }

    public func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }
}
